"""Reaches one engine each, and starts it where it is ours to start."""
