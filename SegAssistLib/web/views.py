"""Views: three slice views and a 3D view, what they show, and how they are arranged.

A clip and a still picture have one plane alone, which one view shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trame.widgets import html
from trame.widgets import vuetify3 as v3
from trame_client.ui.core import AbstractLayout
from trame_server import Server
from trame_slicer.app.logic.slice_view_logic import connect_slice_view_slider_to_state
from trame_slicer.app.ui.slider import Slider
from trame_slicer.core import LayoutManager, SlicerApp
from trame_slicer.rca_view import RemoteSliceViewFactory, RemoteThreeDViewFactory
from trame_slicer.views import AbstractView, Layout, LayoutDirection, SliceView, ViewLayoutDefinition

from SegAssistLib.translation import tr as _

if TYPE_CHECKING:
    from slicer import vtkMRMLSegmentationNode, vtkMRMLVolumeNode

ALL = "all"
PLANE = "Red"  # the view of what has one plane alone
NAMES = {"Red": "Axial", "Green": "Coronal", "Yellow": "Sagittal", "ThreeD": "3D"}
COLORS = {"Red": "#f06a5a", "Green": "#7cc36a", "Yellow": "#e9cf5b", "ThreeD": "#9db4cf"}
BLACK = ("#000000", "#000000")
SIDES = ("LR", "PA", "IS")  # against and along the three axes
RATE, UNTOUCHED_RATE = 30.0, 10.0  # pictures per second of a view under the mouse, and of the others
# While a clip plays: no beat with the clip's own rate, and no more pixels than its frames have themselves, or
# half of the frames would come too late without a graphics card.
PLAYING_RATE, PLAYING_PIXELS = 120.0, 400_000


class Views:
    """The views of one scene.

    Args:
        server: whose page shows them.
        slicer: whose scene they show.
        flat: name of the page's state that says whether there is one plane alone.
    """

    def __init__(self, server: Server, slicer: SlicerApp, flat: str) -> None:
        self._server = server
        self._slicer = slicer
        self._solid = f"!{flat}"
        self._one_plane = False
        rates = {"target_fps": RATE, "blur_fps": UNTOUCHED_RATE}
        slices = RemoteSliceViewFactory(server, populate_view_ui_f=self._slice_ui, **rates)
        solids = RemoteThreeDViewFactory(server, populate_view_ui_f=self._threed_ui, **rates)
        for factory in (slices, solids):
            slicer.view_manager.register_factory(factory)
        self._layouts = LayoutManager(slicer.scene, slicer.view_manager, server)
        views = {
            "Red": ViewLayoutDefinition.axial_view(),
            "ThreeD": ViewLayoutDefinition.threed_view(background_color=BLACK),
            "Green": ViewLayoutDefinition.coronal_view(),
            "Yellow": ViewLayoutDefinition.sagittal_view(),
        }
        columns = [
            Layout(LayoutDirection.Vertical, [views["Red"], views["Green"]]),
            Layout(LayoutDirection.Vertical, [views["ThreeD"], views["Yellow"]]),
        ]
        self._layouts.register_layout_dict(
            {
                ALL: Layout(LayoutDirection.Horizontal, columns),
                **{tag: Layout(LayoutDirection.Vertical, [view]) for tag, view in views.items()},
            }
        )
        self._layouts.set_layout(ALL)
        for view in slicer.view_manager.get_views():
            view.render_window().SetMultiSamples(0)  # a third of the time without a graphics card
        for view in slicer.view_manager.get_slice_views():
            view.interactor().AddObserver("WindowResizeEvent", lambda *_, view=view: _fit(view))
        self._plane = slicer.view_manager.get_view(PLANE)
        self._plane_adapter = slices.get_factory_view(PLANE).view_adapter

    def adjust_contrast_by_dragging(self, enabled: bool) -> None:
        """Whether the left mouse button changes brightness and contrast of a slice view."""
        node = self._slicer.app_logic.GetInteractionNode()
        node.SetCurrentInteractionMode(node.AdjustWindowLevel if enabled else node.ViewTransform)

    @property
    def slice_view(self) -> str:
        """The slice view that a person looks at: the large one, or else the axial one."""
        large = self._layouts.layout_id
        return large if large in ("Green", "Yellow") else "Red"

    def build(self, layout: AbstractLayout) -> None:
        """Put the views where the page is being built."""
        self._layouts.initialize_layout_grid(layout)

    def show(self, volume: vtkMRMLVolumeNode | None, one_plane: bool = False) -> None:
        """Show a volume in the slice views, as a whole; one with a single plane in one view alone."""
        if one_plane:
            self._layouts.set_layout(PLANE)
        elif self._one_plane:
            self._layouts.set_layout(ALL)
        self._one_plane = one_plane
        self._slicer.display_manager.show_volume_in_slice_background(None if one_plane else volume)
        if one_plane:
            self._plane.set_background_volume_id(volume.GetID())
            display = volume.GetDisplayNode()
            if not display.GetNumberOfWindowLevelPresets():  # or the contrast would follow the shown frame
                display.AddWindowLevelPreset(display.GetWindow(), display.GetLevel())
        self._slicer.display_manager.reset_views()
        for view in self._slicer.view_manager.get_slice_views():
            self._write_directions(view)

    def show_segmentation(
        self, nodes: Sequence[vtkMRMLSegmentationNode], shown: vtkMRMLSegmentationNode | None
    ) -> None:
        """Show one segmentation of several, or none."""
        for node in nodes:
            if node.GetDisplayNode():
                node.GetDisplayNode().SetVisibility(node is shown)

    def play(self, playing: bool) -> None:
        """Draw quickly while a clip plays, and in full when it stands still. What is looked at stays."""
        node = self._plane.get_view_node()
        field, origin = node.GetFieldOfView(), node.GetXYZOrigin()
        self._plane_adapter.max_pixel_count = PLAYING_PIXELS if playing else 0
        node.SetFieldOfView(*field)
        node.SetXYZOrigin(*origin)
        self.keep_pace(playing)

    def keep_pace(self, playing: bool) -> None:
        """Draw as often as there are frames: the page asks for less when the mouse leaves the view."""
        self._plane_adapter.target_fps = PLAYING_RATE if playing else RATE

    def look_at_surfaces(self) -> None:
        """Bring everything in the 3D view into sight."""
        for view in self._slicer.view_manager.get_threed_views():
            view.reset_camera()
            view.schedule_render()

    def _enlarge(self, tag: str) -> None:
        self._layouts.set_layout(ALL if self._layouts.layout_id == tag else tag)

    def _reset_contrast(self) -> None:
        volume = self._slicer.scene.GetNodeByID(self._plane.get_background_volume_id())
        display = volume and volume.GetDisplayNode()
        if display and display.GetNumberOfWindowLevelPresets():
            display.SetWindowLevelFromPreset(0)
        elif display:
            display.SetAutoWindowLevel(True)

    def _slice_ui(self, server: Server, view_id: str, view: SliceView) -> None:
        self._corner(view_id, view)
        for side in ("left", "right", "top", "bottom"):
            html.Div(
                f"{{{{ {self._direction_key(view)}.{side} }}}}",
                v_if=(self._solid,),
                classes=f"sa-direction sa-{side}",
            )
        self._write_directions(view)
        with html.Div(v_if=(self._solid,), classes="sa-slice-slider"):
            Slider(
                typed_state=connect_slice_view_slider_to_state(server, view),
                color=COLORS[view_id],
                track_size=2,
                thumb_size=12,
                density="compact",
            )

    def _threed_ui(self, _server: Server, view_id: str, view: AbstractView) -> None:
        self._corner(view_id, view)

    def _corner(self, view_id: str, view: AbstractView) -> None:
        with html.Div(classes="sa-view-corner"):
            html.Span(
                NAMES[view_id],
                v_if=(self._solid,),
                style=f"color: {COLORS[view_id]}",
                classes="sa-view-name",
            )
            solid = {"v_if": (self._solid,)}
            self._button(
                "mdi-arrow-expand",
                _("Enlarge, or back to all views"),
                lambda: self._enlarge(view_id),
                **solid,
            )
            self._button("mdi-fit-to-page-outline", _("Show all of it"), view.reset_view)
            if isinstance(view, SliceView):
                self._button("mdi-contrast-circle", _("Contrast as it was at first"), self._reset_contrast)
                self._button("mdi-video-3d", _("Show this slice in 3D"), view.toggle_visible_in_3d, **solid)

    def _button(self, icon: str, title: str, click: object, **kwargs: object) -> None:
        v3.VBtn(
            icon=icon,
            title=title,
            aria_label=title,
            click=click,
            size="x-small",
            variant="text",
            density="comfortable",
            **kwargs,
        )

    def _direction_key(self, view: SliceView) -> str:
        return f"directions_{view.get_singleton_tag()}"

    def _write_directions(self, view: SliceView) -> None:
        """Letters at the edges of a view: where the patient's right, front and head are."""
        matrix = view.get_view_node().GetSliceToRAS()
        across, up = ([matrix.GetElement(row, column) for row in range(3)] for column in (0, 1))
        self._server.state[self._direction_key(view)] = {
            "left": _direction(across, -1),
            "right": _direction(across, 1),
            "top": _direction(up, 1),
            "bottom": _direction(up, -1),
        }


def _fit(view: SliceView) -> None:
    """Show all of the slice that is shown."""
    offset = view.get_slice_value()
    view.fit_view_to_content()
    view.set_slice_value(offset)


def _direction(vector: Sequence[float], sign: int) -> str:
    """The letter of the patient's side that a RAS vector, or its opposite, points to most."""
    axis = max(range(3), key=lambda n: abs(vector[n]))
    return SIDES[axis][sign * vector[axis] > 0]
