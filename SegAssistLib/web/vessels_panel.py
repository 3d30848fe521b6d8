"""Vessels panel: the table of vessels, the two frames that are compared, and what to know about them."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v3

from SegAssistLib.translation import tr as _
from SegAssistLib.web.expressions import either
from SegAssistLib.web.player import Player
from SegAssistLib.web.vessels import Vessels


def build_vessels_header(vessels: Vessels) -> None:
    """How many frames there are, and how many of them count."""
    n = vessels.names
    with html.Div(classes="sa-grow", id="vessel-summary"):
        html.Span(f"{{{{ {n.total} }}}}", classes="sa-total")
        html.Div(f"{{{{ {n.summary} }}}}", classes="sa-quiet")


def build_vessels(vessels: Vessels, player: Player) -> None:
    """All of it. A still picture has areas alone."""
    n, clip = vessels.names, f"{player.names.count} > 1"
    with html.Div(classes="sa-table sa-vessels"), html.Table(id="vessels"):
        with html.Thead(), html.Tr():
            html.Th("")
            html.Th(f"{{{{ {either(clip, _('largest'), _('area'))} }}}} {{{{ {n.unit} }}}}")
            html.Th(f"{_('smallest')} {{{{ {n.unit} }}}}", v_if=(clip,))
            html.Th(_("change %"), v_if=(clip,), title=_("1 - smallest / largest area, as measured"))
            html.Th(
                _("robust %"),
                v_if=(clip,),
                title=_("The same of the smoothed curve, which one frame does not move"),
            )
        with (
            html.Tbody(),
            html.Template(v_for=f"row in {n.rows}", key="row.name"),
        ):
            selected = {
                "classes": (f"{{ 'sa-selected': {clip} && row.name === {n.selected} }}",),
                "click": (vessels.select, "[row.name]"),
            }
            with html.Tr(**selected):
                with html.Td():
                    html.I(style=("{ background: row.color }",), classes="sa-swatch")
                    html.Span("{{ row.name }}")
                html.Td("{{ row.largest }}")
                html.Td("{{ row.smallest }}", v_if=(clip,))
                html.Td("{{ row.change }}", v_if=(clip,), title=("row.why",))
                html.Td("{{ row.robust }}", v_if=(clip,), title=("row.why",))
            with html.Tr(**selected), html.Td(colspan=("5",), classes="sa-quiet"):
                html.Div("{{ row.status }}")
                _candidates(vessels)
    with html.Div(v_if=(clip,)):
        _pictures(vessels, player)
        _choices(vessels)
    with html.Ul(v_if=(f"{n.notes}.length",), id="notes", classes="sa-notes"):
        html.Li("{{ note }}", v_for=f"note in {n.notes}", key="note")


def _candidates(vessels: Vessels) -> None:
    """Which of the vessels that were followed the selected row measures, where there are several."""
    n = vessels.names
    with html.Select(
        v_if=(f"{n.candidates}.length > 1 && row.name === {n.selected}",),
        classes="sa-candidates",
        title=_("Measure another vessel here"),
        change=(vessels.choose_vessel, "[row.name, Number($event.target.value)]"),
        raw_attrs=[':value="row.track"'],
    ):
        html.Option(
            "{{ each.title }}", v_for=f"each in {n.candidates}", key="each.track", value=("each.track",)
        )


def _pictures(vessels: Vessels, player: Player) -> None:
    """The two frames of the selected vessel, side by side; a click goes there."""
    n = vessels.names
    with (
        html.Div(v_if=(f"{n.pictures}.length",), id="pictures", classes="sa-pictures"),
        html.Button(
            v_for=f"picture in {n.pictures}",
            key="picture.title",
            title=_("Show this frame"),
            click=(player.go, "[picture.frame]"),
        ),
    ):
        html.Img(src=("picture.source",), alt=("picture.title",))
        html.Div("{{ picture.title }}")
        html.Div("{{ picture.detail }}", classes="sa-quiet")


def _choices(vessels: Vessels) -> None:
    """A person's own choice of the two frames, and of what the change is compared with."""
    n = vessels.names
    with html.Div(classes="sa-row mt-2"):
        for name, text, title, click in (
            ("largest-here", _("Largest here"), _("Compare the shown frame as the largest area"), "[true]"),
            (
                "smallest-here",
                _("Smallest here"),
                _("Compare the shown frame as the smallest area"),
                "[false]",
            ),
        ):
            v3.VBtn(
                text,
                id=name,
                title=title,
                size="small",
                variant="tonal",
                classes="sa-grow",
                click=(vessels.choose, click),
            )
        v3.VBtn(
            _("Automatic"),
            id="automatic",
            title=_("Compare the frames that the program finds"),
            size="small",
            variant=(f"{n.by_hand} ? 'tonal' : 'text'",),
            disabled=(f"!{n.by_hand}",),
            click=vessels.choose_none,
        )
    with html.Label(classes="sa-row sa-quiet mt-2"):
        html.Span(_("Compare the change with (experimental)"), classes="sa-grow")
        html.Input(
            id="compared",
            type="text",
            inputmode="decimal",
            placeholder="none",
            title=_("A percentage of your own; there is no accepted cut-off"),
            change=f"{n.compared} = $event.target.value",
            raw_attrs=[f':value="{n.compared}"'],
            classes="sa-input",
        )
        html.Span("%")
