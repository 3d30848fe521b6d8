"""What scripts/benchmark.py measures: networks, backends' agreement, whole command, cold start, clips."""
