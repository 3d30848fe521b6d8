"""Definition: a network's MONAI config, read as data: a class and plain arguments, nothing that is run."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from SegAssistLib.errors import InputError
from SegAssistLib.translation import tr as _

if TYPE_CHECKING:
    from torch import nn

ROOMS = ("monai.networks.nets", "SegAssistLib.networks")  # where the classes of networks lie
_EVALUATED = ("$", "@", "%")  # how MONAI's expressions, references and macros begin


def build_network(definition: dict[str, Any]) -> nn.Module:
    """Make the network that a MONAI config describes, such as ``network_definition`` gives.

    Args:
        definition: ``_target_``, the full name of a class in :data:`ROOMS`, and its arguments: numbers,
            texts, lists and dictionaries of these, and networks that are described in the same way.

    Raises:
        InputError: it asks for something else, such as an expression, which MONAI's own tools would evaluate.
    """
    if not isinstance(definition, dict) or "_target_" not in definition:
        raise InputError(_("A network's definition names its class as _target_, and this one has none."))
    arguments = {name: _argument(name, value) for name, value in definition.items() if name != "_target_"}
    target = definition["_target_"]
    network = _network_class(target)
    try:
        return network(**arguments)
    except TypeError as error:
        raise InputError(
            _("{target} cannot be made of the network's definition ({error}).").format(
                target=target, error=error
            )
        ) from error


def _argument(name: str, value: object) -> object:
    if name.startswith("_"):
        raise InputError(_("A network's definition cannot have {name}; leave it out.").format(name=name))
    if isinstance(value, dict):
        if "_target_" in value:
            return build_network(value)
        return {key: _argument(key, each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_argument(name, each) for each in value)
    if isinstance(value, str) and value.startswith(_EVALUATED):
        raise InputError(
            _("{name} in a network's definition is the expression {value}; write its value instead.").format(
                name=name, value=repr(value)
            )
        )
    return value


def _network_class(target: object) -> type[nn.Module]:
    """The class with this full name."""
    from torch import nn

    module, _dot, name = target.rpartition(".") if isinstance(target, str) else ("", "", "")
    found = None
    if any(module == room or module.startswith(f"{room}.") for room in ROOMS):
        try:
            found = getattr(importlib.import_module(module), name, None)
        except ModuleNotFoundError as error:
            if not (error.name or "").startswith(ROOMS):  # a package that it needs
                raise
    if not (isinstance(found, type) and issubclass(found, nn.Module)):
        raise InputError(
            _("A network's definition names {target}, and that is no network of {first} or {second}.").format(
                target=repr(target), first=ROOMS[0], second=ROOMS[1]
            )
        )
    return found
