"""Agreement: how well a predicted mask matches a reference mask, and what that is over many patients.

Everything here runs on NumPy and SciPy alone, so that a model can be evaluated where it is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.measure.components import PLANAR, as_mask, bounding_box, label_components
from SegAssistLib.measure.lesions import SIZE_CLASSES, size_class
from SegAssistLib.translation import tr as _

NAN = float("nan")
DIFFERENCES = ("volume_difference_percent", "area_difference_percent")  # columns
LOADS_ML = {"under 5 ml": (0.0, 5.0), "5 to 15 ml": (5.0, 15.0), "over 15 ml": (15.0, float("inf"))}


@dataclass(frozen=True)
class LesionAgreement:
    """Agreement counted in lesions.

    The rule: lesions are connected components (26 neighbours by default); components smaller than
    3 mm3 by default are dropped on both sides; any overlap of one voxel with a kept component of the
    other mask is a match. One predicted lesion may thus find several reference lesions.

    Attributes:
        reference, predicted: number of lesions kept.
        found: reference lesions that overlap a predicted one.
        correct: predicted lesions that overlap a reference one.
        found_by_size_class: for every size class, ``(found, reference)``, by the size of the reference
            lesion; empty when uncalibrated.
    """

    reference: int
    predicted: int
    found: int
    correct: int
    found_by_size_class: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def recall(self) -> float:
        """Share of the reference lesions that were found; NaN without a reference lesion."""
        return _ratio(self.found, self.reference)

    @property
    def precision(self) -> float:
        """Share of the predicted lesions that are correct; NaN without a predicted lesion."""
        return _ratio(self.correct, self.predicted)

    @property
    def f1(self) -> float:
        """Harmonic mean of recall and precision: 1 when neither mask has a lesion, 0 when only one has."""
        if self.reference == self.predicted == 0:
            return 1.0
        if self.found == 0 or self.correct == 0:
            return 0.0
        return 2 * self.recall * self.precision / (self.recall + self.precision)


@dataclass(frozen=True)
class Agreement:
    """Agreement of two masks of one label. Lengths are in ``unit``, volumes in its cube, areas in its square.

    Undefined ratios (a denominator of 0) are NaN, with two exceptions by convention: Dice and IoU are 1
    when both masks are empty, and so are the distances 0. When one mask alone is empty, Dice and IoU
    are 0 and the distances NaN.

    Attributes:
        unit: ``mm``, or ``pixel`` when uncalibrated.
        planar: whether the masks are pictures; what is called a volume here is then an area.
        dice: 2 TP / (2 TP + FP + FN).
        iou: TP / (TP + FP + FN).
        accuracy: (TP + TN) / all voxels; hangs on how much background the image has.
        sensitivity: TP / (TP + FN), voxel-wise.
        specificity: TN / (TN + FP), voxel-wise.
        precision: TP / (TP + FP), voxel-wise.
        reference_volume, predicted_volume: volumes of the masks.
        volume_difference: predicted minus reference.
        volume_difference_percent: of the reference volume; 0 when both are empty, NaN when it alone is.
        hd95: 95th percentile Hausdorff distance (see ``surface_distances``).
        assd: average symmetric surface distance (see ``surface_distances``).
        lesions: agreement counted in lesions.
    """

    unit: Literal["mm", "pixel"]
    planar: bool
    dice: float
    iou: float
    accuracy: float
    sensitivity: float
    specificity: float
    precision: float
    reference_volume: float
    predicted_volume: float
    volume_difference: float
    volume_difference_percent: float
    hd95: float
    assd: float
    lesions: LesionAgreement

    def row(self, **identity: Any) -> dict[str, Any]:
        """One row of a table, with units in the column names.

        ``identity`` comes first, e.g. ``row(case="scan7", patient="p3")``; ``summarise`` needs ``patient``.
        """
        size, power = ("area", 2) if self.planar else ("volume", 3)
        unit = f"mm{power}" if self.unit == "mm" else "pixels"
        row = {
            **identity,
            "dice": self.dice,
            "iou": self.iou,
            "accuracy": self.accuracy,
            "sensitivity": self.sensitivity,
            "specificity": self.specificity,
            "precision": self.precision,
            f"reference_{size}_{unit}": self.reference_volume,
            f"predicted_{size}_{unit}": self.predicted_volume,
            f"{size}_difference_{unit}": self.volume_difference,
            f"{size}_difference_percent": self.volume_difference_percent,
            f"hd95_{self.unit}": self.hd95,
            f"assd_{self.unit}": self.assd,
            "lesion_recall": self.lesions.recall,
            "lesion_precision": self.lesions.precision,
            "lesion_f1": self.lesions.f1,
            "reference_lesions": self.lesions.reference,
            "predicted_lesions": self.lesions.predicted,
            "found_lesions": self.lesions.found,
            "correct_lesions": self.lesions.correct,
        }
        for name, (found, reference) in self.lesions.found_by_size_class.items():
            row[f"lesion_recall_{name}"] = _ratio(found, reference)
            row[f"reference_lesions_{name}"] = reference
        return row


def agreement(
    reference: np.ndarray,
    predicted: np.ndarray,
    spacing: Sequence[float] | None,
    *,
    connectivity: int = 26,
    smallest_mm3: float = 3.0,
) -> Agreement:
    """Compare two masks of one label on one grid.

    Args:
        reference: bool or integer, shape ``(i, j, k)``; what is not zero is the label.
        predicted: the same, on the same grid.
        spacing: mm between voxel centres along the three axes, or None when uncalibrated: lengths and
            volumes are then in pixels.
        connectivity: 6, 18 or 26, for counting lesions; 4 or 8 for pictures, whose third axis has no length.
        smallest_mm3: lesions smaller than this are not counted, on either side (in mm2 of pictures, in
            voxels when uncalibrated). Voxel-wise measures use the masks as they are.

    Raises:
        InputError: a mask does not have three axes, or the masks lie on different grids.
    """
    reference, predicted = as_mask(reference), as_mask(predicted)
    if reference.shape != predicted.shape:
        raise InputError(
            _(
                "The reference mask is {reference} and the predicted mask {predicted}: "
                "compare masks of one grid."
            ).format(reference=reference.shape, predicted=predicted.shape)
        )
    steps = np.ones(3) if spacing is None else np.asarray(spacing, dtype=np.float64)
    planar = connectivity in PLANAR
    voxel = float(steps[:2].prod() if planar else steps.prod())

    positive, claimed = int(np.count_nonzero(reference)), int(np.count_nonzero(predicted))
    # Nothing outside the box of both masks adds to the overlap, the surfaces or the lesions.
    box = bounding_box(reference | predicted) or (slice(0, 0),) * 3
    flat = tuple(n == 1 for n in reference.shape)
    small_reference, small_predicted = reference[box], predicted[box]
    tp = int(np.count_nonzero(small_reference & small_predicted))
    fp, fn = claimed - tp, positive - tp
    tn = reference.size - tp - fp - fn
    hd95, assd = surface_distances(small_reference, small_predicted, steps, flat)
    return Agreement(
        unit="pixel" if spacing is None else "mm",
        planar=planar,
        dice=_ratio(2 * tp, positive + claimed, empty=1.0),
        iou=_ratio(tp, tp + fp + fn, empty=1.0),
        accuracy=_ratio(tp + tn, reference.size),
        sensitivity=_ratio(tp, positive),
        specificity=_ratio(tn, tn + fp),
        precision=_ratio(tp, claimed),
        reference_volume=positive * voxel,
        predicted_volume=claimed * voxel,
        volume_difference=(claimed - positive) * voxel,
        volume_difference_percent=0.0
        if claimed == positive
        else _ratio(100 * (claimed - positive), positive),
        hd95=hd95,
        assd=assd,
        lesions=lesion_agreement(
            small_reference,
            small_predicted,
            voxel,
            connectivity,
            smallest_mm3,
            calibrated=spacing is not None and not planar,
        ),
    )


def surface_distances(
    reference: np.ndarray,
    predicted: np.ndarray,
    spacing: Sequence[float],
    flat: Sequence[bool] = (False, False, False),
) -> tuple[float, float]:
    """95th percentile Hausdorff distance and average symmetric surface distance, in units of spacing.

    The surface is made of the mask's voxels that have a face neighbour outside it (or outside the array);
    along an axis that is ``flat`` (a single picture) neighbours do not count. Distances run from voxel
    centre to voxel centre. HD95 is the larger of the two directed 95th percentiles, ASSD the mean over
    all distances of both directions: MONAI's ``HausdorffDistanceMetric(percentile=95)`` and
    ``SurfaceDistanceMetric(symmetric=True)``. DeepMind's ``surface-distance`` weights pieces of surface
    between voxels by their area instead, and so differs by a fraction of a voxel.

    Returns ``(0, 0)`` for two empty masks and NaN for one.
    """
    from scipy.spatial import KDTree

    points = [_surface(mask, flat) * np.asarray(spacing) for mask in (reference, predicted)]
    if len(points[0]) == len(points[1]) == 0:
        return 0.0, 0.0
    if len(points[0]) == 0 or len(points[1]) == 0:
        return NAN, NAN
    # A k-d tree reads the surfaces alone, where a distance transform would fill the box between lesions.
    there = KDTree(points[1]).query(points[0])[0]
    back = KDTree(points[0]).query(points[1])[0]
    hd95 = max(np.percentile(there, 95), np.percentile(back, 95))
    return float(hd95), float(np.concatenate([there, back]).mean())


def summarise(
    rows: Sequence[Mapping[str, Any]],
    *,
    resamples: int = 10_000,
    confidence: float = 0.95,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Mean, median and a bootstrap interval of the mean, for every numeric column; ready for a table.

    Patients, not cases, are drawn with replacement, for the cases of one patient are not independent
    (percentile bootstrap; Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapters 8 and 13).
    NaN values are left out and counted as ``missing``. With fewer than two patients the interval is NaN.

    Args:
        rows: one a case, as ``Agreement.row(case=..., patient=...)`` makes them.
        resamples: number of bootstrap samples.
        confidence: of the interval.
        seed: of the random draw; one seed gives one answer.

    Raises:
        InputError: a row does not say whose it is.
    """
    if any(row.get("patient") in (None, "") for row in rows):
        raise InputError(
            _("A case has no patient: give every case a patient so that patients can be resampled.")
        )
    if not rows:
        return []
    names, patient = np.unique([str(row["patient"]) for row in rows], return_inverse=True)
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), resamples)

    columns = dict.fromkeys(name for row in rows for name, value in row.items() if _is_number(value))
    columns = [name for name in columns if name not in ("case", "patient")]
    summary = []
    for name in columns:
        values = np.array([row[name] if _is_number(row.get(name)) else NAN for row in rows], dtype=np.float64)
        known = ~np.isnan(values)
        present = np.unique(patient[known])
        sums = np.bincount(patient[known], values[known], len(names))
        counts = np.bincount(patient[known], minlength=len(names))
        low = high = NAN
        if len(present) > 1:
            drawn = draws @ counts
            means = (draws @ sums)[drawn > 0] / drawn[drawn > 0]
            tail = (1 - confidence) / 2
            low, high = np.quantile(means, [tail, 1 - tail])
        summary.append(
            {
                "metric": name,
                "mean": float(values[known].mean()) if known.any() else NAN,
                "mean_low": float(low),
                "mean_high": float(high),
                "median": float(np.median(values[known])) if known.any() else NAN,
                "cases": int(known.sum()),
                "patients": len(present),
                "missing": int((~known).sum()),
            }
        )
    return summary


