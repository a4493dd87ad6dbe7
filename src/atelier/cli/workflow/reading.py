"""Reads what a command is given as a file."""

from __future__ import annotations

from pathlib import Path

from atelier.errors import UsageError

#: Bytes: a picture of 100 megapixels, saved without compression, has fewer.
_LARGEST = 512 * 2**20


def read_bytes(path: Path) -> bytes:
    """Return a file's content.

    Raises:
        UsageError: it cannot be read, is empty, or is larger than any workflow or picture.
    """
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= _LARGEST else b""
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror or error}.") from error
    if size > _LARGEST:
        raise UsageError(f"{path} has {size / 2**20:.0f} MiB; files of up to {_LARGEST >> 20} MiB are read.")
    if not data:
        raise UsageError(f"{path} is empty.")
    return data
