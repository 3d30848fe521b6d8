"""The desktop face: a 3D Slicer scripted module over SegAssistLib, and the only file that imports qt."""

from __future__ import annotations

import qt
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import ScriptedLoadableModule, ScriptedLoadableModuleWidget


class SegAssist(ScriptedLoadableModule):
    """What Slicer shows of the module in its menus, help and credits."""

    def __init__(self, parent) -> None:  # noqa: ANN001 - qSlicerScriptedLoadableModule
        super().__init__(parent)
        parent.title = _("SegAssist")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        parent.contributors = ["The SegAssist team"]
        parent.helpText = _(
            "The segmentation tasks that are installed with SegAssist. "
            "For research use only: not a medical device, and no diagnosis."
        )
        parent.acknowledgementText = _(
            "The networks are defined and trained with MONAI. Each task's data sources and their "
            "licences stand in its model card."
        )


class SegAssistWidget(ScriptedLoadableModuleWidget):
    """The module's panel: the installed tasks and what each one looks for."""

    def setup(self) -> None:
        """Fill the panel; Slicer calls this when the module is first opened."""
        super().setup()
        # Not at file scope: Slicer imports every module at start-up.
        from SegAssistLib.task import list_tasks

        tree = qt.QTreeWidget()
        tree.setHeaderLabels([_("Task"), _("What it looks for")])
        tree.setRootIsDecorated(False)
        for task in list_tasks().values():
            row = qt.QTreeWidgetItem(tree)
            row.setText(0, task.name)
            row.setText(1, task.description)
        tree.resizeColumnToContents(0)
        self.layout.addWidget(tree)
        self.tasks = tree

        notice = qt.QLabel(_("For research use only."))
        self.layout.addWidget(notice)
        self.layout.addStretch(1)
