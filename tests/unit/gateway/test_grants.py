"""A revocation is felt: a grant is remembered for a moment, and never one that was read before a change."""

from __future__ import annotations

import asyncio
from typing import Any

from atelier.gateway.grants import FRESH, Grants
from atelier.storage.account import Account, Role
from atelier.storage.token import Grant, TokenKind

GRANT = Grant(
    account=Account(id="a", name="ada", role=Role.STUDENT, created_at=0.0),
    token_id="t",
    kind=TokenKind.BEARER,
    scopes=None,
)


class Tokens:
    """Storage's tokens as far as grants ask them; each look-up waits for `answer`."""

    def __init__(self) -> None:
        self.good: Grant | None = GRANT
        self.asked = 0
        self.answer = asyncio.Event()
        self.answer.set()

    async def grant(self, digest: bytes) -> Grant | None:
        self.asked += 1
        found = self.good
        await self.answer.wait()
        return found


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def grants_of(tokens: Any, clock: Clock) -> Grants:
    return Grants(tokens, monotonic=clock)


async def test_a_page_of_many_files_costs_one_look_up() -> None:
    tokens, clock = Tokens(), Clock()
    grants = grants_of(tokens, clock)
    for _ in range(480):
        assert await grants.of(b"d") == GRANT
    assert tokens.asked == 1
    clock.now += FRESH
    await grants.of(b"d")
    assert tokens.asked == 2


async def test_a_revocation_elsewhere_counts_once_the_grant_is_stale() -> None:
    tokens, clock = Tokens(), Clock()
    grants = grants_of(tokens, clock)
    await grants.of(b"d")
    tokens.good = None
    clock.now += FRESH
    assert await grants.of(b"d") is None
    assert await grants.of(b"d") is None


async def test_a_revocation_here_counts_at_once() -> None:
    tokens = Tokens()
    grants = grants_of(tokens, Clock())
    await grants.of(b"d")
    tokens.good = None
    grants.forget()
    assert await grants.of(b"d") is None


async def test_what_was_read_before_a_revocation_is_not_remembered_after_it() -> None:
    tokens = Tokens()
    grants = grants_of(tokens, Clock())
    tokens.answer.clear()
    early = asyncio.create_task(grants.of(b"d"))
    # It runs up to where it waits for the answer.
    await asyncio.sleep(0)
    assert tokens.asked == 1
    tokens.good = None
    grants.forget()
    tokens.answer.set()
    await early
    assert await grants.of(b"d") is None


async def test_bad_tokens_are_not_remembered() -> None:
    tokens = Tokens()
    tokens.good = None
    grants = grants_of(tokens, Clock())
    assert await grants.of(b"d") is None
    tokens.good = GRANT
    assert await grants.of(b"d") == GRANT


async def test_a_change_wakes_those_who_wait_for_one() -> None:
    grants = grants_of(Tokens(), Clock())
    waiting = asyncio.create_task(grants.changed(within=60.0))
    await asyncio.sleep(0)
    grants.forget()
    async with asyncio.timeout(30):
        await waiting
