"""Tickets: what a browser may put into an address, where a token must never stand.

A ticket stands for one token for a minute, and only to see pictures and to hear of jobs.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

#: Seconds that a ticket is good for.
LIFETIME = 60.0
#: Tickets of one token that are good at once: a page needs one for its pictures, a gallery a few.
_MOST_OF_ONE = 100


@dataclass(frozen=True, kw_only=True)
class _Ticket:
    #: Of the token that it stands for, and with which it ends.
    digest: bytes
    until: float


class Tickets:
    """Tickets of this process; a restart ends them."""

    def __init__(self, *, monotonic: Callable[[], float]) -> None:
        self._now = monotonic
        #: The oldest first, since all live equally long.
        self._tickets: OrderedDict[str, _Ticket] = OrderedDict()

    def issue(self, digest: bytes) -> str:
        """Return a new ticket for a token."""
        now = self._now()
        while self._tickets and next(iter(self._tickets.values())).until <= now:
            self._tickets.popitem(last=False)
        own = [each for each, known in self._tickets.items() if known.digest == digest]
        for each in own[: max(0, len(own) - _MOST_OF_ONE + 1)]:
            del self._tickets[each]
        ticket = secrets.token_urlsafe(32)
        self._tickets[ticket] = _Ticket(digest=digest, until=now + LIFETIME)
        return ticket

    def redeem(self, ticket: str) -> bytes | None:
        """Return the digest of the token that a ticket stands for; None for one that is over or unknown.

        It may be used again while it lives: a browser asks for one picture several times.
        """
        found = self._tickets.get(ticket)
        return None if found is None or found.until <= self._now() else found.digest

    def __len__(self) -> int:
        return len(self._tickets)
