"""Networks: ours and MONAI's by name, and an export that is checked."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("monai")
pytest.importorskip("onnx")

from torch import nn  # noqa: E402

from SegAssistLib.errors import InputError  # noqa: E402
from SegAssistLib.networks import (  # noqa: E402
    MONAI,
    OURS,
    build_network,
    exclusive_definition,
    network_definition,
    network_of,
)
from SegAssistLib.training.export import export_onnx  # noqa: E402


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize("name", [*OURS, *MONAI])
def test_a_network_maps_three_slices_to_one_picture_of_logits(name):
    torch.manual_seed(0)
    network = build_network(network_definition(name)).eval()
    with torch.inference_mode():
        logits = network(torch.randn(1, 3, 64, 96))
    assert logits.shape == (1, 1, 64, 96)
    assert logits.min() < 0 or logits.max() > 1  # no softmax or sigmoid


def test_a_network_has_as_many_outputs_as_labels():
    network = build_network(network_definition("SlimUNet", in_channels=5, out_channels=2)).eval()
    assert network(torch.zeros(1, 5, 32, 32)).shape == (1, 2, 32, 32)


def test_an_unknown_network_is_refused_with_those_there_are():
    with pytest.raises(InputError, match=r"SlimUNet.*BasicUNet"):
        network_definition("HugeNet")


def test_the_source_network_has_its_published_size():
    network = build_network(network_definition("DoubleConvUNet"))
    convolutions = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    widths = [each.out_channels for each in convolutions[:10:2]]
    assert widths == [64, 128, 256, 512, 1024]
    # Ronneberger's UNet with one output and batch norm counts 31.04 million
    assert parameters(network) == pytest.approx(31.04e6, rel=0.002)


def test_the_resnet34_unet_has_the_published_size():
    # ResNet-34 without its classifier has 21.28 million; with the usual decoder of 256 to 16 channels 24.43
    network = build_network(network_definition("ResNetUNet", in_channels=1))
    assert parameters(network.encoder) == pytest.approx(21.28e6, rel=0.001)
    assert parameters(network) == pytest.approx(24.43e6, rel=0.001)


@pytest.mark.parametrize("name", ["ResNetUNet", "FCN", "DeepLabV3Plus"])
def test_every_layer_of_a_network_on_a_resnet34_learns(name):
    network = build_network(network_definition(name, in_channels=1, out_channels=2))
    network(torch.randn(2, 1, 64, 64)).square().mean().backward()
    assert all(parameter.grad.abs().max() > 0 for parameter in network.parameters())


def test_deeplab_looks_further_instead_of_shrinking_the_picture():
    network = build_network(network_definition("DeepLabV3Plus", in_channels=1)).eval()
    sizes = [features.shape[-1] for features in network.encoder(torch.zeros(1, 1, 64, 64))]
    assert sizes == [32, 16, 8, 4, 4]


def test_the_shipped_network_is_small(task):
    network = network_of(task)
    multiplications = 0

    def count(module, _inputs, output):
        nonlocal multiplications
        kernel = np.prod(module.kernel_size) * module.in_channels // module.groups
        multiplications += kernel * output.numel()

    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_hook(count)
    with torch.inference_mode():
        network.eval()(torch.zeros(1, 3, 256, 256))
    assert 0.1e9 < 2 * multiplications < 1.2e9  # "about 1 GFLOP a slice or less"


@pytest.mark.parametrize("name", ["SlimUNet", "BasicUNet", "ResNetUNet", "FCN", "DeepLabV3Plus"])
def test_an_export_computes_what_torch_computes_at_any_size(tmp_path, name):
    from SegAssistLib.inference.onnxruntime_backend import onnxruntime

    torch.manual_seed(1)
    network = build_network(network_definition(name)).eval()
    assert export_onnx(network, tmp_path / "model.onnx") < 1e-3
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    for size in ((32, 32), (96, 352)):
        image = torch.randn(1, 3, *size)
        (logits,) = session.run(None, {"image": image.numpy()})
        with torch.inference_mode():
            assert np.allclose(logits, network(image), atol=1e-3)


class BrightnessBakedIn(nn.Module):
    """Subtracts the picture's mean by way of a Python number, which a tracer takes for a constant."""

    def forward(self, x):
        return x[:, :1] - x.mean().item()


class SizeBakedIn(nn.Module):
    """Shrinks and enlarges to a size that a tracer takes for a constant."""

    def forward(self, x):
        size = tuple(int(n) for n in x.shape[2:])
        return nn.functional.interpolate(x[:, :1, ::2, ::2], size=size)


@pytest.mark.parametrize("wrong", [BrightnessBakedIn, SizeBakedIn])
def test_an_export_that_computes_something_else_is_refused_and_leaves_no_file(tmp_path, wrong):
    with pytest.raises(RuntimeError, match="differs from the trained one"):
        export_onnx(wrong(), tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"in_channels": "$__import__('pathlib').Path('{made}').touch() or 3"}, "expression"),
        ({"in_channels": ["@device"]}, "expression"),
        ({"_target_": "pathlib.Path.touch"}, "no network of monai.networks.nets"),
        ({"_target_": "SegAssistLib.networks.definition.importlib.import_module"}, "no network"),
        ({"_target_": "SegAssistLib.networks.network_definition"}, "no network"),
        ({"_requires_": "os"}, "cannot have _requires_"),
        ({"depth_of_water": 3}, "depth_of_water"),
    ],
)
def test_a_definition_is_data_and_nothing_in_it_is_run(changed, said, tmp_path):
    made = tmp_path / "made"
    changed = {
        name: value.format(made=made) if isinstance(value, str) else value for name, value in changed.items()
    }
    with pytest.raises(InputError, match=said):
        build_network(exclusive_definition({**network_definition("SlimUNet"), **changed}))
    assert not made.exists()
