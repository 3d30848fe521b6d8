"""Pretrain: an encoder learns to answer a pretext, and the network that will segment takes it over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import nn
from torch.utils.data import DataLoader

from SegAssistLib.errors import InputError
from SegAssistLib.task import Task
from SegAssistLib.training.fit import Schedule, fit
from SegAssistLib.training.parts import batches
from SegAssistLib.training.pictures import Picture
from SegAssistLib.training.pretraining.encoder import check_encoder, load_encoder, save_encoder
from SegAssistLib.training.pretraining.pretexts import PRETEXTS, PretextExamples
from SegAssistLib.translation import tr as _


@dataclass(frozen=True)
class Pretraining:
    """What an encoder learns first, and for how long.

    Attributes:
        pretext: a name in :data:`~SegAssistLib.training.pretraining.pretexts.PRETEXTS`.
        steps, batch, learning_rate: as in a :class:`~SegAssistLib.training.fit.Schedule`.
    """

    pretext: str
    steps: int = 1500
    batch: int = 32
    learning_rate: float = 2e-3

    def __post_init__(self) -> None:
        if self.pretext not in PRETEXTS:
            raise InputError(
                _("There is no pre-training {pretext!r}; choose one of: {choices}.").format(
                    pretext=self.pretext, choices=", ".join(PRETEXTS)
                )
            )


def pretrain(
    network: nn.Module,
    pictures: Sequence[Picture],
    task: Task,
    pretraining: Pretraining,
    folder: Path,
    seed: int,
    device: str,
    report: Callable[[str], None],
) -> None:
    """Train the encoder of ``network`` in place.

    Writes ``pretraining_PRETEXT/`` (checkpoint, curve, ``encoder.safetensors``) into ``folder``, from which
    another start goes on.

    Args:
        network: untrained.
        pictures: nobody's that the network will be judged with.
        task: says how pictures are prepared.
        pretraining: what and for how long.
        folder: of the training that follows.
        seed: of weights and examples.
        device: ``cpu`` or ``cuda``.
        report: gets lines of progress.

    Raises:
        InputError: the network has no encoder of its own, or the folder holds another's.
    """
    check_encoder(network)
    pretext = PRETEXTS[pretraining.pretext]()
    folder = folder / f"pretraining_{pretraining.pretext}"

    def examples(step: int) -> DataLoader:
        stream = PretextExamples(pictures, task, pretext, seed + 1_000_003 * step)
        return batches(stream, pretraining.batch)

    schedule = Schedule(
        pretraining.steps, pretraining.batch, pretraining.learning_rate, average=0.99, seed=seed
    )
    module = pretext.module(network, task.planes.channels)
    trained = fit(module, examples, pretext.loss, schedule, folder, device, report)
    file = folder / "encoder.safetensors"
    save_encoder(next(each for each in trained.modules() if hasattr(each, "encoder_parts")), file)
    load_encoder(network, file)
