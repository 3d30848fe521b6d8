"""What scripts/evaluate_compression.py does: clips with known truth, how they are judged, and the summary."""
