"""``segassist`` with the bundles of another folder: python serve_bundles.py FOLDER ARGUMENTS..."""

import sys
from pathlib import Path

import SegAssistLib.task
from SegAssistLib.cli import main

if __name__ == "__main__":
    folder = Path(sys.argv.pop(1))
    SegAssistLib.task.bundles_folder = lambda: folder
    main()
