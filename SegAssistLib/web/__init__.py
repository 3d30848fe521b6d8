"""SegAssist in a browser: real Slicer core on a server (trame-slicer), one session a process."""
