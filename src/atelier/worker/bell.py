"""A bell that wakes those who wait for it; nothing is lost when it rings for nobody."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


class Bell:
    """Wakes the waiting tasks of one event loop.

    Who may sleep takes `rung` before it looks whether there is anything to do, and waits for that.
    """

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    @property
    def rung(self) -> asyncio.Event:
        """The event that the next ringing sets."""
        return self._rung

    def ring(self) -> None:
        """Wake everybody who waits now."""
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()


@dataclass(frozen=True)
class Bells:
    """The bells between those who store jobs and those who run them."""

    #: A job waits: one was stored or given back, or one ended, so that its account may start another.
    waiting: Bell = field(default_factory=Bell)
    #: An account wants a running job stopped.
    stopping: Bell = field(default_factory=Bell)


async def sleep_until(*events: asyncio.Event, timeout: float) -> None:
    """Wait until one of the events is set, or the time is up."""
    waits = {asyncio.ensure_future(event.wait()) for event in events}
    try:
        await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
