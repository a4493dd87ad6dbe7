"""A door from ordinary code to an event loop that runs in a thread of its own."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from atelier.errors import UsageError

T = TypeVar("T")

_CLOSED = "The client is closed: make a new one."

#: Seconds after which a blocked wait looks whether Ctrl-C was pressed, which on Windows interrupts no lock.
_TICK = 0.2

#: Seconds that closing waits for calls of other threads to end, before it ends them, and for the thread.
_CLOSE = 5.0


class Portal:
    """Runs coroutines in a background thread's event loop; works where another loop runs, as in Jupyter."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="atelier-client", daemon=True)
        self._thread.start()

    def call(self, function: Callable[..., Coroutine[Any, Any, T]], *args: Any, **kwargs: Any) -> T:
        """Run `function(*args, **kwargs)` there and return what it returns, or raise what it raises.

        A callback `on_event` is called here, in the caller's thread. Ctrl-C, and whatever the callback
        raises, cancels the coroutine, waits until it has wound up, and goes on.

        Raises:
            UsageError: the portal is closed, is closed meanwhile, or this is its own thread.
        """
        if self._loop.is_closed():
            raise UsageError(_CLOSED)
        if threading.current_thread() is self._thread:
            raise UsageError("A blocking call in the client's own thread would wait for itself.")
        # Holds events for the callback, and at last the finished task.
        news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        callback: Callable[[Any], None] = kwargs.get("on_event") or _ignore
        if callback is not _ignore:
            kwargs["on_event"] = news.put
        tasks: list[asyncio.Task[T]] = []

        def start() -> None:
            tasks.append(self._loop.create_task(function(*args, **kwargs)))
            tasks[0].add_done_callback(news.put)

        self._loop.call_soon_threadsafe(start)
        try:
            while not isinstance(item := self._next(news), asyncio.Task):
                callback(item)
        except BaseException:
            if self._thread.is_alive():
                self._loop.call_soon_threadsafe(lambda: tasks[0].cancel())
                while not isinstance(self._next(news), asyncio.Task):
                    pass
            raise
        done: asyncio.Task[T] = item
        if done.cancelled():
            raise UsageError(_CLOSED)
        return done.result()

    def close(self) -> None:
        """End the calls of other threads, stop the loop and its thread; a second time does nothing."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(_end_others(), self._loop).add_done_callback(
            lambda _: self._loop.call_soon_threadsafe(self._loop.stop)
        )
        self._thread.join(3 * _CLOSE)
        if not self._thread.is_alive():
            self._loop.close()

    def _next(self, news: queue.SimpleQueue[Any]) -> Any:
        while True:
            try:
                return news.get(timeout=_TICK)
            except queue.Empty:
                # Closed by another thread, or left behind in the parent by a fork.
                if not self._thread.is_alive():
                    raise UsageError(_CLOSED) from None


async def _end_others() -> None:
    """Wait for the tasks of this loop, which the client's end has reached; cancel those that are slow."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if not others:
        return
    _, late = await asyncio.wait(others, timeout=_CLOSE)
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late, timeout=_CLOSE)


def _ignore(event: object) -> None:
    """Stand in for a callback that nobody gave."""
