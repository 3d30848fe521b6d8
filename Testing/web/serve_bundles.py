"""``segassist`` with other bundles and the catalogues beside them: python serve_bundles.py FOLDER ..."""

import sys
from pathlib import Path

import SegAssistLib.task
import SegAssistLib.translation
from SegAssistLib.cli import main

if __name__ == "__main__":
    folder = Path(sys.argv.pop(1))
    SegAssistLib.task.bundles_folder = SegAssistLib.translation.bundles_folder = lambda: folder
    main()
