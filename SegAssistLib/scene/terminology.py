"""The codes of our labels for Slicer's terminology selector, in which they are not by default."""

from __future__ import annotations

from slicer import vtkSlicerTerminologiesModuleLogic

from SegAssistLib.resources import bundles_folder


def load_terminology(logic: vtkSlicerTerminologiesModuleLogic) -> None:
    """Offer the codes of every task's labels for choice.

    Args:
        logic: the running program's; on the desktop ``slicer.modules.terminologies.logic()``.

    Raises:
        FileNotFoundError: the installation has lost its ``Resources`` folder.
    """
    logic.LoadTerminologyFromFile(str(bundles_folder().parent / "Terminologies" / "SegAssist.term.json"))
