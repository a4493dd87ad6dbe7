"""Writes every copy that drifted anew from the store."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from atelier.credentials import private_file
from atelier.credentials.check import LARGEST, drifts_of
from atelier.credentials.contents import Contents
from atelier.credentials.copies import Copy, below_store, lies_open, place_of, read_copies
from atelier.credentials.drift import Drift, Reason
from atelier.credentials.formats import wanted
from atelier.credentials.git import Standing, standing
from atelier.credentials.store import Store
from atelier.errors import CredentialsError


class Done(StrEnum):
    """What became of a copy."""

    UNCHANGED = "unchanged"
    WRITTEN = "written"
    #: It drifted and could not be mended.
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Change:
    """What was done about one copy."""

    #: The file, as the list of copies calls it.
    file: str
    done: Done
    #: What was wrong with it before.
    drifts: tuple[Drift, ...] = ()
    #: Why it could not be mended.
    failure: str | None = None
    #: What reads the file only when it starts.
    restart: str | None = None


#: What writing a file anew does not mend.
_BEYOND = frozenset({Reason.UNKNOWN, Reason.NOT_REGULAR, Reason.FOREIGN, Reason.UNREADABLE})


def sync(store: Store, *, write: bool = True) -> tuple[Change, ...]:
    """Mend every copy that drifted; one that cannot be mended does not keep the others from it.

    Args:
        store: Where the secrets are.
        write: Whether to write; without, say what would be done.

    Raises:
        CopiesInvalid: the list of copies cannot be used.
        CredentialsError: the store cannot be read or locked.
    """
    with store.held():
        contents = store.contents()
        if write:
            store.tidy()
        return tuple(_synced(store, each, contents, write) for each in read_copies(store))


def hindrance(store: Store, copy: Copy, contents: Contents) -> str | None:
    """Return why a copy must not or cannot be written; None where nothing is in the way."""
    return _hindrance(store, copy, drifts_of(store, copy, contents))


def _synced(store: Store, copy: Copy, contents: Contents, write: bool) -> Change:
    drifts = drifts_of(store, copy, contents)
    if not drifts and not _is_in_git(store, copy):
        return Change(file=copy.file, done=Done.UNCHANGED)
    failure = _hindrance(store, copy, drifts)
    if failure is None and write:
        failure = _written(store, copy, contents)
    return Change(
        file=copy.file,
        done=Done.WRITTEN if failure is None else Done.FAILED,
        drifts=drifts,
        failure=failure,
        restart=copy.restart,
    )


def _hindrance(store: Store, copy: Copy, drifts: tuple[Drift, ...]) -> str | None:
    beyond = next((each for each in drifts if each.reason in _BEYOND), None)
    if beyond is not None:
        return f"{beyond.told} {beyond.fix}"
    place = place_of(store, copy)
    folder = place.parent
    if _is_in_git(store, copy):
        return (
            "It is in git, and no secret is written into such a file: "
            f"git rm --cached '{place}', and rotate what it held."
        )
    try:
        if not folder.parent.is_dir() and not below_store(store, folder):
            return f"The folder {folder.parent} is not there: make it, or correct copies.toml."
        if folder.is_dir() and lies_open(store, copy):
            return (
                f"Others can enter its folder, and mode {copy.mode} would let them read it: "
                f"chmod 700 '{folder}', or use mode 600."
            )
        if folder.is_dir() and not _is_writable(folder):
            return f"You cannot write into {folder}: take it over with chown, or correct copies.toml."
    except OSError as error:
        return f"Its folder cannot be looked at: {error.strerror or error}."
    return None


def _is_writable(folder: Path) -> bool:
    effective = os.access in os.supports_effective_ids
    return os.access(folder, os.W_OK | os.X_OK, effective_ids=effective)


def _is_in_git(store: Store, copy: Copy) -> bool:
    return bool(copy.names) and standing(place_of(store, copy)) is Standing.TRACKED


def _written(store: Store, copy: Copy, contents: Contents) -> str | None:
    """Write a copy and look at it again; return why it is not as it should be."""
    place = place_of(store, copy)
    try:
        _make_folder(store, copy, place.parent)
        content = wanted(copy, _present(place), contents)
        private_file.write(place, content, mode=copy.permissions)
        for each in private_file.leftovers(place.parent, (place.name,)):
            each.unlink(missing_ok=True)
    except OSError as error:
        return f"It cannot be written: {error.strerror or error}."
    except CredentialsError as error:
        return str(error)
    left = drifts_of(store, copy, contents)
    return f"It was written, and still: {left[0].told} {left[0].fix}" if left else None


def _make_folder(store: Store, copy: Copy, folder: Path) -> None:
    """Make the folder of a copy; below the store, which others cannot enter, one that containers can."""
    if folder.is_dir():
        return
    if not below_store(store, folder):
        folder.mkdir(mode=0o700)
        return
    _make_folder(store, copy, folder.parent)
    folder.mkdir(mode=0o700)
    if copy.mode != "600":
        folder.chmod(0o755)


def _present(place: Path) -> bytes:
    """Return what a copy holds; through a link too, for the lines of others behind it."""
    if not place.is_file() or place.stat().st_size > LARGEST:
        return b""
    return place.read_bytes()
