"""Reads model files again, and says which are as they should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from atelier.deploy.models.content import sha256_of
from atelier.deploy.models.events import Tell
from atelier.deploy.models.folder import ModelFolder
from atelier.deploy.models.lock import ModelLock
from atelier.deploy.models.wanted import Wanted
from atelier.errors import DeployError

#: `unknown`: it can be read, and there is no checksum to compare it with.
Verdict = Literal["sound", "damaged", "missing", "unreadable", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What came of reading one file."""

    key: str
    verdict: Verdict
    path: Path | None = None
    size: int = 0
    sha256: str | None = None
    #: What is wrong, and what helps; empty where nothing is.
    detail: str = ""

    @property
    def good(self) -> bool:
        return self.verdict == "sound"


async def verify(
    wanted: Sequence[Wanted], folder: ModelFolder, lock: ModelLock, tell: Tell
) -> tuple[Checked, ...]:
    """Read files from their first byte to their last and compare their checksums.

    Raises:
        ModelLockInvalid: the lock file cannot be used.
    """
    return tuple([await _verify(lock.applied(each), folder, tell) for each in wanted])


def recorded_or_there(wanted: Sequence[Wanted], folder: ModelFolder, lock: ModelLock) -> tuple[Wanted, ...]:
    """Return what is recorded, and of these files those that are there."""
    found = {each.key: each for each in lock.wanted()}
    found |= {each.key: each for each in wanted if each.key in found or folder.find(each) is not None}
    return tuple(found[key] for key in sorted(found))


async def _verify(wanted: Wanted, folder: ModelFolder, tell: Tell) -> Checked:
    path = folder.find(wanted)
    again = "`atelier models fetch` replaces it."
    if path is None or not path.exists():
        what = "Not there." if path is None else f"{path} is a link to a file that is gone."
        return Checked(key=wanted.key, verdict="missing", path=path, detail=f"{what} {again}")
    try:
        size = path.stat().st_size
        if wanted.size not in (None, size):
            detail = f"It has {size:,} bytes instead of {wanted.size:,}. {again}"
            return Checked(key=wanted.key, verdict="damaged", path=path, size=size, detail=detail)
        digest = await sha256_of(path, wanted.key, tell)
    except (OSError, DeployError) as error:
        return Checked(key=wanted.key, verdict="unreadable", path=path, detail=str(error))
    if wanted.sha256 is None:
        detail = "No checksum is known for it: `atelier models fetch` asks the hub and records it."
        return Checked(key=wanted.key, verdict="unknown", path=path, size=size, sha256=digest, detail=detail)
    if digest != wanted.sha256:
        detail = (
            f"Its SHA-256 is {digest} instead of {wanted.sha256}. `atelier models fetch --check` replaces it."
        )
        return Checked(key=wanted.key, verdict="damaged", path=path, size=size, sha256=digest, detail=detail)
    return Checked(key=wanted.key, verdict="sound", path=path, size=size, sha256=digest)
