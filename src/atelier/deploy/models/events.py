"""What is told while model files are fetched, copied and checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from atelier.deploy.models.wanted import ChecksumFrom


@dataclass(frozen=True, kw_only=True)
class Progressed:
    """A file has come, or was read, so far."""

    key: str
    doing: Literal["fetching", "copying", "checking"]
    #: Bytes; `total` is None where nobody knows.
    done: int
    total: int | None


@dataclass(frozen=True, kw_only=True)
class Retrying:
    """Something broke, and is tried again."""

    key: str
    reason: str
    #: Which try follows, of how many without a result in between.
    attempt: int
    of: int
    #: Seconds until then.
    pause: float


@dataclass(frozen=True, kw_only=True)
class StartedOver:
    """What had come of a file is of no use, and it is fetched from its beginning."""

    key: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A file lies under its final name, with the bytes that it should have."""

    key: str
    size: int
    sha256: str
    #: Where the checksum is known from; `content` where it could be compared with nothing.
    sha256_from: ChecksumFrom


Event = Progressed | Retrying | StartedOver | Kept
Tell = Callable[[Event], None]


class Meter:
    """Tells how far a file is, a thousand times at most."""

    def __init__(
        self, tell: Tell, key: str, doing: Literal["fetching", "copying", "checking"], total: int | None
    ) -> None:
        self._tell, self._key, self._doing = tell, key, doing
        self.total = total
        self._last = -1

    def at(self, done: int) -> None:
        """Tell that `done` bytes are there, if that is news."""
        step = done // 2**24 if self.total is None else 1000 * done // max(1, self.total)
        if step != self._last:
            self._last = step
            self._tell(Progressed(key=self._key, doing=self._doing, done=done, total=self.total))
