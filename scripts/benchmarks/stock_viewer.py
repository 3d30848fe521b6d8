"""Runs the viewer that comes with trame-slicer on one file, as its own application does.

python scripts/benchmarks/stock_viewer.py FILE PORT
"""

import sys

from trame_slicer.app.medical_viewer_app import MedicalViewerApp


def main() -> None:
    """Load the file the way the viewer's Open button does, and serve."""
    file, port = sys.argv[1:]
    sys.argv = sys.argv[:1]  # trame reads the command line too
    app = MedicalViewerApp()
    app._logic._load_files_logic._on_load_volume_files([file])  # no public way to open a file of the server's
    app.server.start(port=int(port), open_browser=False, show_connection_info=False, timeout=0)


if __name__ == "__main__":
    main()
