"""Player bar: below the view of a clip, the player and the area curve that goes with it."""

from __future__ import annotations

from trame.widgets import client, html
from trame.widgets import vuetify3 as v3

from SegAssistLib.translation import tr as _
from SegAssistLib.web.buttons import icon_button
from SegAssistLib.web.player import Player
from SegAssistLib.web.vessels import Vessels

LEGEND = (
    ("sa-key-dot", "as measured"),
    ("sa-key-line", "smoothed"),
    ("sa-key-tick", "not found"),
    ("sa-key-shade", "screened out"),
)


def build_player_bar(player: Player, vessels: Vessels) -> None:
    """Everything that goes along the time of a clip."""
    n = player.names
    client.ClientStateChange(value=n.frame, change=(player.seen, f"[{n.frame}]"))
    with html.Div(v_if=(n.count,), id="player", classes="sa-player"):
        with html.Div(classes="sa-row"):
            icon_button("first", "'mdi-skip-backward'", _("First frame (Home)"), (player.edge, "[false]"))
            icon_button("back", "'mdi-step-backward'", _("Frame before (Left)"), (player.step, "[-1]"))
            icon_button(
                "play", f"{n.playing} ? 'mdi-pause' : 'mdi-play'", _("Play or pause (Space)"), player.toggle
            )
            icon_button("forward", "'mdi-step-forward'", _("Next frame (Right)"), (player.step, "[1]"))
            icon_button("last", "'mdi-skip-forward'", _("Last frame (End)"), (player.edge, "[true]"))
            icon_button(
                "loop",
                f"{n.loop} ? 'mdi-repeat' : 'mdi-repeat-off'",
                _("Begin again at the end, or stop there"),
                f"{n.loop} = !{n.loop}",
            )
            v3.VSlider(
                id="frame-slider",
                v_model=(n.frame,),
                min=0,
                max=(f"{n.count} - 1",),
                step=1,
                color="primary",
                track_size=3,
                thumb_size=14,
                aria_label=_("Frame"),
                classes="sa-grow",
            )
            with html.Div(classes="sa-where"):
                frame, last = f"{{{{ {n.frame} }}}}", f"{{{{ {n.count} - 1 }}}}"
                html.Div(_("Frame {frame} / {last}").format(frame=frame, last=last), id="frame")
                html.Div(
                    f"{{{{ {n.times}.length ? {n.times}[{n.frame}].toFixed(2) + ' s, ' : '' }}}}"
                    f"{{{{ {n.playing} && {n.pace} ? {n.pace} : {n.rate} }}}}",
                    id="pace",
                    classes="sa-quiet",
                )
        _curve(player, vessels)


def _curve(player: Player, vessels: Vessels) -> None:
    """The drawing lies still; the cursor moves over it, and a click or drag takes it along."""
    frame, n = player.names.frame, vessels.names
    there = f"{frame} = utils.get('segassistFrameAt')($event, {n.places})"
    with html.Div(v_if=(n.curve,), classes="sa-curve-box"):
        with html.Div(classes="sa-row sa-legend"):
            unit = f"{{{{ {n.unit} }}}}"
            html.Span(_("Area, {unit}").format(unit=unit), classes="sa-curve-title")
            with html.Span(v_for=f"row in {n.rows}", key="row.name", classes="sa-legend-item"):
                html.I(style=("{ background: row.color }",), classes="sa-swatch")
                html.Span("{{ row.name }}")
            v3.VSpacer()
            for kind, text in LEGEND:
                with html.Span(classes="sa-legend-item sa-quiet"):
                    html.I(classes=kind)
                    html.Span(text)
        with html.Div(
            id="curve",
            classes="sa-curve",
            raw_attrs=[
                f'@pointerdown="{there}"',
                f'@pointermove="$event.buttons === 1 && ({there})"',
            ],
        ):
            html.Div(v_html=(n.curve,), classes="sa-drawing")
            html.Div(classes="sa-cursor", style=(f"{{ left: {n.places}[{frame}] + '%' }}",))
