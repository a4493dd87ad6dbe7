"""Links model files that lie elsewhere into a folder, so that nothing is stored twice."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from atelier.deploy.models.elsewhere import Elsewhere, Match, Mismatch
from atelier.deploy.models.events import Tell
from atelier.deploy.models.folder import Found, ModelFolder
from atelier.deploy.models.lock import Locked, ModelLock
from atelier.deploy.models.wanted import Wanted
from atelier.errors import DeployError

#: `hard`: another name of the same bytes, on the same disk only. `symbolic`: a pointer, which a container
#: follows only where it sees the other folder at the same place.
Kind = Literal["hard", "symbolic"]

_OTHER_DISK = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EACCES})


@dataclass(frozen=True, kw_only=True)
class Linked:
    """A file that was linked."""

    key: str
    path: Path
    to: Path
    kind: Kind
    sha256: str
    #: Whether the checksum was known before.
    proved: bool


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a search for files to link came to."""

    linked: tuple[Linked, ...]
    present: tuple[Found, ...]
    #: Files that are called as a wanted one, and are others.
    others: tuple[Mismatch, ...]
    missing: tuple[Wanted, ...]


async def link(
    wanted: Sequence[Wanted],
    folders: Sequence[Path],
    folder: ModelFolder,
    lock: ModelLock,
    tell: Tell,
    *,
    kind: Kind | None = None,
) -> Outcome:
    """Link every wanted file that is not there and lies in one of the folders.

    Args:
        kind: None for a hard link where that can be, and a symbolic one elsewhere.

    Raises:
        UsageError: a folder to search is not there.
        ModelLockInvalid: the lock file cannot be used.
        DeployError: nothing can be linked there.
    """
    known = [lock.applied(each) for each in wanted]
    elsewhere = Elsewhere.search(
        folders, (name for each in known for name in each.base_names), without=folder.root
    )
    linked, present, others, missing = list[Linked](), list[Found](), list[Mismatch](), list[Wanted]()
    for each in known:
        found = folder.look(each, recorded=each.key in lock.files)
        if found.standing in ("there", "unchecked"):
            present.append(found)
            continue
        match, near = await elsewhere.match(each, tell)
        others += near
        if match is None:
            missing.append(each)
            continue
        target = found.path or folder.target(each)
        made = _link(match, target, kind)
        if each.key not in lock.files:
            lock.record(each.key, _locked(match))
        linked.append(
            Linked(
                key=each.key,
                path=target,
                to=match.path.resolve(),
                kind=made,
                sha256=match.sha256,
                proved=each.sha256 is not None,
            )
        )
    return Outcome(linked=tuple(linked), present=tuple(present), others=tuple(others), missing=tuple(missing))


def _link(match: Match, target: Path, kind: Kind | None) -> Kind:
    # The file itself: what a download cache shows are links already, and it may tidy those away.
    source = match.path.resolve()
    new = target.with_name(f"{target.name}.link")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        made: Kind = "symbolic" if kind == "symbolic" else "hard"
        if made == "hard":
            try:
                new.hardlink_to(source)
            except OSError as error:
                if kind == "hard" or error.errno not in _OTHER_DISK:
                    raise
                made = "symbolic"
        if made == "symbolic":
            new.symlink_to(source)
        new.replace(target)
    except OSError as error:
        new.unlink(missing_ok=True)
        hint = " A hard link needs the same disk: try --symbolic." if error.errno == errno.EXDEV else ""
        raise DeployError(f"Cannot link {target} to {source}: {error.strerror or error}.{hint}") from error
    return made


def _locked(match: Match) -> Locked:
    return Locked(
        origin=match.path.name,
        revision=None,
        size=match.size,
        sha256=match.sha256,
        sha256_from=match.wanted.sha256_from if match.wanted.sha256 else "content",
        recorded=datetime.now(UTC).date().isoformat(),
    )
