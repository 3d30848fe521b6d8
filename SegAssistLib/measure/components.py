"""Connected components of a mask, and the array axis along which a mask is read slice by slice."""

from __future__ import annotations

import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.translation import tr as _

Box = tuple[slice, slice, slice]
PLANAR = (4, 8)  # connectivities within each plane


def as_mask(mask: np.ndarray) -> np.ndarray:
    """The mask as booleans (what is not zero is inside), shape ``(i, j, k)``.

    Raises:
        InputError: the mask does not have three axes.
    """
    mask = np.asarray(mask)
    if mask.ndim != 3:
        raise InputError(
            _("The mask has {count} axes but three are needed: give one label of one volume.").format(
                count=mask.ndim
            )
        )
    return mask if mask.dtype == bool else mask != 0


def bounding_box(mask: np.ndarray) -> Box | None:
    """The smallest box that holds a boolean mask; None for an empty one."""
    box = [slice(0, n) for n in mask.shape]
    # From the axis with the longest stride: each step shrinks what the next has to read.
    for axis in np.argsort(mask.strides)[::-1]:
        others = tuple(other for other in range(3) if other != axis)
        hits = np.flatnonzero(mask[tuple(box)].any(axis=others))
        if hits.size == 0:
            return None
        box[axis] = slice(int(hits[0]), int(hits[-1]) + 1)
    return tuple(box)


def pixels_inside(mask: np.ndarray) -> np.ndarray:
    """Columns and rows of what is inside a boolean mask ``(columns, rows)``, in C order: ``(2, pixels)``.

    As ``numpy.nonzero`` gives them, in a tenth of its time.
    """
    return np.stack(np.unravel_index(np.flatnonzero(mask), mask.shape))


def label_components(mask: np.ndarray, connectivity: int = 26, plane_axis: int = 2) -> tuple[np.ndarray, int]:
    """Number the connected components of a mask from 1; returns the labels and how many there are.

    Args:
        mask: bool or integer, shape ``(i, j, k)``, in any memory order; what is not zero is inside.
        connectivity: 6, 18 or 26; on a mask of one slice these are 4 and (18 and 26 alike) 8 neighbours.
            With 4 or 8 nothing hangs together across the planes along ``plane_axis``, as in the frames of a
            clip.
        plane_axis: the axis along which planes are stacked.

    Returns:
        The component of each voxel, uint32 of the mask's shape and 0 outside the mask; their number.

    Raises:
        InputError: the mask does not have three axes.
        RuntimeError: the library's labels are not components of this mask.
    """
    mask = as_mask(mask)
    components = np.zeros(mask.shape, np.uint32, "F" if mask.flags.fnc else "C")
    box = bounding_box(mask)
    if box is None:
        return components, 0
    inside, numbers = mask[box], components[box]
    if connectivity in PLANAR:
        count = _label_planes(inside, connectivity, plane_axis, numbers)
    elif 1 in inside.shape:
        count = _label_planes(inside, 4 if connectivity == 6 else 8, inside.shape.index(1), numbers)
    else:
        import cc3d

        numbers[...], count = cc3d.connected_components(inside, connectivity=connectivity, return_N=True)
    _check(inside, numbers, count)
    return components, count


def _label_planes(mask: np.ndarray, connectivity: int, plane_axis: int, components: np.ndarray) -> int:
    """Write the components of each plane, in C order of their first pixels, and return how many there are.

    OpenCV's, because connected-components-3d 4.0 and 4.1 number background where a plane is boolean.
    """
    import cv2

    count = 0
    planes = zip(np.moveaxis(mask, plane_axis, 0), np.moveaxis(components, plane_axis, 0), strict=True)
    for plane, numbers in planes:
        pixels = np.ascontiguousarray(plane).view(np.uint8)
        found, labels = cv2.connectedComponentsWithAlgorithm(pixels, connectivity, cv2.CV_32S, cv2.CCL_WU)
        np.add(labels, count, out=numbers, where=plane, casting="unsafe")
        count += found - 1  # OpenCV counts the background
    return count


def _check(mask: np.ndarray, components: np.ndarray, count: int) -> None:
    """Refuse labels that do not fill the mask, lie outside it or are empty: every count would contradict it.

    Raises:
        RuntimeError: they do.
    """
    sizes = np.bincount(components[mask], minlength=count + 1)
    outside = np.count_nonzero(components) != np.count_nonzero(mask)
    if outside or sizes[0] or len(sizes) != count + 1 or not sizes[1:].all():
        raise RuntimeError("The labelled components contradict the mask; please report this as a fault.")


def axial_axis(affine: np.ndarray, shape: tuple[int, ...]) -> int:
    """The array axis along which axial slices are stacked: the one closest to the patient's head-foot axis.

    It need not be the axis the scanner stacked its slices along: radiologists read and measure brain
    lesions axially, also in a volume acquired sagittally. In a single picture (one axis of length 1,
    whatever its orientation) that axis is the answer, so that "in one slice" means "in the picture".
    """
    single = [axis for axis, n in enumerate(shape[:3]) if n == 1]
    if single:
        return single[-1]
    directions = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    return int(np.argmax(np.abs(directions[2])))
