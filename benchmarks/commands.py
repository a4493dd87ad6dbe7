"""How long whole commands take."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time


def seconds(*arguments: str, runs: int = 5) -> float:
    """Return the median wall time of `atelier` with these arguments, after one run that does not count.

    Raises:
        subprocess.CalledProcessError: the command failed.
    """
    times = []
    for _ in range(runs + 1):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "atelier", *arguments], check=True, capture_output=True)
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:])


def help_seconds() -> float:
    """Return the time of `atelier --help`."""
    return seconds("--help")


def cold_picture_seconds() -> float:
    """Return the time of a whole `atelier generate`, from starting its engine to stopping it."""
    with tempfile.TemporaryDirectory() as directory:
        return seconds("generate", "green hills at sunset", "--seed", "7", "--out", directory, runs=3)
