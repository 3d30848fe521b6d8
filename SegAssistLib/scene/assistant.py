"""Assistant: what a person does in the panel, over one scene. The faces call it and show what it says.

The scene is the state: a result is a segmentation node, and everything that is known of it (task,
thresholds, probabilities, findings, what was reviewed) lies in the scene and is saved with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from slicer import (
    vtkMRMLNode,
    vtkMRMLScene,
    vtkMRMLSegmentationNode,
    vtkMRMLSequenceBrowserNode,
    vtkMRMLSequenceNode,
    vtkMRMLVolumeNode,
)

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.inference.segment import Quality, derive_labels
from SegAssistLib.inference.worker import Event, Failed, Finished, Progress, SliceDone, Stopped, Worker
from SegAssistLib.io import check_values, check_writable, writing_together
from SegAssistLib.io.files import file_name
from SegAssistLib.labels import Segmentation
from SegAssistLib.measure.components import bounding_box, label_components
from SegAssistLib.measure.edits import keep_edits
from SegAssistLib.measure.lesions import Findings, Lesion
from SegAssistLib.report import RESEARCH_USE
from SegAssistLib.scene.findings import write_findings
from SegAssistLib.scene.probabilities import read_probabilities, write_probabilities
from SegAssistLib.scene.records import (
    mask_state,
    record_reviewed,
    record_threshold,
    reviewed_voxels,
    task_of,
    thresholds_of,
)
from SegAssistLib.scene.segmentations import (
    TASK,
    read_segmentation,
    segmented_volume,
    write_segmentation,
)
from SegAssistLib.scene.sequences import read_frames, shown_volume, write_segmentation_sequence
from SegAssistLib.scene.views import jump_to, visible_slice
from SegAssistLib.scene.volumes import read_volume
from SegAssistLib.study import EXPORTS, measure, write_results
from SegAssistLib.task import Task, list_tasks

__all__ = ["EXPORTS", "Assistant", "Done", "Result"]

Undoable = Callable[[vtkMRMLSegmentationNode], AbstractContextManager[None]]


@dataclass(frozen=True)
class Done:
    """A run ended well and its result is in the scene.

    Attributes:
        segmentation: the result.
        findings: measured on it; None for a sequence, whose frames have their own.
        warnings: sentences for the person.
    """

    segmentation: vtkMRMLSegmentationNode
    findings: Findings | None
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """What is known of a result in the scene.

    Attributes:
        task: what was looked for.
        volume: what it was found in.
        findings: of the last measurement.
        reviewed: ids of the lesions that a person marked as reviewed.
        thresholds: by label name, as they are now.
        has_probabilities: whether the thresholds can be changed.
        stale: whether the mask was edited since the last measurement.
    """

    task: Task
    volume: vtkMRMLVolumeNode
    findings: Findings
    reviewed: frozenset[int]
    thresholds: Mapping[str, float]
    has_probabilities: bool
    stale: bool


@dataclass
class _Run:
    """A run under way."""

    source: vtkMRMLNode
    task: Task
    quality: Quality
    segmentation: vtkMRMLSegmentationNode | None
    images: list[Image]
    warnings: tuple[str, ...]
    only_slice: tuple[int, int] | None = None
    finished: list[Segmentation] = field(default_factory=list)
    preview: vtkMRMLSegmentationNode | None = None
    lost: bool = False


@dataclass(frozen=True)
class _Measured:
    """The result that was measured last.

    Attributes:
        node: the result.
        findings, reviewed: as in :class:`Result`.
        probabilities: float16 ``(labels, i, j, k)``, or None.
        state: of the mask when it was measured.
    """

    node: vtkMRMLSegmentationNode
    findings: Findings
    reviewed: frozenset[int]
    probabilities: np.ndarray | None
    state: tuple[object, ...]


@dataclass
class _Adjustment:
    """Moving a threshold: where it began. As long as nothing else happens, every move starts from there."""

    node: vtkMRMLSegmentationNode
    label: str
    current: Segmentation
    before: np.ndarray
    written: tuple[object, ...] = ()


class Assistant:
    """Runs tasks on the nodes of one scene, and keeps what they found.

    Args:
        scene: of the desktop program, of a browser session, or a bare one.
        worker: segments; the assistant ends it in :meth:`close`.
        undoable: a context for a segmentation node. What is written to the node inside it is one step
            of the face's undo.

    Results are segmentation nodes that this class made, in this session or in the one that saved the
    scene. Every method that takes one raises ``InputError`` for any other node.
    """

    def __init__(
        self, scene: vtkMRMLScene, worker: Worker, undoable: Undoable = lambda _: nullcontext()
    ) -> None:
        self._scene = scene
        self._worker = worker
        self._undoable = undoable
        self._run: _Run | None = None
        self._measured: _Measured | None = None
        self._adjustment: _Adjustment | None = None

    def close(self) -> None:
        """End the worker. A run under way is given up."""
        self._end_run()
        self._worker.close()

    # ------------------------------------------------------------------ before a run

    def tasks(self) -> list[Task]:
        """Everything that can be looked for."""
        return list(list_tasks().values())

    def propose_task(self, source: vtkMRMLNode | None) -> Task | None:
        """The task that is meant for a volume or sequence like this; None when there is none."""
        image = _first_image(source)
        if image is None:
            return None
        fitting = [task for task in self.tasks() if image.kind in task.kinds]
        stated = [task for task in fitting if image.modality in task.modalities]
        candidates = fitting if image.modality is None else stated
        return candidates[0] if candidates else None

    def missing(self, source: vtkMRMLNode | None, task: Task | None) -> str | None:
        """Why a run cannot be started, as a sentence that says what to do; None when it can."""
        if self.running:
            return "A run is under way; wait for it or cancel it."
        if source is None:
            return "Choose a volume first."
        if task is None:
            return "Choose what to look for."
        try:
            for image in _images(source)[:1]:
                task.warnings_for(image)
        except InputError as error:
            return str(error)
        return None

    # ------------------------------------------------------------------ a run

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self._run is not None

    def start(
        self,
        source: vtkMRMLNode,
        task: Task,
        *,
        quality: Quality = "best",
        segmentation: vtkMRMLSegmentationNode | None = None,
        only_slice: bool = False,
        view: str = "Red",
    ) -> None:
        """Start a run; :meth:`poll` brings its events and writes its result.

        Args:
            source: a scalar volume, a sequence, or a sequence browser.
            task: what to look for.
            quality: ``quick`` or ``best``.
            segmentation: receives the result. By default that of the last run of this task on this
                volume, so that a second click updates it, or else a new one.
            only_slice: the slice that ``view`` shows alone; the others stay as they are.
            view: name of the slice view whose slice comes first.

        Raises:
            InputError: it cannot be started; the message says why.
        """
        reason = self.missing(source, task)
        if reason:
            raise InputError(reason)
        images = _images(source)
        for image in images:
            check_values(image.array, image.name)
        single = isinstance(source, vtkMRMLVolumeNode)
        shown = visible_slice(self._scene, source, view) if single else None
        if only_slice and shown is None:
            raise InputError(
                f"The {view} view shows no slice of {source.GetName()}: show the volume there, along its "
                "own axes, or choose Segment all."
            )
        if segmentation is None:
            segmentation = self.last_result(source, task)
        run = _Run(
            source,
            task,
            quality,
            segmentation,
            images,
            tuple(task.warnings_for(images[0])),
            shown if only_slice else None,
        )
        self._worker.submit(
            images[0],
            task,
            quality=quality,
            first_slice=shown,
            only_slice=only_slice,
            key=_pixels_key(source, images[0]) if single else None,
        )
        self._run = run

    def cancel(self) -> None:
        """Give up the run under way; ``Stopped`` follows within a second, and the scene is as it was."""
        if self._run is not None:
            self._worker.cancel()

    def poll(self) -> list[Event | Done]:
        """Write what has been computed into the scene and return what happened since the last call.

        Returns:
            ``Progress``; and at the end of a run ``Done``, ``Failed`` or ``Stopped``.
        """
        run = self._run
        if run is None:
            return []
        if not run.lost and not self._holds(run.source):
            run.lost = True
            self._worker.cancel()
        events: list[Event | Done] = []
        for event in self._worker.poll():
            if isinstance(event, Progress):
                events.append(_of_all(event, len(run.finished), len(run.images)))
            elif isinstance(event, SliceDone):
                self._show_preview(run, event)
            elif run.lost:
                self._end_run()
                events.append(Failed("The volume was removed during the run; nothing was written."))
            elif isinstance(event, Finished):
                events.extend(self._take(run, event))
            else:
                self._end_run()
                events.append(event)
        return events

    def segment(
        self,
        source: vtkMRMLNode,
        task: Task,
        *,
        quality: Quality = "best",
        segmentation: vtkMRMLSegmentationNode | None = None,
    ) -> vtkMRMLSegmentationNode:
        """Run and wait: for scripts, which have no panel. The arguments are those of :meth:`start`.

        Raises:
            InputError: it cannot be started, or it failed.
        """
        import time

        self.start(source, task, quality=quality, segmentation=segmentation)
        while True:
            for event in self.poll():
                if isinstance(event, Done):
                    return event.segmentation
                if isinstance(event, Failed):
                    raise InputError(event.message)
                if isinstance(event, Stopped):
                    raise InputError("The run was cancelled; nothing was written.")
            time.sleep(0.01)

    def _take(self, run: _Run, event: Finished) -> list[Event | Done]:
        """Take one finished image: start the next of a sequence, or write the result."""
        run.finished.append(event.segmentation)
        if len(run.finished) < len(run.images):
            self._worker.submit(run.images[len(run.finished)], run.task, quality=run.quality)
            return []
        self._end_run()
        try:
            return [self._write(run, event)]
        except InputError as error:
            return [Failed(str(error))]

    def _write(self, run: _Run, event: Finished) -> Done:
        node = run.segmentation if self._holds(run.segmentation) else None
        if not isinstance(run.source, vtkMRMLVolumeNode):
            node = write_segmentation_sequence(self._scene, run.source, run.finished, run.task, node)
            return Done(node, None, run.warnings)
        found = run.finished[0]
        if run.only_slice is not None and node is not None and task_of(node) is run.task:
            found = _with_slice(self._stored(node, run.source, run.task), found, run.only_slice)
        with self._undoable(node) if node else nullcontext():
            node = write_segmentation(self._scene, run.source, found, run.task, node)
            for label in run.task.labels:
                record_threshold(node, run.task, label.name, label.threshold)
        write_probabilities(self._scene, node, run.source, found)
        self._measured = None  # its probabilities are the old ones
        node.SetAttribute("SegAssist.ModelVersion", run.task.version)
        node.SetAttribute("SegAssist.ModelSha256", event.model_sha256)
        node.SetAttribute("SegAssist.Notice", RESEARCH_USE)
        self._adjustment = None
        return Done(node, self.update(node), run.warnings)

    def _show_preview(self, run: _Run, event: SliceDone) -> None:
        """Show the visible slice's mask at once, in a node of its own: the result's is not touched yet."""
        if run.only_slice or run.lost:
            return
        image = run.images[0]
        array = np.zeros(image.grid, np.uint8, order="F")
        np.moveaxis(array, event.axis, 0)[event.index] = event.array
        preview = Segmentation(array, image.affine, run.task.labels, calibrated=image.calibrated)
        run.preview = write_segmentation(self._scene, run.source, preview, run.task, run.preview)
        run.preview.SetName("Preview")
        run.preview.RemoveAttribute(TASK)
        run.preview.SetHideFromEditors(True)
        run.preview.SetSaveWithScene(False)

    def _end_run(self) -> None:
        run, self._run = self._run, None
        if run is not None and self._holds(run.preview):
            for index in reversed(range(run.preview.GetNumberOfDisplayNodes())):
                self._scene.RemoveNode(run.preview.GetNthDisplayNode(index))
            self._scene.RemoveNode(run.preview)

    def last_result(self, source: vtkMRMLNode, task: Task) -> vtkMRMLSegmentationNode | None:
        """The result of the last run of this task on this volume or sequence; None when there was none."""
        volume = source if isinstance(source, vtkMRMLVolumeNode) else shown_volume(source)
        if volume is None:
            return None
        nodes = self._scene.GetNodesByClass("vtkMRMLSegmentationNode")
        found = [nodes.GetItemAsObject(n) for n in range(nodes.GetNumberOfItems())]
        return next(
            (n for n in reversed(found) if task_of(n) is task and segmented_volume(n) is volume), None
        )

    def _holds(self, node: vtkMRMLNode | None) -> bool:
        return node is not None and node.GetScene() is self._scene

    # ------------------------------------------------------------------ a result

    def result(self, segmentation: vtkMRMLSegmentationNode | None) -> Result | None:
        """What is known of a node; None when it is not a result, or its volume is gone."""
        task = task_of(segmentation)
        volume = segmented_volume(segmentation) if task else None
        if volume is None:
            return None
        measured = self._last_measured(segmentation)
        return Result(
            task,
            volume,
            measured.findings,
            measured.reviewed,
            thresholds_of(segmentation, task),
            measured.probabilities is not None,
            measured.state != mask_state(segmentation, task),
        )

    def add_result(
        self, volume: vtkMRMLVolumeNode, mask: Segmentation, task: Task
    ) -> vtkMRMLSegmentationNode:
        """Make a result of a mask that was read from a file: it has no probabilities.

        Raises:
            InputError: the mask does not lie on the volume's grid.
        """
        if not mask.lies_on(read_volume(volume)):
            raise InputError(f"The mask does not lie on the grid of {volume.GetName()}; open its own scan.")
        node = self.last_result(volume, task)
        with self._undoable(node) if node else nullcontext():
            node = write_segmentation(self._scene, volume, replace(mask, labels=task.labels), task, node)
        write_probabilities(self._scene, node, volume, mask)
        self._measured = self._adjustment = None
        self.update(node)
        return node

    def update(self, segmentation: vtkMRMLSegmentationNode) -> Findings:
        """Measure the mask as it is now, and write the table of findings.

        A lesion stays reviewed as long as it holds a voxel that a reviewed lesion had.
        """
        volume, task = self._of(segmentation)
        previous = self._measured
        if previous is not None and previous.node is segmentation:
            probabilities = previous.probabilities
        else:
            probabilities = read_probabilities(segmentation, volume, task)
        mask = replace(read_segmentation(segmentation, volume, task), probabilities=probabilities)
        findings = measure(mask, task)
        holding = _ids_at(findings, mask.array, reviewed_voxels(segmentation, volume), task)
        state = mask_state(segmentation, task)
        self._measured = _Measured(segmentation, findings, frozenset(holding), probabilities, state)
        write_findings(self._scene, segmentation, findings, task, self._measured.reviewed)
        return findings

    def set_threshold(self, segmentation: vtkMRMLSegmentationNode, label: str, value: float) -> Findings:
        """Derive the mask anew from the stored probabilities; what a person edited stays.

        Moving on without any other edit in between gives what one move would have given, and is one
        step of undo.

        Raises:
            InputError: there are no probabilities to derive it from.
        """
        volume, task = self._of(segmentation)
        probabilities = self._last_measured(segmentation).probabilities
        if probabilities is None:
            raise InputError(
                f"{segmentation.GetName()} was saved without its probabilities; click Segment all first."
            )
        begun = self._adjustment
        moving_on = (
            begun is not None
            and begun.node is segmentation
            and begun.label == label
            and begun.written == mask_state(segmentation, task)
        )
        thresholds = thresholds_of(segmentation, task)
        if not moving_on:
            current = read_segmentation(segmentation, volume, task)
            before = _derive(probabilities, task, thresholds, current)
            begun = _Adjustment(segmentation, label, current, before)
        after = _derive(probabilities, task, {**thresholds, label: value}, begun.current)
        array = keep_edits(begun.current.array, begun.before, after, task.connectivity)
        with nullcontext() if moving_on else self._undoable(segmentation):
            write_segmentation(self._scene, volume, replace(begun.current, array=array), task, segmentation)
            record_threshold(segmentation, task, label, value)
        begun.written = mask_state(segmentation, task)
        self._adjustment = begun
        return self.update(segmentation)

    def delete_lesion(self, segmentation: vtkMRMLSegmentationNode, lesion_id: int) -> Findings:
        """Erase one lesion of the last measurement, as it is now.

        Raises:
            InputError: it is not there any more.
        """
        volume, task = self._of(segmentation)
        lesion = self._lesion(segmentation, lesion_id)
        mask = read_segmentation(segmentation, volume, task)
        inside = mask.array == task.labels[0].value
        components, _ = label_components(inside, task.connectivity)
        number = components[lesion.inside_ijk]
        if not number:
            raise InputError(f"Lesion {lesion_id} was edited since it was measured; click Update first.")
        array = np.where(components == number, np.uint8(0), mask.array)
        with self._undoable(segmentation):
            write_segmentation(self._scene, volume, replace(mask, array=array), task, segmentation)
        return self.update(segmentation)

    def mark_reviewed(
        self, segmentation: vtkMRMLSegmentationNode, lesion_id: int, reviewed: bool = True
    ) -> None:
        """Mark a lesion as reviewed, or take the mark away."""
        volume, task = self._of(segmentation)
        lesion = self._lesion(segmentation, lesion_id)
        mask = read_segmentation(segmentation, volume, task).array
        findings = self._measured.findings
        voxels = [
            voxel
            for voxel in reviewed_voxels(segmentation, volume)
            if lesion_id not in _ids_at(findings, mask, [voxel], task)
        ]
        if reviewed:
            voxels.append(lesion.inside_ijk)
        record_reviewed(segmentation, volume, voxels)
        ids = self._measured.reviewed - {lesion_id} | ({lesion_id} if reviewed else set())
        self._measured = replace(self._measured, reviewed=ids)
        write_findings(self._scene, segmentation, findings, task, ids)

    def jump_to(self, segmentation: vtkMRMLSegmentationNode, lesion_id: int) -> None:
        """Show a lesion in every slice view."""
        volume, _ = self._of(segmentation)
        voxel = np.append(self._lesion(segmentation, lesion_id).inside_ijk, 1)
        jump_to(self._scene, (read_volume(volume).affine @ voxel)[:3])

    def export(
        self,
        segmentation: vtkMRMLSegmentationNode,
        folder: Path,
        kinds: Collection[str] = ("nii.gz", "csv", "png"),
    ) -> list[Path]:
        """Write a result to files, as the command line does; all of them or none.

        Args:
            segmentation: the result; it is measured as it is now.
            folder: made when missing; older files of the same names are replaced.
            kinds: of :data:`EXPORTS`.

        Raises:
            InputError: they cannot be written.
        """
        volume, task = self._of(segmentation)
        findings = self.update(segmentation)
        image = read_volume(volume)
        image = replace(image, name=file_name(image.name))
        check_writable(folder)
        with writing_together(folder) as temporary:
            mask = read_segmentation(segmentation, volume, task)
            write_results(temporary, image, mask, findings, task, kinds, _source_file(volume, image))
            names = sorted(path.name for path in temporary.iterdir())
        return [folder / name for name in names]

    def _of(self, segmentation: vtkMRMLSegmentationNode | None) -> tuple[vtkMRMLVolumeNode, Task]:
        task = task_of(segmentation)
        if task is None:
            raise InputError("Choose a segmentation that SegAssist made.")
        volume = segmented_volume(segmentation)
        if volume is None:
            raise InputError(
                f"The volume of {segmentation.GetName()} is no longer in the scene; load it again."
            )
        return volume, task

    def _last_measured(self, segmentation: vtkMRMLSegmentationNode) -> _Measured:
        if self._measured is None or self._measured.node is not segmentation:
            self.update(segmentation)
        return self._measured

    def _lesion(self, segmentation: vtkMRMLSegmentationNode, lesion_id: int) -> Lesion:
        for lesion in self._last_measured(segmentation).findings.lesions:
            if lesion.id == lesion_id:
                return lesion
        raise InputError(f"There is no lesion {lesion_id}; click Update and choose one of the table.")

    def _stored(
        self, segmentation: vtkMRMLSegmentationNode, volume: vtkMRMLVolumeNode, task: Task
    ) -> Segmentation:
        """The result with its probabilities."""
        return replace(
            read_segmentation(segmentation, volume, task),
            probabilities=read_probabilities(segmentation, volume, task),
        )


def _images(source: vtkMRMLNode) -> list[Image]:
    """What is to be segmented: one image, or several of a sequence of volumes."""
    if isinstance(source, vtkMRMLSequenceNode | vtkMRMLSequenceBrowserNode):
        return read_frames(source)
    return [read_volume(source)]


def _first_image(source: vtkMRMLNode | None) -> Image | None:
    """The first image, or None where there is none that can be read."""
    try:
        return _images(source)[0] if source is not None else None
    except InputError:
        return None


def _pixels_key(volume: vtkMRMLVolumeNode, image: Image) -> str:
    """Changes whenever the volume's pixels or place do: VTK counts every change of any object."""
    return f"{volume.GetID()} {volume.GetImageData().GetMTime()} {image.affine.tolist()}"


