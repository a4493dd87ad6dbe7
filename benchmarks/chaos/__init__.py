"""Breaks things on purpose and counts what became of the jobs: `python -m benchmarks.chaos`."""
