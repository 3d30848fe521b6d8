"""The bundle: MONAI's own tools read it offline, and it is what its metadata says."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from SegAssistLib.inference import segment
from SegAssistLib.io import read_image, read_mask
from SegAssistLib.task import Task, find_task, list_tasks

monai_bundle = pytest.importorskip("monai.bundle")
pytest.importorskip("onnx", reason="onnx makes the networks of other tests, and it is not installed")

from picture_bundles import spots  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
MEGABYTE = 1e6
# what "MONAI Bundle Specification" (docs.monai.io) requires of metadata.json
REQUIRED = {
    "version": str,
    "monai_version": str,
    "pytorch_version": str,
    "numpy_version": str,
    "required_packages_version": dict,
    "task": str,
    "description": str,
    "authors": str,
    "copyright": str,
    "network_data_format": dict,
}


@pytest.fixture(scope="module", params=sorted(list_tasks()))
def task(request) -> Task:
    """Every task that ships."""
    return find_task(request.param)


@pytest.fixture(scope="module")
def bundle(task) -> Path:
    return task.folder


@pytest.fixture(scope="module")
def configs(bundle) -> dict[str, str]:
    return {
        "meta_file": str(bundle / "configs" / "metadata.json"),
        "config_file": str(bundle / "configs" / "inference.json"),
    }


@pytest.fixture(scope="module")
def metadata(configs) -> dict:
    return json.loads(Path(configs["meta_file"]).read_text(encoding="utf-8"))


def test_monai_builds_the_network_and_its_weights_fit(configs, bundle, task):
    parser = monai_bundle.ConfigParser()
    parser.read_config(configs["config_file"])
    parser.read_meta(configs["meta_file"])
    parser["bundle_root"] = str(bundle)
    assert parser["_meta_"]["segassist"]["task"] == task.name
    network = parser.get_parsed_content("network_def")
    before = {name: value.clone() for name, value in network.state_dict().items()}
    missing, unexpected = network.load_state_dict(parser.get_parsed_content("weights"))
    assert not missing
    assert not unexpected
    assert any((value != before[name]).any() for name, value in network.state_dict().items())


@pytest.mark.parametrize("n", [1, 5])
def test_monai_verifies_what_goes_in_and_out(configs, n):
    monai_bundle.verify_net_in_out(net_id="network_def", device="cpu", n=n, **configs)


def test_monai_notices_when_the_metadata_is_wrong(configs, metadata, tmp_path):
    metadata = json.loads(json.dumps(metadata))
    metadata["network_data_format"]["outputs"]["pred"]["num_channels"] += 1
    wrong = tmp_path / "metadata.json"
    wrong.write_text(json.dumps(metadata))
    with pytest.raises(ValueError, match="channel number"):
        monai_bundle.verify_net_in_out(
            net_id="network_def", device="cpu", **{**configs, "meta_file": str(wrong)}
        )


def test_monai_runs_the_bundle(configs, bundle, task, scan, tmp_path):
    image, output = scan, tmp_path / "scan_seg.nii.gz"
    if "still" in task.kinds:
        image, output = tmp_path / "picture.png", tmp_path / "picture_seg.png"
        cv2.imwrite(str(image), spots()[0][..., 1])  # grey: colour would be blood flow to one of them
    monai_bundle.run(
        bundle_root=str(bundle),
        image_file=str(image),
        output_file=str(output),
        device="$torch.device('cpu')",
        **configs,
    )
    expected = segment(read_image(image), task, backend="torch", device="cpu")
    assert expected.array.any() or image is not scan
    found = read_mask(output, task.labels)
    assert np.array_equal(found.array, expected.array)
    if image is scan:
        assert np.array_equal(found.affine, expected.affine)


def test_the_metadata_has_what_monais_specification_requires(metadata, task):
    from monai.bundle.properties import MetaProperties

    for field, kind in REQUIRED.items():
        assert isinstance(metadata[field], kind), field
        assert metadata[field], field
    parser = monai_bundle.ConfigParser({"_meta_": metadata})
    for name, entry in MetaProperties.items():  # the places in which MONAI itself looks
        assert parser.get(entry["id"]), name
    for direction, channels in (("inputs", task.planes.channels), ("outputs", len(task.labels))):
        for shape in metadata["network_data_format"][direction].values():
            assert shape["num_channels"] == channels == len(shape["channel_def"])
    assert metadata["version"] in metadata["changelog"]


def test_the_weights_are_those_that_the_metadata_names(task):
    assert set(task.weights) == {"onnx", "torch"}
    for weights in task.weights.values():
        assert hashlib.sha256(weights.path.read_bytes()).hexdigest() == weights.sha256
        assert weights.verified() == weights.path


def test_onnx_and_torch_weights_are_one_network_whose_numbers_are_kept_once(task):
    onnx = pytest.importorskip("onnx")
    from safetensors.numpy import load_file

    exported = {
        entry.name: onnx.numpy_helper.to_array(entry)
        for entry in onnx.load(task.weights["onnx"].path).graph.initializer
    }
    trained = load_file(task.weights["torch"].path)
    assert exported
    assert all(np.array_equal(exported[name], trained[name]) for name in exported)
    assert task.weights["onnx"].path.stat().st_size < 0.1 * MEGABYTE


def test_the_licences_of_the_data_and_the_model_card_travel_with_the_weights(bundle, metadata):
    card = (bundle / "docs" / "README.md").read_text(encoding="utf-8")
    assert "not for diagnosis" in card.lower()
    assert "cross-validat" in card.lower()
    assert (bundle / "docs" / "data_license.txt").stat().st_size > 200
    assert "docs/data_license.txt" in metadata["data_source"]


def test_a_licence_that_restricts_the_use_is_stated_as_terms_to_accept(bundle, task):
    licence = (bundle / "docs" / "data_license.txt").read_text(encoding="utf-8")
    restricted = any(words in licence for words in ("non-commercial use", "research and education only"))
    assert bool(task.terms) == restricted


def test_no_weight_file_is_larger_than_20_mb(bundle):
    models = list((bundle / "models").iterdir())
    assert len(models) >= 2
    assert max(path.stat().st_size for path in models) < 20 * MEGABYTE


def test_the_whole_repository_stays_below_60_mb():
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    )
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    sizes = [path.stat().st_size for path in files if path.is_file()]
    assert len(sizes) > 50
    assert sum(sizes) < 60 * MEGABYTE  # Slicer's index takes 100
