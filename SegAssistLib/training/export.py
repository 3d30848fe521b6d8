"""Export: a trained network becomes the bundle that the product runs."""

from __future__ import annotations

import copy
import json
import shutil
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from SegAssistLib.io.files import sha256, writing
from SegAssistLib.task import Task
from SegAssistLib.training.recipe import Outcome


def export_onnx(
    network: nn.Module, path: Path, channels: int = 3, size: int = 256, tensors: Path | None = None
) -> float:
    """Write ``network`` as ONNX with free height and width, and compare it with torch.

    Batch norm stays as it was trained: runtimes fold it into the convolutions when they load the network.

    Args:
        network: in evaluation mode; maps ``(1, channels, height, width)`` to logits.
        path: where to.
        channels: of the input.
        size: height and width of the example that the exporter traces.
        tensors: safetensors file of the same network in the same folder, which the ONNX file then refers to
            instead of holding the numbers once more; by default it holds them.

    Returns:
        The largest difference of a logit on inputs of other sizes and values than the traced ones:
        an exporter that baked the example in would show here.

    Raises:
        RuntimeError: the exported network computes something else (more than 1e-3 off).
    """
    from SegAssistLib.inference.onnxruntime_backend import onnxruntime

    network = copy.deepcopy(network).to("cpu", memory_format=torch.contiguous_format).eval()
    generator = torch.Generator().manual_seed(0)
    example = torch.rand(1, channels, size, size, generator=generator)
    worst = 0.0
    with writing(path) as temporary:  # takes its name only when it has passed
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the tracer warns of sizes that are checked below
            torch.onnx.export(
                network,
                (example,),
                temporary,
                dynamo=False,
                opset_version=17,
                training=torch.onnx.TrainingMode.PRESERVE,
                do_constant_folding=False,
                input_names=["image"],
                output_names=["logits"],
                dynamic_axes={"image": {2: "height", 3: "width"}, "logits": {2: "height", 3: "width"}},
            )
        if tensors is not None:
            refer(temporary, tensors)
        session = onnxruntime.InferenceSession(temporary, providers=["CPUExecutionProvider"])
        for height, width in ((64, 96), (224, 160), (256, 320)):
            image = 3 * torch.rand(1, channels, height, width, generator=generator)
            with torch.inference_mode():
                expected = network(image).numpy()
            logits = session.run(None, {"image": image.numpy()})[0]
            same_shape = logits.shape == expected.shape
            worst = max(worst, float(np.abs(logits - expected).max()) if same_shape else np.inf)
        if not worst < 1e-3:
            raise RuntimeError(f"{path}: the exported network differs from the trained one by {worst:.2g}")
    return worst


def refer(model: Path, tensors: Path) -> None:
    """Let an ONNX file refer to the tensors of a safetensors file beside it, as ONNX's external data.

    Both formats hold raw little-endian numbers in C order. The SHA-256 of the tensors becomes part of the
    ONNX file, so that this one's own SHA-256 stands for the whole network.

    Args:
        model: rewritten.
        tensors: of the same network; a parameter that it lacks stays in the ONNX file.

    Raises:
        RuntimeError: a tensor has other numbers than the parameter.
    """
    import onnx

    network = onnx.load(model)
    content = tensors.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")  # a length, then a header in JSON, then the numbers
    header = json.loads(content[8:start])
    for parameter in network.graph.initializer:
        if parameter.name not in header:
            continue
        begin, end = (start + offset for offset in header[parameter.name]["data_offsets"])
        if content[begin:end] != onnx.numpy_helper.to_array(parameter).tobytes():
            raise RuntimeError(f"{tensors}: {parameter.name} is not that of the exported network")
        parameter.ClearField("raw_data")
        parameter.data_location = onnx.TensorProto.EXTERNAL
        for key, value in (("location", tensors.name), ("offset", begin), ("length", end - begin)):
            parameter.external_data.add(key=key, value=str(value))
    network.metadata_props.add(key="tensors_sha256", value=sha256(tensors))
    onnx.save(network, model)


def export_bundle(
    network: nn.Module, definition: dict[str, Any], task: Task, outcome: Outcome, folder: Path
) -> None:
    """Write a complete bundle: the task's own with new weights, network, planes, thresholds and hashes.

    Args:
        network: trained.
        definition: its MONAI config.
        task: whose bundle is the template, with its planes as they were in training.
        outcome: of the cross-validation; what is empty in it is kept from the template.
        folder: the new bundle; may be the template itself.
    """
    template = task.folder
    if folder.resolve() != template.resolve():
        ignored = shutil.ignore_patterns("models")
        shutil.copytree(template, folder, dirs_exist_ok=True, ignore=ignored)
    models = folder / "models"
    models.mkdir(parents=True, exist_ok=True)
    tensors = models / "model.safetensors"
    state = {name: value.cpu().contiguous() for name, value in network.state_dict().items()}
    with writing(tensors) as path:
        save_file(state, path)
        path.chmod(0o644)  # the library makes it readable to its owner alone
    export_onnx(network, models / "model.onnx", task.planes.channels, tensors=tensors)
    metadata_file, inference_file = (
        folder / "configs" / f"{name}.json" for name in ("metadata", "inference")
    )
    metadata = json.loads(metadata_file.read_text(encoding="utf-8"))
    metadata["eval_metrics"] = outcome.metrics or metadata["eval_metrics"]
    stated = metadata["segassist"]
    stated["planes"] = asdict(task.planes)
    if outcome.thresholds:
        for label, threshold in zip(stated["labels"], outcome.thresholds, strict=True):
            label["threshold"] = threshold
    stated["components"].update(outcome.components)
    stated.update(outcome.stated)
    stated["weights"] = {
        family: {"file": f"models/{name}", "sha256": sha256(models / name)}
        for family, name in (("onnx", "model.onnx"), ("torch", tensors.name))
    }
    stated["weights"]["onnx"]["tensors"] = "torch"
    inference = json.loads(inference_file.read_text(encoding="utf-8"))
    inference["network_def"] = definition
    _write_json(inference_file, inference)
    stated["definition"] = {"file": f"configs/{inference_file.name}", "sha256": sha256(inference_file)}
    _write_json(metadata_file, metadata)


def _write_json(file: Path, content: dict[str, Any]) -> None:
    text = json.dumps(content, indent=4, ensure_ascii=False) + "\n"
    with writing(file) as path:
        path.write_bytes(text.encode())  # the same bytes, and so the same hash, on every system
