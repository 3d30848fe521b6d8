"""Panel: the page that a person sees. It shows the session's state, calls the session and knows no nodes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from trame.ui.vuetify3 import VAppLayout
from trame.widgets import client, html
from trame.widgets import vuetify3 as v3
from trame_client.widgets.core import Template
from trame_server import Server

from SegAssistLib.report import RESEARCH_USE
from SegAssistLib.translation import tr as _
from SegAssistLib.web.buttons import icon_button
from SegAssistLib.web.expressions import either, literal
from SegAssistLib.web.lesions_panel import build_lesions, build_lesions_header
from SegAssistLib.web.player_bar import build_player_bar
from SegAssistLib.web.session import SCENE_KIND, Session
from SegAssistLib.web.shown_panel import build_shown, build_shown_header
from SegAssistLib.web.tools import Tools
from SegAssistLib.web.transfer import Transfer
from SegAssistLib.web.vessels_panel import build_vessels, build_vessels_header

WIDTH = 376
THEME = {
    "theme": {
        "defaultTheme": "segassist",
        "themes": {
            "segassist": {
                "dark": True,
                "colors": {
                    "background": "#0b0f14",
                    "surface": "#12181f",
                    "primary": "#4aa8e0",
                    "secondary": "#8aa0b4",
                    "error": "#e5645a",
                    "warning": "#e0a94a",
                    "success": "#58b98a",
                },
            }
        },
    },
    "defaults": {
        "VBtn": {"rounded": "lg", "style": "text-transform: none; letter-spacing: 0;"},
        "VSelect": {"density": "compact", "variant": "outlined", "hideDetails": True},
        "VSlider": {"density": "compact", "hideDetails": True},
    },
}
EXPORTS = (  # kind, what it says, what it is
    ("nii.gz", _("Mask nii.gz"), _("The mask on the scan's grid")),
    ("seg.nrrd", _("Mask nrrd"), _("The mask with names and codes, for 3D Slicer")),
    ("seg.png", _("Mask png"), _("The mask as a picture of label numbers")),
    ("csv", _("Table csv"), _("What was found and measured, as one table or several")),
    ("png", _("Picture png"), _("The mask drawn on slices or frames; of a clip also the area curve")),
    ("mp4", _("Film mp4"), _("The clip with the mask drawn on every frame")),
    ("pair.mp4", _("Side by side mp4"), _("The clip as it was recorded, and beside it with the mask")),
)
KEYS = (
    ("N", _("next lesion")),
    ("P", _("lesion before")),
    ("M", _("show or hide the mask")),
    ("Ctrl Z", _("undo")),
    ("Ctrl Y", _("redo")),
    ("?", _("this list")),
    ("Space", _("play or pause a clip")),
    ("Left, Right", _("frame before, next frame")),
    ("Home, End", _("first frame, last frame")),
    ("Wheel", _("go through the slices or frames")),
    ("Left button", _("brightness and contrast, or the chosen tool")),
    ("Right button", _("zoom")),
    ("Middle button", _("move")),
    ("Shift", _("show the point under the mouse in all views")),
)


class Panel:
    """Builds the page.

    Args:
        server: which serves it.
        session: what it shows and calls.
        transfer: brings exports to the browser.
    """

    def __init__(self, server: Server, session: Session, transfer: Transfer) -> None:
        self._session = session
        self._names = session.names
        server.state.trame__title = "SegAssist"
        triggers = {
            "say": session.messages.say,
            "next": lambda: session.step(1),
            "previous": lambda: session.step(-1),
            "mask": session.toggle_mask,
            "undo": session.undo,
            "redo": session.redo,
            "help": self._toggle_help,
            "play": session.player.toggle,
            "frame": session.player.step,
            "edge": session.player.edge,
        }
        for name, action in triggers.items():
            server.trigger(name)(action)
        with VAppLayout(server, vuetify_config=THEME) as self._layout:
            self._bar()
            with v3.VNavigationDrawer(permanent=True, width=WIDTH, classes="sa-panel", border=0):
                self._open()
                self._segment()
                self._findings()
                self._edit()
                self._export()
            with v3.VMain(classes="sa-views"):
                with html.Div(classes=(f"{{ 'sa-stage': true, 'sa-flat': {self._names.flat} }}",)):
                    session.views.build(self._layout)
                    self._screened()
                build_player_bar(session.player, session.vessels)
                self._invitation()
            self._message()
            self._choices()
            self._terms()
            self._help()
            fetch = client.JSEval(exec="utils.get('segassistDownload')($event)")
        session.download = lambda path: fetch.exec(transfer.offer(path))

    # ------------------------------------------------------------------ around the views

    def _bar(self) -> None:
        n = self._names
        with v3.VAppBar(height=46, flat=True, color="surface", classes="sa-bar"):
            html.Img(src="/segassist/static/favicon.svg", alt="", classes="sa-logo")
            html.Span("SegAssist", classes="sa-title")
            html.Span(RESEARCH_USE, id="research-use", classes="sa-research")
            with html.Span(v_if=(n.opening,), id="opening", classes="sa-busy"):
                v3.VProgressCircular(indeterminate=True, size=16, width=2)
                html.Span(f"{{{{ {n.opening} }}}}")
            v3.VSpacer()
            icon_button(
                "mask",
                f"{n.mask_visible} ? 'mdi-eye-outline' : 'mdi-eye-off-outline'",
                _("Show or hide the mask (M)"),
                self._session.toggle_mask,
                f"!{n.has_result}",
            )
            editor = self._session.editing.names
            icon_button("undo", "'mdi-undo'", _("Undo (Ctrl Z)"), self._session.undo, f"!{editor.can_undo}")
            icon_button("redo", "'mdi-redo'", _("Redo (Ctrl Y)"), self._session.redo, f"!{editor.can_redo}")
            icon_button("help", "'mdi-keyboard-outline'", _("Keys (?)"), self._toggle_help, "false")

    def _screened(self) -> None:
        """Why the shown frame was left out."""
        reason = f"{self._session.vessels.names.screened}[{self._session.player.names.frame}]"
        said = _("Left out: {reason}").format(reason=f"{{{{ {reason} }}}}")
        html.Div(said, v_if=(reason,), id="screened", classes="sa-left-out")

    def _invitation(self) -> None:
        n = self._names
        with html.Div(
            v_if=(f"!{n.volumes}.length && !{n.opening}",), id="invitation", classes="sa-invitation"
        ):
            v3.VIcon("mdi-tray-arrow-down", size=56, color="primary")
            html.Div(_("Drop a scan or a clip here to begin"), classes="sa-invitation-title")
            html.Div(_("NIfTI, NRRD or MetaImage files, a DICOM folder or .zip, or a saved scene (.mrb)"))
            html.Div(
                _("Ultrasound: DICOM, video (.mp4, .avi and the like), or a folder of a clip's pictures")
            )
            with html.Div(classes="sa-row mt-4"):
                self._pick(_("Open files"), "files", "mdi-file-outline", "flat")
                self._pick(_("Open folder"), "folder", "mdi-folder-outline", "tonal")
            html.Div(_("Images stay on the computer that runs SegAssist."), classes="sa-quiet mt-4")

    def _pick(self, text: str, what: str, icon: str, variant: str, **kwargs: object) -> None:
        v3.VBtn(
            text,
            prepend_icon=icon,
            variant=variant,
            color="primary",
            raw_attrs=[f'data-pick="{what}"'],
            **kwargs,
        )

    def _message(self) -> None:
        n = self._names
        with v3.VSnackbar(
            model_value=(f"!!{n.message}",),
            update_modelValue=f"{n.message} = ''",
            color=(f"{n.message_kind}",),
            timeout=(f"{n.message_kind} === 'success' ? 8000 : -1",),
            location="top right",
            max_width=560,
        ):
            html.Span(f"{{{{ {n.message} }}}}", id="message", role="alert")
            with Template(v_slot_actions=True):
                v3.VBtn(_("Close"), id="close-message", variant="text", click=f"{n.message} = ''")

    def _choices(self) -> None:
        n = self._names
        with (
            v3.VDialog(model_value=(f"{n.choices}.length > 0",), max_width=520, persistent=True),
            v3.VCard(title=_("Which of these?"), id="choices"),
        ):
            with v3.VList(lines="two"):
                v3.VListItem(
                    v_for=f"(choice, index) in {n.choices}",
                    key="index",
                    title=("choice.title",),
                    subtitle=("choice.detail",),
                    prepend_icon="mdi-image-multiple-outline",
                    click=(self._session.opening.choose, "[index]"),
                )
            with v3.VCardActions():
                v3.VSpacer()
                v3.VBtn(_("None of these"), click=(self._session.opening.choose, "[-1]"))

    def _terms(self) -> None:
        n = self._names
        with (
            v3.VDialog(model_value=(f"!!{n.terms}",), max_width=520, persistent=True),
            v3.VCard(title=_("This task may not be used for every purpose"), id="terms"),
        ):
            v3.VCardText(f"{{{{ {n.terms} }}}}")
            with v3.VCardActions():
                v3.VSpacer()
                v3.VBtn(_("No"), id="terms-no", click=(self._session.answer_terms, "[false]"))
                v3.VBtn(_("I accept"), id="terms-accept", click=(self._session.answer_terms, "[true]"))

    def _help(self) -> None:
        n = self._names
        with (
            v3.VDialog(v_model=(n.help,), max_width=440),
            v3.VCard(title=_("Keys and mouse"), id="keys"),
            v3.VCardText(),
        ):
            for key, meaning in KEYS:
                with html.Div(classes="sa-key"):
                    html.Kbd(key)
                    html.Span(meaning)

    def _toggle_help(self) -> None:
        panel = self._session.panel
        panel.help = not panel.help

    # ------------------------------------------------------------------ the panel, in the order of work

    @contextmanager
    def _section(self, number: int, title: str, classes: str = "") -> Iterator[None]:
        with html.Section(classes=f"sa-section {classes}"):
            with html.H2():
                html.Span(str(number), classes="sa-number")
                html.Span(title)
            yield

    def _open(self) -> None:
        n = self._names
        with self._section(1, _("Open")):
            html.Span(
                f"{{{{ ({n.volumes}.find(v => v.id === {n.volume}) || {{}}).detail }}}}",
                v_if=(f"{n.volumes}.length",),
                id="scan-detail",
                classes="sa-quiet sa-detail",
            )
            with html.Div(v_if=(f"{n.volumes}.length",), classes="sa-row mb-2"):
                v3.VSelect(
                    id="volume",
                    v_model=(n.volume,),
                    items=(n.volumes,),
                    item_title="name",
                    item_value="id",
                    label=_("Scan"),
                )
                self._close()
            with html.Div(classes="sa-row"):
                self._pick(
                    _("Open files"), "files", "mdi-file-outline", "tonal", id="open-files", size="small"
                )
                self._pick(
                    _("Folder"), "folder", "mdi-folder-outline", "text", id="open-folder", size="small"
                )

    def _close(self) -> None:
        with v3.VMenu():
            with Template(v_slot_activator="{ props }"):
                v3.VBtn(
                    id="close-volume",
                    v_bind="props",
                    icon="mdi-close",
                    title=_("Close this scan"),
                    aria_label=_("Close this scan"),
                    variant="text",
                    size="small",
                )
            with v3.VCard(max_width=300), v3.VCardText():
                html.Div(_("Close this scan with its mask and findings? Export them first to keep them."))
                v3.VBtn(
                    _("Close scan"),
                    id="close-volume-sure",
                    color="error",
                    variant="tonal",
                    classes="mt-3",
                    click=self._session.close_volume,
                )

    def _segment(self) -> None:
        n = self._names
        clip = f"{n.kind} === 'frames'"
        with self._section(2, _("Segment")):
            with html.Div(classes="sa-row mb-2"):
                v3.VSelect(
                    id="task",
                    v_model=(n.task,),
                    items=(n.tasks,),
                    item_title="title",
                    item_value="name",
                    label=_("Look for"),
                    disabled=(n.running,),
                )
            with html.Div(v_if=(f"!{n.running}",)):
                with html.Div(classes="sa-row", title=(n.missing,)):
                    with v3.VBtnToggle(
                        v_model=(n.quality,),
                        mandatory=True,
                        density="compact",
                        variant="outlined",
                        divided=True,
                        disabled=(n.running,),
                        classes="sa-quality",
                    ):
                        v3.VBtn(
                            _("Quick"),
                            value="quick",
                            id="quick",
                            title=(
                                either(
                                    n.flat,
                                    _("One look at each picture: for watching it live"),
                                    _("The slices as they were acquired"),
                                ),
                            ),
                        )
                        v3.VBtn(
                            _("Best"),
                            value="best",
                            id="best",
                            title=(
                                either(
                                    n.flat,
                                    _("Each picture and its mirror image: half as fast, more exact"),
                                    _("Every useful direction: slower, and more exact"),
                                ),
                            ),
                        )
                    flat = either(clip, _("Segment clip"), _("Segment"))
                    v3.VBtn(
                        f"{{{{ {n.flat} ? ({flat}) : {literal(_('Segment all'))} }}}}",
                        id="segment-all",
                        color="primary",
                        variant="flat",
                        classes="sa-grow",
                        disabled=(f"!!{n.missing}",),
                        click=(self._session.segment, "[false]"),
                    )
                    v3.VBtn(
                        f"{{{{ {either(clip, _('This frame'), _('This slice'))} }}}}",
                        id="segment-slice",
                        v_if=(f"{n.kind} !== 'still'",),
                        color="primary",
                        variant="tonal",
                        classes="sa-grow",
                        title=(
                            either(
                                clip,
                                _("Segment the shown frame alone"),
                                _("Segment the slice in sight alone"),
                            ),
                        ),
                        disabled=(f"!!{n.missing}",),
                        click=(self._session.segment, "[true]"),
                    )
                html.Div(f"{{{{ {n.missing} }}}}", v_if=(n.missing,), id="missing", classes="sa-quiet mt-2")
            with html.Div(v_else=True, id="run"):
                with html.Div(classes="sa-row mb-1"):
                    html.Span(f"{{{{ {n.progress} }}}}", id="progress", classes="sa-grow")
                    v3.VBtn(
                        _("Cancel"), id="cancel", size="small", variant="tonal", click=self._session.cancel
                    )
                v3.VProgressLinear(model_value=(n.percent,), height=6, rounded=True, color="primary")

    def _findings(self) -> None:
        n = self._names
        with self._section(3, _("Findings"), "sa-findings"):
            html.Div(
                _("Segment first; what was found is listed here."),
                v_if=(f"!{n.has_result}",),
                classes="sa-quiet",
            )
            with html.Div(v_else=True, id="findings", classes="sa-findings"):
                html.Div(
                    "{{ caution }}",
                    v_for=f"caution in {n.cautions}",
                    key="caution",
                    classes="sa-caution",
                    role="note",
                )
                with html.Div(classes="sa-row mb-2"):
                    with html.Template(v_if=(f"{n.measure} === 'vessels'",)):
                        build_vessels_header(self._session.vessels)
                    with html.Template(v_else_if=(f"{n.measure} === 'lesions'",)):
                        build_lesions_header(self._session)
                    with html.Template(v_else=True):
                        build_shown_header(n)
                    v3.VBtn(
                        _("Update"),
                        id="update",
                        size="small",
                        variant=(f"{n.stale} ? 'flat' : 'tonal'",),
                        color=(f"{n.stale} ? 'warning' : 'secondary'",),
                        disabled=(f"!{n.stale}",),
                        title=(
                            either(
                                n.stale,
                                _("The mask was edited: measure it again"),
                                _("Nothing was edited"),
                            ),
                        ),
                        click=self._session.update,
                    )
                with html.Template(v_if=(f"{n.measure} === 'vessels'",)):
                    build_vessels(self._session.vessels, self._session.player)
                with html.Template(v_else_if=(f"{n.measure} === 'lesions'",)):
                    build_lesions(self._session)
                with html.Template(v_else=True):
                    build_shown(n)
                self._threshold()

    def _threshold(self) -> None:
        n = self._names
        with html.Div(classes="sa-threshold", title=(n.no_threshold,)):
            with html.Div(classes="sa-row"):
                html.Span(_("Threshold"), classes="sa-grow")
                v3.VSelect(
                    v_if=(f"{n.labels}.length > 1",), v_model=(n.label,), items=(n.labels,), id="label"
                )
                html.Span(f"{{{{ {n.threshold}.toFixed(2) }}}}", id="threshold-value")
            v3.VSlider(
                id="threshold",
                v_model=(n.threshold,),
                update_modelValue=f"{n.moved} = [$event, {n.result}, {n.label}, Date.now()]",
                min=0.05,
                max=0.95,
                step=0.01,
                color="primary",
                track_size=3,
                thumb_size=14,
                disabled=(f"!!{n.no_threshold} || {n.running}",),
            )
            with html.Div(classes="sa-row sa-quiet"):
                html.Span("finds more", classes="sa-grow")
                html.Span("finds less")

    def _edit(self) -> None:
        n = self._names
        with self._section(4, _("Edit")):
            with html.Div(v_if=(f"!{n.has_result}",)):
                html.Div(_("Segment first, or draw by hand on an empty mask."), classes="sa-quiet mb-2")
                v3.VBtn(
                    _("Start with an empty mask"),
                    id="start-empty",
                    size="small",
                    variant="tonal",
                    disabled=(f"!!{n.missing}",),
                    click=self._session.start_empty,
                )
            with html.Div(v_show=(n.has_result,), id="tools"):
                self._session.editing.set_ui(Tools())

    def _export(self) -> None:
        n = self._names
        with self._section(5, _("Export")), html.Div(classes="sa-exports"):
            for kind, text, title in EXPORTS:
                there = f"{n.exports}.includes('{kind}')"
                self._download(kind, text, title, n.has_result, _("Segment first."), v_if=(there,))
            whole = _("Everything that is open, to go on later or in 3D Slicer")
            self._download(SCENE_KIND, _("Scene mrb"), whole, f"{n.volumes}.length", _("Open a scan first."))

    def _download(
        self, kind: str, text: str, title: str, possible: str, otherwise: str, **kwargs: object
    ) -> None:
        with html.Span(title=(either(possible, title, otherwise),), **kwargs):
            v3.VBtn(
                text,
                id=f"export-{kind.replace('.', '-')}",
                prepend_icon="mdi-download",
                size="small",
                variant="tonal",
                block=True,
                disabled=(f"!{possible} || !!{self._names.opening}",),
                click=(self._session.export, f"['{kind}']"),
            )
