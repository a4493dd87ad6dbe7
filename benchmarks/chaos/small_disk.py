"""A disk of a few megabytes, in memory, for a run that fills it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: A database, its log and a few pictures fit several times over.
_MEGABYTES = 16
_DEADLINE = 30.0


def can_mount() -> bool:
    """Return whether a disk can be made here: Linux lets root do it."""
    return sys.platform == "linux" and os.geteuid() == 0


@contextmanager
def small_disk(directory: Path) -> Iterator[None]:
    """Make the directory a small disk for a while; raises CalledProcessError where that is not allowed."""
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_MEGABYTES}m", "tmpfs", str(directory)],
        check=True,
        timeout=_DEADLINE,
    )
    try:
        yield
    finally:
        subprocess.run(["umount", str(directory)], check=True, timeout=_DEADLINE)


def fill(directory: Path) -> Path:
    """Fill the disk under a directory to its last byte; return the file that does it, to be removed."""
    ballast = directory / "ballast"
    piece = b"\0" * 65536
    with ballast.open("wb", buffering=0) as file:
        while piece:
            try:
                file.write(piece)
            except OSError:
                piece = piece[: len(piece) // 2]
    return ballast
