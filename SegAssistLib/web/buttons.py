"""Buttons that several parts of the page have."""

from __future__ import annotations

from trame.widgets import vuetify3 as v3


def icon_button(
    name: str, icon: str, title: str, click: object, disabled: str = "false", **kwargs: object
) -> None:
    """A button with a picture alone.

    Args:
        name: its id in the page.
        icon: an expression that gives the picture's name.
        title: what it does, also for those who do not see it.
        click: what it calls.
        disabled: an expression.
        kwargs: what else the button is given.
    """
    v3.VBtn(
        id=name,
        icon=(icon,),
        title=title,
        aria_label=title,
        click=click,
        disabled=(disabled,),
        variant="text",
        size="small",
        **kwargs,
    )
