"""Finds model files that lie somewhere else on this machine, by base name, size and checksum."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from atelier.deploy.models.content import sha256_of
from atelier.deploy.models.events import Tell
from atelier.deploy.models.wanted import Wanted
from atelier.errors import DeployError, UsageError


@dataclass(frozen=True, kw_only=True)
class Match:
    """A file elsewhere that is the wanted one."""

    wanted: Wanted
    path: Path
    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Mismatch:
    """A file elsewhere that is called as the wanted one, and is another."""

    wanted: Wanted
    path: Path
    reason: str


@dataclass(frozen=True)
class Elsewhere:
    """Folders, searched once with all that lies in them."""

    folders: tuple[Path, ...]
    _found: dict[str, list[Path]] = field(repr=False)

    @classmethod
    def search(
        cls, folders: Iterable[Path], names: Iterable[str], *, without: Path | None = None
    ) -> Elsewhere:
        """Look for files of these base names.

        Args:
            without: A folder that is left out, such as the one that they are wanted in.

        Raises:
            UsageError: a folder is not there.
        """
        folders = tuple(folders)
        sought, found = frozenset(names), dict[str, list[Path]]()
        left_out = None if without is None else without.resolve()
        for folder in folders:
            if not folder.is_dir():
                raise UsageError(f"{folder} is no folder.")
            for place, below, files in os.walk(folder):
                below[:] = sorted(each for each in below if Path(place, each).resolve() != left_out)
                if Path(place).resolve() == left_out:
                    continue
                for name in sorted(sought & set(files)):
                    found.setdefault(name, []).append(Path(place, name))
        return cls(folders, found)

    async def match(self, wanted: Wanted, tell: Tell) -> tuple[Match | None, tuple[Mismatch, ...]]:
        """Return the file that is the wanted one, and those that only have its name.

        Where neither size nor checksum are known, a file is taken by its name if it is the only one.
        """
        others = []
        paths = [path for name in sorted(wanted.base_names) for path in self._found.get(name, ())]
        if wanted.size is None and wanted.sha256 is None and len({each.resolve() for each in paths}) > 1:
            reason = "several files have this name, and nothing is known by which to choose"
            return None, tuple(Mismatch(wanted=wanted, path=path, reason=reason) for path in paths)
        for path in paths:
            try:
                size = path.stat().st_size
                if wanted.size not in (None, size):
                    reason = f"has {size:,} bytes instead of {wanted.size:,}"
                    others.append(Mismatch(wanted=wanted, path=path, reason=reason))
                    continue
                digest = await sha256_of(path, wanted.key, tell)
            except (OSError, DeployError) as error:
                others.append(Mismatch(wanted=wanted, path=path, reason=f"cannot be read ({error})"))
                continue
            if wanted.sha256 in (None, digest):
                return Match(wanted=wanted, path=path, size=size, sha256=digest), tuple(others)
            reason = f"has the SHA-256 {digest} instead of {wanted.sha256}"
            others.append(Mismatch(wanted=wanted, path=path, reason=reason))
        return None, tuple(others)
