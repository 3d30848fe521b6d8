"""Pre-training: what an encoder can learn from pictures before its network segments."""
