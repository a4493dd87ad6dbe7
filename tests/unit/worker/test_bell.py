"""A bell wakes whoever waits, and loses nothing between a look and a wait."""

from __future__ import annotations

import asyncio

from atelier.worker.bell import Bell, wait_for_any

PATIENCE = 30.0


async def test_a_ring_between_the_look_and_the_wait_is_heard() -> None:
    bell = Bell()
    rung = bell.rung
    bell.ring()
    await wait_for_any(rung.wait(), timeout=PATIENCE)
    assert rung.is_set()
    assert not bell.rung.is_set()


async def test_everybody_who_waits_is_woken() -> None:
    bell = Bell()
    waiting = [asyncio.create_task(bell.rung.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    bell.ring()
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*waiting)


async def test_a_wait_ends_with_the_first_and_cancels_the_others() -> None:
    first, never = asyncio.Event(), asyncio.Event()
    ended: list[str] = []

    async def other() -> None:
        try:
            await never.wait()
        finally:
            ended.append("other")

    first.set()
    await wait_for_any(first.wait(), other(), timeout=PATIENCE)
    await asyncio.sleep(0)
    assert ended == ["other"]


async def test_a_wait_that_is_over_already_returns_at_once() -> None:
    await wait_for_any(asyncio.Event().wait(), timeout=-5.0)
