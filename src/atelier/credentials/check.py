"""Compares every copy with the store, and names each one that drifted, why, and how to mend it."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from atelier.credentials import private_file
from atelier.credentials.contents import Contents
from atelier.credentials.copies import Copy, lies_open, place_of, read_copies
from atelier.credentials.drift import Drift, Reason
from atelier.credentials.formats import faults
from atelier.credentials.git import Standing, standing
from atelier.credentials.judging import day
from atelier.credentials.private_file import Exposure
from atelier.credentials.store import Store

#: Bytes beyond which a file is no copy.
LARGEST = 2**20

SYNC = "`atelier credentials sync` writes it anew"


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a check found; it found nothing where there is no drift."""

    drifts: tuple[Drift, ...]
    #: How many copies were compared.
    copies: int
    #: What was not looked at here, and why.
    unchecked: tuple[str, ...]


def check(store: Store) -> Report:
    """Return how the copies of a store's secrets stand; nothing is changed.

    Raises:
        StoreMissing, StoreUnsafe: there is no store that can be trusted.
        CopiesInvalid: the list of copies cannot be used.
        CredentialsError: the store cannot be read.
    """
    with store.held():
        contents = store.contents()
        copies = read_copies(store)
        drifts: list[Drift] = []
        unchecked = []
        if not private_file.CHECKED:
            unchecked.append(
                "Who owns and may read files is not checked on Windows: keep them where only you can read."
            )
        files = [(str(each), each) for each in store.files]
        drifts += _in_git(files, unchecked, store=True)
        drifts += _unfinished(store.folder, files)
        drifts += _rotations(store, contents)
        for each in copies:
            drifts += drifts_of(store, each, contents)
            if each.names:
                drifts += _in_git([(each.file, place_of(store, each))], unchecked)
    return Report(drifts=tuple(drifts), copies=len(copies), unchecked=tuple(unchecked))


def drifts_of(store: Store, copy: Copy, contents: Contents) -> tuple[Drift, ...]:
    """Return what is wrong with one copy, git apart."""
    place = place_of(store, copy)
    found = [
        Drift(
            file=copy.file,
            secret=name,
            reason=Reason.UNKNOWN,
            told=f"The store has no secret '{name}', which the list of copies names.",
            fix=f"Give it one with `atelier credentials set {name}`, or correct copies.toml.",
        )
        for name in copy.names
        if name not in contents.secrets
    ]
    found += _unfinished(place.parent, [(copy.file, place)])
    found += _outside(store, copy, place)
    if not any(each.reason in _HIDDEN for each in found):
        found += _inside(copy, place, contents)
    return tuple(found)


#: Where the content cannot be looked at, or is not the copy's.
_HIDDEN = frozenset({Reason.MISSING, Reason.SYMLINK, Reason.NOT_REGULAR, Reason.UNREADABLE})


def _inside(copy: Copy, place: Path, contents: Contents) -> Iterator[Drift]:
    try:
        if place.stat().st_size > LARGEST:
            told, content = f"It has more than {LARGEST} bytes, which no copy has.", None
        else:
            told, content = "", private_file.read(place)
    except OSError as error:
        told, content = f"It cannot be read: {error.strerror or error}.", None
    if content is None:
        fix = "Let it be readable by you, or correct copies.toml."
        yield Drift(file=copy.file, reason=Reason.UNREADABLE, told=told, fix=fix)
        return
    for entry, secret, fault in faults(copy, content, contents):
        yield Drift(
            file=copy.file,
            entry=entry,
            secret=secret,
            reason=fault.reason,
            told=fault.told,
            fix=_and_restart(copy),
        )


