"""The Segment Editor in the page, where it differs from the desktop's."""

from __future__ import annotations

import subprocess
import sys

EDIT_TWO_AND_CHANGE_THE_FIRST = """
import gc
from trame.app import get_server
from trame_slicer.core import SlicerApp
from SegAssistLib.phantom import flair_phantom
from SegAssistLib.scene.volumes import add_volume
from SegAssistLib.web.editing import Editing

slicer = SlicerApp()
editing = Editing(get_server(client_type="vue3"), slicer, lambda: None, lambda tool: None, lambda n: None)
volume = add_volume(slicer.scene, flair_phantom(shape=(64, 64, 8), spacing=(3.6, 3.6, 17), lesions=0)[0])
for name in ("first", "second"):
    node = slicer.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    node.CreateDefaultDisplayNodes()
    editing.edit(node, volume)
    del node
gc.collect()
slicer.scene.GetFirstNodeByName("first").Modified()
print("alive")
"""


def test_a_result_that_is_no_longer_edited_can_change():
    code = EDIT_TWO_AND_CHANGE_THE_FIRST
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "alive" in ended.stdout, ended.stderr
