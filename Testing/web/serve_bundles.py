"""``segassist`` with other bundles and the catalogues beside them: python serve_bundles.py FOLDER ..."""

import sys
from pathlib import Path

import SegAssistLib.translation

if __name__ == "__main__":
    folder = Path(sys.argv.pop(1))
    SegAssistLib.translation.bundles_folder = lambda: folder
    import SegAssistLib.task  # only now: some sentences are looked up when their module is imported
    from SegAssistLib.cli import main

    SegAssistLib.task.bundles_folder = lambda: folder
    main()
