"""One way in which a copy is not what the store says, or not its owner's alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """What is wrong with a copy; the text is what people read."""

    MISSING = "missing"
    EMPTY = "empty"
    #: A value that the store never had under this name.
    EDITED = "edited"
    #: A value that the store had earlier.
    STALE = "stale"
    #: The value of another secret.
    SWAPPED = "another secret"
    #: Such as a password where ComfyUI-Login wants its hash.
    WRONG_FORMAT = "wrong format"
    #: A hash of the right password, but another one: a bearer token that no other copy has.
    REHASHED = "another hash"
    TRAILING_NEWLINE = "trailing newline"
    CRLF = "CRLF"
    BOM = "BOM"
    SPACES = "spaces"
    QUOTED = "quoted"
    UNQUOTED = "unquoted"
    TWICE = "twice"
    READABLE = "readable by others"
    MODE = "permissions"
    FOREIGN = "owner"
    SYMLINK = "symlink"
    NOT_REGULAR = "not a file"
    UNREADABLE = "unreadable"
    #: What a writer that was killed left beside it.
    UNFINISHED = "unfinished file"
    TRACKED = "in git"
    NOT_IGNORED = "not ignored by git"
    #: The list of copies names a secret that the store does not have.
    UNKNOWN = "no such secret"
    #: A rotation that was cut off between the gateway and the store.
    HALF_ROTATED = "half rotated"


#: Where the value is right, and others may read or change it.
EXPOSING = frozenset({Reason.READABLE, Reason.FOREIGN, Reason.UNFINISHED, Reason.TRACKED, Reason.NOT_IGNORED})


@dataclass(frozen=True, kw_only=True)
class Drift:
    """What is wrong where, and how to mend it; never with a secret in it."""

    #: The file, as the list of copies calls it.
    file: str
    reason: Reason
    #: What was found, in one sentence.
    told: str
    #: What to do, in one sentence.
    fix: str
    #: The variable of an env file, or the line of a PASSWORD file.
    entry: str | None = None
    #: The name of the secret.
    secret: str | None = None

    def __str__(self) -> str:
        place = self.file if self.entry is None else f"{self.file}, {self.entry}"
        return f"{place}: {self.reason}: {self.told} {self.fix}"