def _outside(store: Store, copy: Copy, place: Path) -> Iterator[Drift]:
    """Give what is wrong with the file itself, whatever it holds."""

    def drift(reason: Reason, told: str, fix: str) -> Drift:
        return Drift(file=copy.file, reason=reason, told=told, fix=fix)

    try:
        exposed = private_file.exposure(place, mode=copy.permissions)
        mode = stat.S_IMODE(place.lstat().st_mode)
        open_to_others = lies_open(store, copy)
    except FileNotFoundError:
        where = "The file" if place.parent.is_dir() else f"The folder {place.parent}"
        yield drift(Reason.MISSING, f"{where} is not there.", _and_restart(copy))
        return
    except OSError as error:
        told = f"It cannot be looked at: {error.strerror or error}."
        yield drift(Reason.UNREADABLE, told, "Let its folder be readable by you, or correct copies.toml.")
        return
    match exposed:
        case Exposure.SYMLINK:
            told = f"It is a symbolic link to {place.readlink()}, where a copy that nobody syncs may lie."
            yield drift(Reason.SYMLINK, told, f"{SYNC}, as a file; then remove what the link led to.")
        case Exposure.NOT_REGULAR:
            yield drift(
                Reason.NOT_REGULAR, "It is a folder or a device.", "Remove it, or correct copies.toml."
            )
        case Exposure.FOREIGN:
            told = "It belongs to another user, who can change it at will."
            yield drift(Reason.FOREIGN, told, f"sudo chown \"$(id -un)\" '{place}', or remove it; then sync.")
        case Exposure.READABLE:
            told = f"It has mode {mode:o}: others on this machine can read it."
            fix = f"{SYNC}; if anybody else works on this machine, rotate what it holds."
            yield drift(Reason.READABLE, told, fix)
        case None if private_file.CHECKED and mode & copy.permissions != copy.permissions:
            told = (
                f"It has mode {mode:o} where {copy.mode} is asked for: who should read it may be unable to."
            )
            yield drift(Reason.MODE, told, f"{SYNC}.")
    if open_to_others:
        told = f"Others can enter its folder, and mode {copy.mode} lets them read it."
        fix = f"chmod 700 '{place.parent}', or use mode 600."
        yield drift(Reason.READABLE, told, fix)


def _rotations(store: Store, contents: Contents) -> Iterator[Drift]:
    for name, entry in contents.secrets.items():
        if entry.rotating_until is not None:
            yield Drift(
                file=str(store.folder),
                secret=name,
                reason=Reason.HALF_ROTATED,
                told=f"The gateway may have issued a new {name} that never arrived here; the old one ends at "
                f"{day(entry.rotating_until)} then.",
                fix=f"`atelier credentials rotate {name}` before that.",
            )


def _unfinished(folder: Path, files: list[tuple[str, Path]]) -> list[Drift]:
    return [
        Drift(
            file=shown,
            reason=Reason.UNFINISHED,
            told=f"A writer that was killed left {each.name}, which may hold secrets.",
            fix="`atelier credentials sync` removes it.",
        )
        for shown, file in files
        for each in private_file.leftovers(folder, (file.name,))
    ]


def _in_git(files: list[tuple[str, Path]], unchecked: list[str], *, store: bool = False) -> Iterator[Drift]:
    for shown, file in files:
        match standing(file):
            case Standing.TRACKED:
                yield Drift(
                    file=shown,
                    reason=Reason.TRACKED,
                    told="It is in git, with whatever it held at each commit.",
                    fix=f"git rm --cached '{file}', commit that, and rotate every secret that it held.",
                )
            case Standing.NOT_IGNORED:
                ignore = "a line * into .secrets/.gitignore" if store else f"{file.name} into .gitignore"
                yield Drift(
                    file=shown,
                    reason=Reason.NOT_IGNORED,
                    told="git does not ignore it: the next `git add` takes it.",
                    fix=f"Write {ignore}.",
                )
            case Standing.UNKNOWN:
                unchecked.append(f"Whether {shown} is in git: git cannot be asked.")


def _and_restart(copy: Copy) -> str:
    return f"{SYNC}; then restart {copy.restart}." if copy.restart else f"{SYNC}."
