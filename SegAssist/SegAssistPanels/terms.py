"""Terms: what a person accepts once before using a task whose training data may not serve every purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import qt
import slicer
from slicer.i18n import tr as _

if TYPE_CHECKING:
    from SegAssistLib.task import Task


def terms_accepted(task: Task) -> bool:
    """Ask for each task once, and again when its terms have changed."""
    key = f"SegAssist/AcceptedTerms/{task.name}"
    if not task.terms or slicer.app.testingEnabled() or slicer.util.settingsValue(key, "") == task.terms:
        return True
    box = qt.QMessageBox(slicer.util.mainWindow())
    box.setIcon(qt.QMessageBox.Question)
    box.setWindowTitle(_("SegAssist"))
    box.setText(_("{task}: this task may not be used for every purpose.").format(task=task.title))
    box.setInformativeText(task.terms)
    accept = box.addButton(_("I accept"), qt.QMessageBox.AcceptRole)
    box.setDefaultButton(box.addButton(_("No"), qt.QMessageBox.RejectRole))
    box.exec_()
    accepted = box.clickedButton() == accept
    box.deleteLater()
    if accepted:
        qt.QSettings().setValue(key, task.terms)
    return accepted
