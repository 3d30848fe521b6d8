"""Lesions panel: the table of lesions, and going from one to the next."""

from __future__ import annotations

from trame.widgets import client, html
from trame.widgets import vuetify3 as v3

from SegAssistLib.translation import tr as _
from SegAssistLib.web.buttons import icon_button
from SegAssistLib.web.expressions import either
from SegAssistLib.web.session import Session


def build_lesions_header(session: Session) -> None:
    """How many there are, and the way through them."""
    n = session.names
    with html.Div(classes="sa-grow", id="totals"):
        html.Span(f"{{{{ {n.total} }}}}", classes="sa-total")
        reviewed = _("{count} reviewed").format(count=f"{{{{ {n.reviewed} }}}}")
        html.Div(reviewed, classes="sa-quiet")
    for name, icon, title, by in (
        ("previous", "mdi-chevron-up", _("Lesion before (P)"), -1),
        ("next", "mdi-chevron-down", _("Next lesion (N)"), 1),
    ):
        icon_button(name, f"'{icon}'", title, (session.step, f"[{by}]"), f"!{n.lesions}.length")


def build_lesions(session: Session) -> None:
    """The table; in a picture sizes are areas, and a still has no frames."""
    n = session.names
    several = f"{n.kind} !== 'still'"
    client.ClientStateChange(value=n.selected, change="utils.get('segassistShowRow')()")
    with html.Div(classes="sa-table", v_if=(f"{n.lesions}.length",)), html.Table(id="lesions"):
        with html.Thead(), html.Tr():
            html.Th("")
            html.Th(f"{{{{ {n.size_unit} }}}}")
            html.Th(_("longest mm"), v_if=(f"!{n.flat}",))
            html.Th(f"{{{{ {either(n.flat, _('frame'), _('slices'))} }}}}", v_if=(several,))
            html.Th(_("reviewed"), classes="sa-centre")
            html.Th("")
        with (
            html.Tbody(),
            html.Tr(
                v_for=f"row in {n.lesions}",
                key="row.id",
                classes=(f"{{ 'sa-selected': row.id === {n.selected}, 'sa-reviewed': row.reviewed }}",),
                click=(session.select, "[row.id]"),
            ),
        ):
            html.Td("{{ row.id }}", classes="sa-quiet")
            html.Td("{{ row.size }}")
            html.Td("{{ row.diameter }}", v_if=(f"!{n.flat}",))
            html.Td("{{ row.slices }}", v_if=(several,))
            with html.Td(classes="sa-centre", raw_attrs=["@click.stop"]):
                html.Input(
                    type="checkbox",
                    title=_("Reviewed"),
                    change=(session.review, "[row.id, $event.target.checked]"),
                    raw_attrs=[':checked="row.reviewed"'],
                )
            with html.Td(raw_attrs=["@click.stop"]):
                v3.VBtn(
                    icon="mdi-delete-outline",
                    title=_("Delete this lesion from the mask"),
                    aria_label=_("Delete this lesion from the mask"),
                    size="x-small",
                    variant="text",
                    click=(session.delete, "[row.id]"),
                )
