"""What tokens are good for, remembered for a moment so that 480 files of a page cost one look-up."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from atelier.storage.contract import Tokens
from atelier.storage.token import Grant

#: Seconds for which a grant counts without another look: a revocation elsewhere is felt after that.
FRESH = 2.0
#: Tokens that are remembered; far more than are ever used within `FRESH`.
_MOST = 10_000


class Grants:
    """Looks tokens up, a good one at most once within `FRESH`."""

    def __init__(self, tokens: Tokens, *, monotonic: Callable[[], float]) -> None:
        self._tokens = tokens
        self._now = monotonic
        self._known: OrderedDict[bytes, tuple[float, Grant]] = OrderedDict()
        self._changed = asyncio.Event()

    async def of(self, digest: bytes) -> Grant | None:
        """Return who a token speaks for; None where it is good for nothing."""
        known = self._known.get(digest)
        if known is not None and self._now() < known[0]:
            return known[1]
        asked = self._changed
        until = self._now() + FRESH
        grant = await self._tokens.grant(digest)
        if grant is None:
            self._known.pop(digest, None)
            return None
        # What was read before a revocation must not be remembered after it.
        if asked is self._changed:
            self._known[digest] = until, grant
            self._known.move_to_end(digest)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        return grant

    def forget(self) -> None:
        """Look everybody up again; to be called when a token or an account was changed in this process."""
        self._known.clear()
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def changed(self, within: float) -> None:
        """Wait until something was changed in this process, and for `within` seconds at most."""
        waiting = self._changed
        try:
            async with asyncio.timeout(within):
                await waiting.wait()
        except TimeoutError:
            return
