"""A status is read once for many who ask, and never counts after a change."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from atelier.gateway.statuses import FRESH, Statuses


class Jobs:
    """A queue as far as a status asks it; each count waits for `answer`."""

    def __init__(self) -> None:
        self.count = 0
        self.asked = 0
        self.answer = asyncio.Event()
        self.answer.set()

    async def unfinished(self, account_id: str) -> int:
        self.asked += 1
        count = self.count
        await self.answer.wait()
        return count

    async def list(self, account_id: str, **_: Any) -> Sequence[Any]:
        return ()


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def statuses_of(jobs: Any, clock: Clock) -> Statuses:
    return Statuses(jobs, engines=lambda: 1, monotonic=clock)


def remaining(status: dict[str, Any]) -> int:
    count: int = status["exec_info"]["queue_remaining"]
    return count


async def test_who_asks_all_the_time_is_answered_from_one_reading() -> None:
    jobs, clock = Jobs(), Clock()
    statuses = statuses_of(jobs, clock)
    for _ in range(100):
        await statuses.of("ada")
    assert jobs.asked == 1
    clock.now += FRESH
    await statuses.of("ada")
    await statuses.of("bob")
    assert jobs.asked == 3


async def test_a_change_counts_at_once() -> None:
    jobs = Jobs()
    statuses = statuses_of(jobs, Clock())
    assert remaining(await statuses.of("ada")) == 0
    jobs.count = 1
    statuses.changed("ada")
    assert remaining(await statuses.of("ada")) == 1


async def test_what_was_read_before_a_change_does_not_count_after_it() -> None:
    jobs = Jobs()
    statuses = statuses_of(jobs, Clock())
    jobs.answer.clear()
    early = asyncio.create_task(statuses.of("ada"))
    # It runs up to where it waits for the answer.
    await asyncio.sleep(0)
    assert jobs.asked == 1
    jobs.count = 1
    statuses.changed("ada")
    jobs.answer.set()
    assert remaining(await early) == 0
    assert remaining(await statuses.of("ada")) == 1
