"""Simulated compression ultrasound with exact truth, and real frames restyled or closed by a known amount."""
