"""What one WebSocket still has to send: bounded, so that a slow reader costs nobody else anything."""

from __future__ import annotations

import asyncio
from collections import deque
from enum import IntEnum


class Weight(IntEnum):
    """How much is lost when something is left out."""

    #: A picture that the next one replaces.
    PREVIEW = 0
    #: A count that the next one replaces.
    PROGRESS = 1
    #: What is said once.
    MESSAGE = 2


#: Bytes that may wait before what weighs no more than this is left out.
ALLOWED = {Weight.PREVIEW: 512 * 1024, Weight.PROGRESS: 2 * 1024 * 1024}
#: Bytes that may wait at all; whoever is further behind is cut off, and learns the rest when it comes back.
MOST = 16 * 1024 * 1024


class Outbox:
    """Holds what is to be sent, in order."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Weight, str | bytes]] = deque()
        self._size = 0
        self._filled = asyncio.Event()
        self._overrun = False

    def put(self, data: str | bytes, weight: Weight = Weight.MESSAGE) -> None:
        """Take something to be sent; never waits."""
        if self._overrun:
            return
        # One picture may be larger than all that may wait behind it.
        if self._waiting and self._size + len(data) > MOST:
            self._overrun = True
            self._waiting.clear()
            self._size = 0
        else:
            self._waiting.append((weight, data))
            self._size += len(data)
            for light, allowed in ALLOWED.items():
                if self._size > allowed:
                    self._leave_out(light)
        self._filled.set()

    async def next(self) -> str | bytes | None:
        """Return what is to be sent next, as soon as there is something; None once too much waited."""
        while not self._waiting:
            if self._overrun:
                return None
            self._filled.clear()
            await self._filled.wait()
        _, data = self._waiting.popleft()
        self._size -= len(data)
        return data

    def _leave_out(self, light: Weight) -> None:
        """Leave out what weighs no more than `light`, but for the latest: it stands for all before it."""
        latest = self._waiting[-1]
        kept = deque(each for each in self._waiting if each[0] > light or each is latest)
        self._waiting = kept
        self._size = sum(len(data) for _, data in kept)
