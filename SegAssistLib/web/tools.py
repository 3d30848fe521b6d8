"""Tools: trame-slicer's Segment Editor, arranged for a narrow panel: the tools first, the rest on demand."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v3
from trame_server.utils.typed_state import TypedState
from trame_slicer.app.ui import SegmentEditorUI
from trame_slicer.app.ui.segmentation.draw_effect_ui import DrawEffectUI
from trame_slicer.app.ui.segmentation.islands_effect_ui import IslandsEffectUI
from trame_slicer.app.ui.segmentation.logical_operators_effect_ui import LogicalOperatorsEffectUI
from trame_slicer.app.ui.segmentation.paint_effect_ui import PaintEffectState, PaintEffectUI
from trame_slicer.app.ui.segmentation.scissors_effect_ui import ScissorsEffectUI
from trame_slicer.app.ui.segmentation.segment_display_ui import SegmentDisplayUI
from trame_slicer.app.ui.segmentation.segment_edit_area_ui import SegmentEditAreaUI
from trame_slicer.app.ui.segmentation.smoothing_effect_ui import SmoothingEffectUI
from trame_slicer.app.ui.segmentation.threshold_effect_ui import ThresholdEffectUI
from trame_slicer.segmentation import (
    SegmentationEffectDraw,
    SegmentationEffectErase,
    SegmentationEffectIslands,
    SegmentationEffectLogicalOperators,
    SegmentationEffectPaint,
    SegmentationEffectScissors,
    SegmentationEffectSmoothing,
    SegmentationEffectThreshold,
)

from SegAssistLib.translation import tr as _

SETTINGS = {
    SegmentationEffectPaint: PaintEffectUI,
    SegmentationEffectErase: PaintEffectUI,
    SegmentationEffectScissors: ScissorsEffectUI,
    SegmentationEffectDraw: DrawEffectUI,
    SegmentationEffectLogicalOperators: LogicalOperatorsEffectUI,
    SegmentationEffectThreshold: ThresholdEffectUI,
    SegmentationEffectIslands: IslandsEffectUI,
    SegmentationEffectSmoothing: SmoothingEffectUI,
}


class Tools(SegmentEditorUI):
    """The editor that :class:`SegmentEditorUI` is, laid out anew."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        brush = TypedState(self.state, PaintEffectState).data  # for lesions: small, and in one slice
        brush.brush_diameter_slider.value = 2
        brush.use_sphere_brush = False

    def _build_ui(self) -> None:
        with self:
            self.edit_ui._build_color_dialog()
            with html.Div(classes="sa-tools"):
                self.build_effect_buttons()
            with html.Div(classes="sa-tool-settings"):
                for effect, settings in SETTINGS.items():
                    self._register_effect_ui(effect, settings)
            with (
                v3.VExpansionPanels(variant="accordion", flat=True),
                v3.VExpansionPanel(title=_("Segments and display")),
                v3.VExpansionPanelText(eager=True),
            ):
                self._create_segment_list()
                v3.VBtn(
                    _("Add segment"),
                    prepend_icon="mdi-plus",
                    size="small",
                    variant="text",
                    click=self.add_segment_clicked,
                )
                SegmentDisplayUI(
                    typed_state=self.sub_state(self._typed_state.name.segment_display), variant="flat"
                )
                SegmentEditAreaUI(
                    segment_edit_area_typed_state=self.sub_state(self._typed_state.name.segment_edit_area),
                    variant="flat",
                )
