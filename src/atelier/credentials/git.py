"""Asks git whether a file would go into it."""

from __future__ import annotations

import os
import subprocess
from enum import StrEnum
from pathlib import Path

#: Seconds for one question.
_PATIENCE = 10.0


class Standing(StrEnum):
    """How git stands to a file."""

    #: It is ignored, or there is no repository.
    OUTSIDE = "outside"
    #: It is in the repository.
    TRACKED = "tracked"
    #: `git add` would take it.
    NOT_IGNORED = "not_ignored"
    #: There is a repository, and git cannot be asked.
    UNKNOWN = "unknown"


def standing(file: Path) -> Standing:
    """Return how git stands to a file, which need not be there."""
    folder = file.absolute().parent
    try:
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        if not any((each / ".git").exists() for each in (folder, *folder.parents)):
            return Standing.OUTSIDE
    except PermissionError:
        return Standing.UNKNOWN
    name = str(file.absolute())
    match _asked(folder, "ls-files", "--error-unmatch", "--", name):
        case 0:
            return Standing.TRACKED
        case 1:
            pass
        case _:
            return Standing.UNKNOWN
    match _asked(folder, "check-ignore", "--quiet", "--", name):
        case 0:
            return Standing.OUTSIDE
        case 1:
            return Standing.NOT_IGNORED
        case _:
            return Standing.UNKNOWN


def _asked(folder: Path, *arguments: str) -> int | None:
    try:
        answer = subprocess.run(  # noqa: S603 - no shell, and whichever git the user has
            ["git", "-C", str(folder), *arguments],  # noqa: S607
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.returncode
