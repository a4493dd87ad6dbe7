"""The signals that wait for one run to take them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

from atelier.client._events import Preview, Progress
from atelier.client._messages import Signal

#: Signals that wait at most. A reader that is slower than that loses steps and previews, then the oldest
#: signals; the outputs come from the history in any case.
LIMIT = 1000


class Inbox:
    """A bounded queue of signals; putting never waits."""

    def __init__(self, *, limit: int = LIMIT) -> None:
        self._signals: deque[Signal] = deque()
        self._limit = limit
        self._filled = asyncio.Event()

    def __len__(self) -> int:
        return len(self._signals)

    def put(self, signal: Signal) -> None:
        """Add a signal; at the limit, drop the oldest progress or preview, or else the oldest signal."""
        if len(self._signals) >= self._limit:
            expendable = (each for each in self._signals if isinstance(each, (Progress, Preview)))
            self._signals.remove(next(expendable, self._signals[0]))
        self._signals.append(signal)
        self._filled.set()

    def put_first(self, signals: Iterable[Signal]) -> None:
        """Add signals that are to be taken before all others, in their order."""
        self._signals.extendleft(reversed(list(signals)))
        if self._signals:
            self._filled.set()

    def take(self) -> Signal | None:
        """Remove and return the next signal; None where there is none."""
        if not self._signals:
            return None
        signal = self._signals.popleft()
        if not self._signals:
            self._filled.clear()
        return signal

    async def wait(self) -> None:
        """Wait until there is a signal."""
        await self._filled.wait()