def summarise_groups(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Summaries of all cases, of each source, and of each class of lesion load.

    Args:
        rows: as ``Agreement.row(case=..., patient=..., source=...)`` makes them, perhaps with ``label``.

    Returns:
        Rows with ``group``, ``metric`` and what :func:`summarise` gives; for each ``label`` by itself.
    """
    if not rows:
        return []
    if "label" in rows[0]:
        parts: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            parts.setdefault(row["label"], []).append({key: row[key] for key in row if key != "label"})
        return [{"label": label, **line} for label, part in parts.items() for line in summarise_groups(part)]
    rows = [
        {**row, **{f"absolute_{name}": abs(row[name]) for name in DIFFERENCES if name in row}} for row in rows
    ]
    groups = {"all": rows}
    for source in sorted({row["source"] for row in rows if row.get("source")}):
        groups[f"source {source}"] = [row for row in rows if row["source"] == source]
    for name, (low, high) in LOADS_ML.items():
        loads = [row for row in rows if low <= row.get("reference_volume_mm3", -1) / 1000 < high]
        if loads:
            groups[f"load {name}"] = loads
    return [{"group": group, **line} for group, members in groups.items() for line in summarise(members)]


def _surface(mask: np.ndarray, flat: Sequence[bool]) -> np.ndarray:
    """Indices ``(n, 3)`` of the voxels that have a face neighbour outside the mask."""
    inner = mask.copy()
    for axis in range(3):
        if flat[axis]:
            continue
        along, within = np.moveaxis(mask, axis, 0), np.moveaxis(inner, axis, 0)
        within[1:] &= along[:-1]
        within[:-1] &= along[1:]
        within[:1] = within[-1:] = False
    return np.argwhere(mask & ~inner)


def lesion_agreement(
    reference: np.ndarray,
    predicted: np.ndarray,
    voxel: float,
    connectivity: int,
    smallest: float,
    *,
    calibrated: bool,
) -> LesionAgreement:
    """Count matching lesions of two boolean masks, by the rule that :class:`LesionAgreement` states.

    Args:
        reference: bool, shape ``(i, j, k)``.
        predicted: the same ``(i, j, k)``.
        voxel: volume of a voxel in mm3 (1 when uncalibrated).
        connectivity: 4, 6, 8, 18 or 26.
        smallest: lesions of a smaller volume are not counted, on either side.
        calibrated: whether recall by size class in mm3 makes sense.
    """
    real, real_sizes = _kept_components(reference, voxel, connectivity, smallest)
    claimed, claimed_sizes = _kept_components(predicted, voxel, connectivity, smallest)
    both = (real > 0) & (claimed > 0)
    found, correct = np.unique(real[both]), np.unique(claimed[both])
    by_class = {}
    if calibrated:
        classes = {number: size_class(size * voxel) for number, size in real_sizes.items()}
        for name in SIZE_CLASSES:
            hits = sum(classes[number] == name for number in found.tolist())
            by_class[name] = (hits, list(classes.values()).count(name))
    return LesionAgreement(len(real_sizes), len(claimed_sizes), len(found), len(correct), by_class)


def _kept_components(
    mask: np.ndarray, voxel: float, connectivity: int, smallest: float
) -> tuple[np.ndarray, dict[int, int]]:
    """Component numbers (0 where nothing is kept), and the voxels of each component kept."""
    labels, count = label_components(mask, connectivity)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    kept = sizes * voxel >= smallest * (1 - 1e-6)
    kept[0] = False
    numbers = np.flatnonzero(kept)
    return np.where(kept[labels], labels, 0), dict(
        zip(numbers.tolist(), sizes[numbers].tolist(), strict=True)
    )


def _ratio(part: float, whole: float, empty: float = NAN) -> float:
    return float(part / whole) if whole else empty


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)
