"""What scripts/benchmark.py measures: networks, agreement of the backends, the whole command, cold start."""
