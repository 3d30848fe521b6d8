"""Pure functions on masks: what a person reads off them, and how well two of them agree."""
