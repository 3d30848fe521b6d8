"""Frames and stills: each picture to a network's size, colours and range by itself, and back.

Pictures are prepared one by one when they are needed, so that a long clip takes no memory beyond its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from SegAssistLib.image import Image
from SegAssistLib.prepare.prepared import Orientation, Prepared, resize
from SegAssistLib.translation import tr as _

TIME = 2  # the canonical axis along which frames follow one another; before it rows and columns
UPRIGHT = Orientation((1, 0, 2), (False, False, False))  # files hold columns and rows
LOOKS = 5  # frames of a clip that are looked at before it is segmented


@dataclass(frozen=True)
class FrameSettings:
    """How a task wants its pictures; stated in the bundle, so that training and use agree.

    Attributes:
        size: pixels of the longer side after resampling, at the same proportions; None keeps the picture's
            own pixels.
        colour: ``grey`` or ``rgb``; ``b-mode`` is grey, and refuses ultrasound that shows blood flow in
            colour.
        neighbours: the frames that become channels, counted from the frame itself; at the ends of a clip the
            outermost stands in.
        percentiles: of each picture's values, those that become 0 and 1. None: black and white of 8 bit,
            and of other types the picture's lowest and highest value.
        border: pixels of mirror image around the picture, so that its edge has surroundings too; 0 is black.
        multiple: picture sizes are padded to multiples of this (the network's total stride).
        tile, overlap: larger pictures are seen in pieces (see ``inference.tiles``).
        sided: whether the task tells right from left, so that a mirror image shows something else.
    """

    size: int | None = 512
    colour: Literal["grey", "rgb", "b-mode"] = "grey"
    neighbours: tuple[int, ...] = (0,)
    percentiles: tuple[float, float] | None = None
    border: int = 0
    multiple: int = 32
    tile: int = 512
    overlap: int = 64
    sided: bool = False

    @property
    def channels(self) -> int:
        """Of a stack: every neighbour's grey values, or its red, green and blue."""
        return len(self.neighbours) * (3 if self.colour == "rgb" else 1)

    def working_size(self, rows: int, columns: int) -> tuple[int, int]:
        """Number of rows and columns that a picture becomes."""
        scale = 1.0 if self.size is None else self.size / max(rows, columns)
        return max(1, round(rows * scale)), max(1, round(columns * scale))

    def warnings_for(self, image: Image) -> list[str]:
        """Say what about the image's pixels could make the result wrong.

        Raises:
            InputError: colour Doppler, in one of a few frames.
        """
        from SegAssistLib.io.colour import CODEC_NOISE, b_mode_frame, frame_of, has_colour

        channels = image.array.ndim > 3
        if self.colour == "b-mode" and channels:
            for number in np.unique(np.linspace(0, image.grid[2] - 1, LOOKS).astype(int)):
                b_mode_frame(image, number)
        coloured = channels and has_colour(frame_of(image, image.grid[2] // 2), CODEC_NOISE)
        if self.colour == "grey" and coloured:
            return [
                _("{name}: this is in colour, and only its brightness is looked at.").format(name=image.name)
            ]
        if self.colour == "rgb" and not coloured:
            return [_("{name}: this is grey, and colour is expected.").format(name=image.name)]
        return []

    def picture(self, image: Image, number: int) -> np.ndarray:
        """One frame in the task's colours, ``(rows, columns)`` or ``(rows, columns, 3)``, values as read.

        Raises:
            InputError: colour Doppler.
        """
        from SegAssistLib.io.colour import b_mode_frame, frame_of, to_grey

        if self.colour == "b-mode":
            return b_mode_frame(image, number)
        picture = frame_of(image, number)
        if self.colour == "grey":
            return picture if picture.ndim == 2 else to_grey(picture)
        return picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)

    def scaled(self, picture: np.ndarray) -> np.ndarray:
        """A picture's values from 0 to 1: float32 ``(channels, rows, columns)``."""
        channels = np.moveaxis(picture, 2, 0) if picture.ndim == 3 else picture[None]
        if picture.dtype == np.uint8 and self.percentiles is None:
            return np.multiply(channels, np.float32(1 / 255), dtype=np.float32)
        sample = picture[tuple(slice(None, None, max(1, length // 256)) for length in picture.shape[:2])]
        low, high = np.percentile(sample, self.percentiles or (0, 100)).tolist()
        values = channels.astype(np.float32)
        values -= np.float32(low)
        values *= np.float32(1 / max(high - low, 1e-6))
        return np.clip(values, 0.0, 1.0, out=values)


@dataclass(frozen=True)
class PreparedFrames(Prepared):
    """Pictures on the axes row, column, time; the box holds all of them.

    Attributes:
        image: what they are.
    """

    image: Image

    @property
    def axes(self) -> tuple[int, ...]:
        """Time alone."""
        return (TIME,)

    def cut(self, _axis: int, settings: FrameSettings) -> FramePlanes:
        """All frames."""
        return FramePlanes(self.image, settings)

    def cut_one(self, _axis: int, index: int, settings: FrameSettings) -> tuple[FramePlanes, np.ndarray]:
        """One frame with its neighbours."""
        planes = FramePlanes(self.image, settings)
        return planes, planes.stack(index)

    def why_not_cut(self, _axis: int) -> str:
        """Across time there is no picture."""
        return _("rows and columns over time are no picture; choose the view that shows whole frames.")


def prepare_frames(image: Image) -> PreparedFrames:
    """Take the pictures as they are: a clip, or a still as a clip of one frame."""
    array = image.array.swapaxes(0, 1)
    columns, rows, time = (float(each) for each in np.linalg.norm(image.affine[:3, :3], axis=0))
    box = tuple(slice(0, length) for length in array.shape[:3])
    return PreparedFrames(array, UPRIGHT, (rows, columns, time), box, image)


@dataclass(frozen=True, eq=False)
class FramePlanes:
    """The pictures of an image, each prepared when it is asked for.

    Attributes:
        image: what they are cut from.
        settings: how.
    """

    image: Image
    settings: FrameSettings
    _kept: dict[int, np.ndarray] = field(default_factory=dict, repr=False)  # neighbours are needed again

    def __len__(self) -> int:
        return self.image.grid[2]

    @property
    def mirror_axis(self) -> int | None:
        """The columns, where right and left are alike to the task."""
        return None if self.settings.sided else 2

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of a picture as read."""
        columns, rows, _ = self.image.grid
        return rows, columns

    def stack(self, index: int) -> np.ndarray:
        """One frame with its neighbours: float32 ``(channels, height, width)`` from 0 to 1, padded.

        The channels are those of the settings' neighbours one after another.
        """
        wanted = [min(max(index + offset, 0), len(self) - 1) for offset in self.settings.neighbours]
        for number in set(self._kept) - set(range(min(wanted), max(wanted) + 1)):
            del self._kept[number]
        frames = [self._frame(number) for number in wanted]
        return self._padded(frames[0] if len(frames) == 1 else np.concatenate(frames))

    def fit(self, plane: np.ndarray) -> np.ndarray:
        """Bring a plane ``(rows, columns)``, e.g. a label's pixels as 0 and 1, to where a stack shows them.

        Its values are resampled and else kept; :meth:`restore` is the way back.
        """
        return self._padded(resize(plane, self.settings.working_size(*self.shape))[None])[0]

    def restore(self, plane: np.ndarray) -> np.ndarray:
        """Bring a padded network output ``(height, width)`` back to a picture's own pixels."""
        border = self.settings.border
        rows, columns = self.settings.working_size(*self.shape)
        inside = plane[border : border + rows, border : border + columns]
        return resize(np.ascontiguousarray(inside), self.shape)

    def _padded(self, channels: np.ndarray) -> np.ndarray:
        """Put the border and the padding around ``(channels, height, width)``."""
        border, multiple = self.settings.border, self.settings.multiple
        sides = [(border, border + -(length + 2 * border) % multiple) for length in channels.shape[1:]]
        return np.pad(channels, ((0, 0), *sides), mode="symmetric" if border else "constant")

    def _frame(self, number: int) -> np.ndarray:
        """Float32 ``(channels, height, width)`` of one frame, not yet padded."""
        if number not in self._kept:
            picture = self.settings.picture(self.image, number)
            size = self.settings.working_size(*self.shape)
            self._kept[number] = self.settings.scaled(resize(picture, size))
        return self._kept[number]
