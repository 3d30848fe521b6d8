"""A task that is nothing but a folder: a bundle whose network looks at brightness alone, pixel by pixel."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx

CODE = {"scheme": "SCT", "value": "59820001", "meaning": "Blood vessel"}
STEEP = 200.0  # of the logits at a level, so that a probability is either 0 or 1


def write_bundle(
    folder: Path, task: str, labels: dict[str, float], weights: tuple[float, ...] = (1.0,), **stated: Any
) -> Path:
    """Write the bundle ``folder/task``.

    Args:
        folder: of all bundles.
        task: its name.
        labels: for each label the level, from 0 to 1, at which it begins; it ends where the next begins.
        weights: of the channels, whose sum is compared with the levels.
        stated: what else the metadata says to this program, instead of a usual clip of grey frames.
    """
    bundle = folder / task
    for part in ("configs", "models"):
        (bundle / part).mkdir(parents=True)
    model = bundle / "models" / "model.onnx"
    onnx.save(_network(tuple(labels.values()), weights), model)
    settings = {
        "task": task,
        "kinds": ["frames"],
        "modalities": ["US"],
        "preparation": "frames",
        "planes": {"size": None},
        "labels": [
            {
                "value": value,
                "name": name,
                "color": [255, 80 * value, 60],
                "threshold": 0.5,
                "category": CODE,
                "type": CODE,
            }
            for value, name in enumerate(labels, 1)
        ],
        "components": {"connectivity": 8},
        "measure": "vessels",
        "recipe": "vessels",
        "case_files": {"image": "image", "reference": "mask"},
        "weights": {
            "onnx": {"file": "models/model.onnx", "sha256": hashlib.sha256(model.read_bytes()).hexdigest()}
        },
    }
    about = dict.fromkeys(("name", "description", "intended_use"), f"Test of {task}")
    metadata = {**about, "version": "1.0", "segassist": settings | stated}
    (bundle / "configs" / "metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
    return bundle


def _network(levels: tuple[float, ...], weights: tuple[float, ...]) -> onnx.ModelProto:
    """Two 1x1 convolutions: how far each pixel is above each level, and from that the labels' logits."""
    count = len(levels)
    first = np.tile(np.array(weights, np.float32), (count, 1))[..., None, None]
    second = STEEP * np.eye(count, dtype=np.float32)
    for label in range(count - 1):
        second[label, label + 1] = -100 * STEEP
    constants = {
        "first": first,
        "levels": -np.array(levels, np.float32),
        "second": second[..., None, None],
        "below": np.full(count, -12, np.float32),
    }
    nodes = [
        onnx.helper.make_node("Conv", ["image", "first", "levels"], ["above"]),
        onnx.helper.make_node("Relu", ["above"], ["steps"]),
        onnx.helper.make_node("Conv", ["steps", "second", "below"], ["logits"]),
    ]
    graph = onnx.helper.make_graph(
        nodes,
        "levels",
        *(
            [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, channels, None, None])]
            for name, channels in (("image", len(weights)), ("logits", count))
        ),
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return onnx.helper.make_model(graph, ir_version=8, opset_imports=[onnx.helper.make_opsetid("", 17)])
