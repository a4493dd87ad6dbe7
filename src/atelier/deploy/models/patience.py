"""How often and after which pause a download is tried again."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from atelier.deploy.models.events import Retrying, Tell
from atelier.errors import DownloadFailed

#: Answers after which the same request may succeed: too early, too many, or the server's own trouble.
WORTH_ANOTHER_TRY = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, kw_only=True)
class Patience:
    """The limits of waiting for a server."""

    #: Tries in a row that brought less than `progress` new bytes, after which it is given up.
    tries: int = 8
    progress: int = 8 * 2**20
    #: Seconds before the second try; doubled for each that follows, up to `longest_pause`.
    first_pause: float = 1.0
    longest_pause: float = 30.0
    #: Seconds that a server may ask to wait (Retry-After).
    longest_retry_after: float = 300.0
    #: Seconds for a connection, and for the answer to a question that brings no file.
    connect: float = 30.0
    question: float = 10.0
    #: Seconds without a single byte, after which a connection counts as cut.
    silence: float = 60.0


class Tries:
    """Counts the tries for one file."""

    def __init__(self, patience: Patience, key: str, tell: Tell) -> None:
        self._patience, self._key, self._tell = patience, key, tell
        self._failed = 0
        self._highest = 0

    async def again(self, reason: str, *, reached: int = 0, retry_after: float | None = None) -> None:
        """Wait until the next try.

        Args:
            reason: What broke.
            reached: Bytes that are there by now.
            retry_after: Seconds that the server asks for.

        Raises:
            DownloadFailed: there were enough of them, or the server asks for too long a pause.
        """
        limits = self._patience
        if reached >= self._highest + limits.progress:
            self._highest, self._failed = reached, 0
        self._failed += 1
        kept = f" {reached:,} bytes are kept: the same command goes on from there." if reached else ""
        if self._failed >= limits.tries:
            raise DownloadFailed(
                f"{self._key}: {reason}. Given up after {self._failed} "
                f"{'try' if self._failed == 1 else 'tries'} without progress.{kept} See whether this machine "
                "reaches the server, raise --tries, or take another source: --mirror, --offline."
            )
        if retry_after is not None and retry_after > limits.longest_retry_after:
            raise DownloadFailed(
                f"{self._key}: {reason}, and asks for a pause of {retry_after:.0f} s: try again then.{kept}"
            )
        pause = min(limits.first_pause * 2 ** (self._failed - 1), limits.longest_pause)
        pause = pause if retry_after is None else retry_after
        self._tell(
            Retrying(key=self._key, reason=reason, attempt=self._failed + 1, of=limits.tries, pause=pause)
        )
        await asyncio.sleep(pause)


def seconds_of(retry_after: str | None) -> float | None:
    """Return the seconds that a Retry-After header asks for, as a number or a date; None for neither.

    Source: RFC 9110, section 10.2.3.
    """
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
