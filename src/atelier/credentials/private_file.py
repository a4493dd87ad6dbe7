"""Files that only their owner may read: written whole or not at all, and judged before they are believed.

On Windows neither the owner nor the permissions of a file are checked: there is `CHECKED` False.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

#: Whether owner and permissions can be checked here.
CHECKED = os.name == "posix"

#: What a file ends in that is not yet, or was never, renamed to its name.
_UNFINISHED = ".atelier-tmp"

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)


class Exposure(StrEnum):
    """Why a file or folder is not its owner's alone."""

    SYMLINK = "symlink"
    NOT_REGULAR = "not_regular"
    FOREIGN = "foreign"
    READABLE = "readable"


def exposure(path: Path, *, folder: bool = False, mode: int | None = None) -> Exposure | None:
    """Return why others may read or change a file or folder; None where they may not.

    Args:
        path: What to look at; a symbolic link is not followed.
        folder: Whether it is to be a folder.
        mode: All permissions that are granted; without it those of the owner alone.

    Raises:
        OSError: it is not there, or cannot be looked at.
    """
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        return Exposure.SYMLINK
    if not (stat.S_ISDIR if folder else stat.S_ISREG)(found.st_mode):
        return Exposure.NOT_REGULAR
    if not CHECKED:
        return None
    if found.st_uid != os.geteuid():
        return Exposure.FOREIGN
    granted = (0o700 if folder else 0o600) if mode is None else mode
    if stat.S_IMODE(found.st_mode) & 0o077 & ~granted:
        return Exposure.READABLE
    return None


def read(path: Path) -> bytes:
    """Return what a file holds; a symbolic link is not followed.

    Raises:
        OSError: it is not there, is a link, or cannot be read.
    """
    if not _NO_FOLLOW and path.is_symlink():
        raise OSError(f"{path} is a symbolic link")
    with os.fdopen(os.open(path, os.O_RDONLY | _NO_FOLLOW | _BINARY), "rb") as file:
        return file.read()


def write(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Put a file in the place of what is there, whole or not at all, a crash included.

    A symbolic link is replaced, not followed. The file has mode 600 until it is whole.

    Raises:
        OSError: it cannot be written; then what was there is still there.
    """
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(6)}{_UNFINISHED}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | _BINARY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode != 0o600:
            unfinished.chmod(mode)
        unfinished.replace(path)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last; Windows has no way to ask for it."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def leftovers(folder: Path, names: Iterable[str]) -> tuple[Path, ...]:
    """Return what writers that were killed left beside the files of these names: it may hold secrets.

    In a folder that cannot be looked into, none is seen; nothing can be written there either.
    """
    beginnings = tuple(f".{name}." for name in names)
    try:
        found = sorted(folder.iterdir())
    except OSError:
        return ()
    return tuple(
        each for each in found if each.name.startswith(beginnings) and each.name.endswith(_UNFINISHED)
    )
