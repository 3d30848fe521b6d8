"""Recipe: what differs between the trainings of one kind of data and another."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from torch import nn
from torch.utils.data import IterableDataset

from SegAssistLib.cases import split_folds
from SegAssistLib.errors import InputError
from SegAssistLib.networks import network_definition
from SegAssistLib.task import Task
from SegAssistLib.translation import tr as _

Report = Callable[[str], None]


class Annotated(Protocol):
    """A case as a recipe splits it.

    Attributes:
        name: unique in its data set.
        patient: cases of one patient stay on one side of every split.
        source: the data's origin.
    """

    name: str
    patient: str
    source: str


@dataclass(frozen=True)
class Outcome:
    """What cross-validation found.

    Attributes:
        rows: agreement of every case, with the settings that the other folds chose.
        summary: of the rows.
        metrics: the most important figures, for the bundle's metadata.
        thresholds: one a label, chosen on all held-out predictions for the final model; empty when nothing
            was held out.
        components: settings of the task's components, likewise.
        stated: what else the bundle then states.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    summary: list[dict[str, Any]] = field(default_factory=list)
    metrics: dict[str, float] = field(default_factory=dict)
    thresholds: tuple[float, ...] = ()
    components: dict[str, float] = field(default_factory=dict)
    stated: dict[str, Any] = field(default_factory=dict)


class Recipe(ABC):
    """Which examples a network learns from, with which loss, and how it is judged.

    Attributes:
        task: what is trained; its planes are as the network shall see them.
        network: name, see :mod:`SegAssistLib.networks`.
        cases: all that is annotated.
        loss: of logits and references.
    """

    task: Task
    network: str
    cases: Sequence[Annotated]
    loss: nn.Module

    @property
    def definition(self) -> dict[str, Any]:
        """MONAI config of the untrained network."""
        return network_definition(self.network, out_channels=len(self.task.labels))

    @abstractmethod
    def load(self, folder: Path, seed: int, report: Report) -> None:
        """Get what examples are made of; what takes long is kept in ``folder`` for another start."""

    def folds(self, number: int) -> list[list[Annotated]]:
        """Deal the cases into test sets, whole patients at a time."""
        return split_folds(list(self.cases), number)

    def choose(self, **options: Any) -> None:
        """Take what a person chose of the recipe; by default there is nothing to choose.

        Raises:
            InputError: an option that this recipe does not have, or a value that it cannot have.
        """
        if options:
            raise InputError(
                _("The training of {task} has no choice of {choices}; leave it out.").format(
                    task=self.task.name, choices=" or ".join(options)
                )
            )

    def start(  # noqa: B027 - most networks start with random weights
        self,
        network: nn.Module,
        hidden: Collection[Annotated],
        folder: Path,
        seed: int,
        device: str,
        report: Report,
    ) -> None:
        """Give an untrained network a better start, in place, without the patients of ``hidden``.

        What takes long is kept in ``folder``.
        """

    @abstractmethod
    def examples(self, hidden: Collection[Annotated], seed: int) -> IterableDataset:
        """Endless augmented examples ``image``, ``reference`` of all but the patients of ``hidden``."""

    @abstractmethod
    def hold_out(self, case: Annotated, network: nn.Module, device: str) -> Any:
        """Predict a case that ``network`` was not trained on."""

    @abstractmethod
    def judge(self, held_out: list[list[Any]]) -> Outcome:
        """Choose settings across folds and compute every case's agreement.

        Args:
            held_out: for each fold, what :meth:`hold_out` gave. No fold has a say in the settings that it is
                judged with.
        """

    @abstractmethod
    def record(self) -> dict[str, Any]:
        """What of it a person should be able to read later, beside the cases' names."""
