"""Parts of the desktop module's panel, each over its own widgets of ``Resources/UI/SegAssist.ui``."""