def _of_all(progress: Progress, done: int, images: int) -> Progress:
    """Progress of one of several images as progress of all."""
    if images == 1:
        return progress
    left = progress.seconds_left
    if left is not None and progress.done:
        left += (images - done - 1) * left * progress.total / max(1, progress.total - progress.done)
    return Progress(done * progress.total + progress.done, images * progress.total, left)


def _with_slice(stored: Segmentation, found: Segmentation, where: tuple[int, int]) -> Segmentation:
    """``stored`` with one slice of ``found``: ``where`` is its array axis and index."""
    axis, index = where
    array = stored.array.copy()
    np.moveaxis(array, axis, 0)[index] = np.moveaxis(found.array, axis, 0)[index]
    if stored.probabilities is None:
        return replace(found, array=array)
    probabilities = stored.probabilities.copy()
    for all_of_label, label in zip(probabilities, found.probabilities, strict=True):
        np.moveaxis(all_of_label, axis, 0)[index] = np.moveaxis(label, axis, 0)[index]
    return replace(found, array=array, probabilities=probabilities)


def _derive(
    probabilities: np.ndarray, task: Task, thresholds: Mapping[str, float], like: Segmentation
) -> np.ndarray:
    """Label values at these thresholds, on the whole grid of ``like``."""
    labels = tuple(replace(label, threshold=thresholds[label.name]) for label in task.labels)
    array = np.zeros_like(like.array)
    box = bounding_box((probabilities > 0).any(axis=0))
    if box is not None:
        spacing = tuple(np.linalg.norm(like.affine[:3, :3], axis=0)) if like.calibrated else None
        boxed = probabilities[(slice(None), *box)]
        array[box] = derive_labels(boxed, labels, task.components.fewest(spacing), task.connectivity)
    return array


def _ids_at(
    findings: Findings, array: np.ndarray, voxels: Collection[tuple[int, int, int]], task: Task
) -> set[int]:
    """Ids of the lesions that hold any of these voxels."""
    inside = array == task.labels[0].value
    box = bounding_box(inside)
    if not voxels or box is None:
        return set()
    components, _ = label_components(np.ascontiguousarray(inside[box]), task.connectivity)

    def number(voxel: tuple[int, int, int]) -> int:
        local = tuple(index - part.start for index, part in zip(voxel, box, strict=True))
        within = all(0 <= n < size for n, size in zip(local, components.shape, strict=True))
        return int(components[local]) if within else 0

    marked = {number(voxel) for voxel in voxels} - {0}
    return {lesion.id for lesion in findings.lesions if number(lesion.inside_ijk) in marked}


def _source_file(volume: vtkMRMLVolumeNode, image: Image) -> Path | None:
    """The NIfTI file that the volume was read from, unless the volume was moved in the scene since."""
    from SegAssistLib.io import nifti

    storage = volume.GetStorageNode()
    name = storage.GetFileName() if storage else None
    return Path(name) if name and nifti.has_grid(Path(name), image.grid, image.affine) else None
