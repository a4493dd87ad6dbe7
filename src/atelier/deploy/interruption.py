"""Lets Ctrl-C and SIGTERM end work that blocks the event loop."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interruptible() -> Iterator[None]:
    """End what runs within at once when the process is told to, with the program that it waits for.

    The event loop would only cancel its task, which takes notice when the work is done: after minutes, where
    images are built.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.default_int_handler),
        signal.SIGTERM: signal.signal(signal.SIGTERM, _cancel),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _cancel(*_: object) -> None:
    raise asyncio.CancelledError
