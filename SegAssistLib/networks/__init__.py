"""Networks by name: ours from this room, everything else from MONAI."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from SegAssistLib.errors import InputError
from SegAssistLib.networks.definition import build_network
from SegAssistLib.translation import tr as _

__all__ = [
    "MONAI",
    "OURS",
    "build_network",
    "exclusive_definition",
    "network_definition",
    "network_of",
    "stated_definition",
]

if TYPE_CHECKING:
    from torch import nn

    from SegAssistLib.task import Task

OURS = {
    "SlimUNet": "SegAssistLib.networks.slim_unet.SlimUNet",
    "DoubleConvUNet": "SegAssistLib.networks.double_conv_unet.DoubleConvUNet",
    "DoubleUNet": "SegAssistLib.networks.double_unet.DoubleUNet",
    "ResNetUNet": "SegAssistLib.networks.resnet_unet.ResNetUNet",
    "FCN": "SegAssistLib.networks.fcn.FCN",
    "DeepLabV3Plus": "SegAssistLib.networks.deeplab.DeepLabV3Plus",
}
# MONAI's networks need to be told their size; these are the published or usual ones
MONAI: dict[str, dict[str, Any]] = {
    "UNet": {
        "spatial_dims": 2,
        "channels": (16, 32, 64, 128, 256),
        "strides": (2, 2, 2, 2),
        "num_res_units": 2,
    },
    "BasicUNet": {"spatial_dims": 2},
    "AttentionUnet": {"spatial_dims": 2, "channels": (16, 32, 64, 128, 256), "strides": (2, 2, 2, 2)},
    "SegResNet": {"spatial_dims": 2, "init_filters": 16},
    "DynUNet": {
        "spatial_dims": 2,
        "kernel_size": (3, 3, 3, 3, 3),
        "strides": (1, 2, 2, 2, 2),
        "upsample_kernel_size": (2, 2, 2, 2),
    },
}


def network_definition(name: str, in_channels: int = 3, out_channels: int = 1) -> dict[str, Any]:
    """Return a network's MONAI config (``_target_`` and arguments).

    Raises:
        InputError: no network has that name; the message lists them.
    """
    if name in OURS:
        return {"_target_": OURS[name], "in_channels": in_channels, "out_channels": out_channels}
    if name in MONAI:
        size = {"in_channels": in_channels, "out_channels": out_channels}
        return {"_target_": f"monai.networks.nets.{name}", **MONAI[name], **size}
    raise InputError(
        _("There is no network {name!r}; choose one of: {choices}.").format(
            name=name, choices=", ".join((*OURS, *MONAI))
        )
    )


def exclusive_definition(definition: dict[str, Any]) -> dict[str, Any]:
    """The MONAI config of a network whose labels exclude each other, see :mod:`.exclusive`."""
    return {"_target_": "SegAssistLib.networks.exclusive.Exclusive", "network": definition}


def stated_definition(task: Task) -> dict[str, Any]:
    """The MONAI config of the network that ``task``'s bundle defines.

    Raises:
        InputError: the file is not the one that the bundle names, or has none.
    """
    named = task.definition
    file = named.verified() if named is not None else task.folder / "configs" / "inference.json"
    try:
        return json.loads(file.read_text(encoding="utf-8"))["network_def"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            _("{path} does not define a network ({error}).").format(path=file, error=type(error).__name__)
        ) from error


def network_of(task: Task) -> nn.Module:
    """Build the untrained network that ``task``'s bundle defines."""
    return build_network(stated_definition(task))
