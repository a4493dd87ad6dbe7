"""The inbox is bounded, and what it drops is what matters least."""

from __future__ import annotations

import asyncio

from atelier.client._events import NodeDone, Progress, Started
from atelier.client._inbox import Inbox, signal_inbox
from atelier.client._messages import Signal


def progress(value: float) -> Progress:
    return Progress(job_id="j", value=value, max=9, node="1")


def drained(inbox: Inbox[Signal]) -> list[Signal]:
    signals = []
    while (signal := inbox.take()) is not None:
        signals.append(signal)
    return signals


def test_a_full_inbox_drops_the_oldest_progress_first() -> None:
    inbox = signal_inbox(limit=3)
    for signal in (Started(job_id="j"), progress(1), progress(2), progress(3)):
        inbox.put(signal)
    assert drained(inbox) == [Started(job_id="j"), progress(2), progress(3)]


def test_a_full_inbox_without_progress_drops_the_oldest_signal() -> None:
    inbox = signal_inbox(limit=2)
    for node in "123":
        inbox.put(NodeDone(job_id="j", node=node, outputs={}))
    assert [signal.node for signal in drained(inbox) if isinstance(signal, NodeDone)] == ["2", "3"]


def test_what_is_put_first_is_taken_first_and_in_order() -> None:
    inbox = signal_inbox()
    inbox.put(progress(3))
    inbox.put_first([progress(1), progress(2)])
    assert drained(inbox) == [progress(1), progress(2), progress(3)]


async def test_waiting_ends_when_something_is_put() -> None:
    inbox = signal_inbox()
    waiting = asyncio.create_task(inbox.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    inbox.put(progress(1))
    await asyncio.wait_for(waiting, 30)
    inbox.take()
    again = asyncio.create_task(inbox.wait())
    await asyncio.sleep(0)
    assert not again.done()
    again.cancel()
