from __future__ import annotations

import io
import zipfile

import pytest

from SegAssistLib.errors import InputError
from SegAssistLib.scene.volumes import add_volume, read_volume
from SegAssistLib.web.scenes import open_scene, save_scene

PLENTY = 1 << 30


def test_a_saved_scene_is_added_to_what_is_open(slicer_scene, phantom, tmp_path):
    volume = add_volume(slicer_scene, phantom)
    save_scene(slicer_scene, tmp_path / "head.mrb")
    open_scene(slicer_scene, tmp_path / "head.mrb", tmp_path / "open", PLENTY)
    nodes = slicer_scene.GetNodesByClass("vtkMRMLScalarVolumeNode")
    assert nodes.GetNumberOfItems() == 2
    assert nodes.GetItemAsObject(0) is volume
    assert (read_volume(nodes.GetItemAsObject(1)).array == phantom.array).all()


@pytest.mark.parametrize(
    ("described", "said"),
    [
        ('<MRML><Storage fileName="../../secret.nrrd"/></MRML>', "not part of it"),
        ('<MRML><Storage fileName="%2e%2e/secret.nrrd"/></MRML>', "not part of it"),
        ('<MRML><Storage fileName="/etc/passwd"/></MRML>', "not part of it"),
        ('<MRML><Storage uri="https://evil.example/x.nrrd"/></MRML>', "not part of it"),
        ('<MRML><Storage fileListMember3="file:///etc/passwd"/></MRML>', "not part of it"),
        ("<MRML><Storage", "damaged"),
        (None, "holds no scene"),
    ],
)
def test_a_scene_that_is_no_scene_or_wants_other_files_is_refused(slicer_scene, tmp_path, described, said):
    path = tmp_path / "bad.mrb"
    with zipfile.ZipFile(path, "w") as archive:
        if described is not None:
            archive.writestr("bad/bad.mrml", described)
    before = slicer_scene.GetNumberOfNodes()
    with pytest.raises(InputError, match=said):
        open_scene(slicer_scene, path, tmp_path / "open", PLENTY)
    assert slicer_scene.GetNumberOfNodes() == before


NAMED = '<MRML><VolumeArchetypeStorage fileName="Data/scan.nhdr"/></MRML>'
OTHERS = "NRRD0005\ntype: uchar\ndimension: 3\nsizes: 2 2 2\nencoding: raw\ndata file: {}\n"


def packed(files):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return target.getvalue()


@pytest.mark.parametrize("name", ["/etc/passwd", "../../../other/secret.raw"])
@pytest.mark.parametrize("nested", [False, True])
def test_a_header_in_a_scene_that_wants_other_files_is_refused(slicer_scene, tmp_path, name, nested):
    scene = packed({"bad/bad.mrml": NAMED, "bad/Data/scan.nhdr": OTHERS.format(name)})
    if nested:  # as Slicer saves a sequence
        scene = packed({"outer/outer.mrml": "<MRML/>", "outer/Data/films.seq.mrb": scene})
    (tmp_path / "bad.mrb").write_bytes(scene)
    with pytest.raises(InputError, match="not part of it"):
        open_scene(slicer_scene, tmp_path / "bad.mrb", tmp_path / "open", PLENTY)
