"""Operations that wait for a thread, which takes together what waits; and what became of them."""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")
Operation = Callable[[sqlite3.Connection], T]


class LineFull(Exception):
    """As many operations wait as may."""


@dataclass(frozen=True)
class Request:
    """An operation, and who waits for it."""

    operation: Operation[Any]
    #: Where somebody waits for it; None where nobody does.
    loop: asyncio.AbstractEventLoop | None = None
    future: asyncio.Future[Any] | None = None

    @property
    def wanted(self) -> bool:
        """Whether nobody gave up waiting for it."""
        return self.future is None or not self.future.cancelled()


@dataclass(frozen=True)
class Outcome:
    """What became of an operation."""

    request: Request
    value: Any = None
    error: Exception | None = None


class Line:
    """Operations in the order in which they came, for one thread or several.

    Args:
        longest: Operations that may wait.
        at_once: Operations that a thread takes at once.
    """

    def __init__(self, *, longest: int, at_once: int) -> None:
        self._longest = longest
        self._at_once = at_once
        self._queue: queue.SimpleQueue[Request | None] = queue.SimpleQueue()

    def put(self, request: Request) -> None:
        """Have an operation wait.

        Raises:
            LineFull: too many do.
        """
        if self._queue.qsize() >= self._longest:
            raise LineFull
        self._queue.put(request)

    def end(self) -> None:
        """Send one thread away, behind all that waits now."""
        self._queue.put(None)

    def take(self, batch: list[Request]) -> bool:
        """Wait for an operation, and add it and those behind it to a batch; False for a thread's last one."""
        item = self._queue.get()
        while item is not None:
            # Somebody who gave up before it began does not want it any more.
            if item.wanted:
                batch.append(item)
            if len(batch) == self._at_once:
                return True
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return True
        return False


def tell(outcomes: Sequence[Outcome]) -> None:
    """Wake everybody who waits, with one call for each event loop; log what failed and nobody waits for."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Outcome]] = {}
    for each in outcomes:
        if each.request.loop is not None:
            by_loop.setdefault(each.request.loop, []).append(each)
        elif each.error is not None:
            logger.warning("A write to the database failed: %s", each.error)
    for loop, of_loop in by_loop.items():
        # A loop that is closed has nobody waiting.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, of_loop)


def _settle(outcomes: Sequence[Outcome]) -> None:
    for each in outcomes:
        future = each.request.future
        if future is None or future.done():
            continue
        if each.error is not None:
            future.set_exception(each.error)
        else:
            future.set_result(each.value)
