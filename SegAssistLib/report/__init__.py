"""What leaves the program: tables and pictures, each marked as not for diagnosis."""

RESEARCH_USE = "Research use only. Not for diagnosis."
