"""A bell that wakes those who wait for it; nothing is lost when it rings for nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any


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


async def wait_for_any(*waits: Coroutine[Any, Any, object], timeout: float) -> None:
    """Wait until one of the waits is over, or the time is up; the others are cancelled."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, timeout=max(0.0, timeout), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
