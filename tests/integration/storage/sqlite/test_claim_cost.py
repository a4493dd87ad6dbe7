"""A claim costs the same however many jobs wait; counted in SQLite's own instructions, not in seconds."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from atelier.storage.sqlite import SqliteStorage
from atelier.storage.statements import statements
from tests.integration.storage.makers import add_accounts, submit

ACCOUNTS = [f"account-{number}" for number in range(10)]
NEXT = statements("atelier.storage.sqlite", "dispatch")["next"]
ASKED = {
    "engine": "engine",
    "unable": "[]",
    "running_limits": '{"student": 2}',
    "now": 0.0,
    "patience": 5.0,
    "report_counts": 15.0,
}


def instructions(path: Path) -> int:
    """How many instructions SQLite carries out to find the next job."""
    with closing(sqlite3.connect(path)) as connection:
        count = 0

        def step() -> int:
            nonlocal count
            count += 1
            return 0

        connection.set_progress_handler(step, 1)
        assert connection.execute(NEXT, ASKED).fetchone() is not None
        return count


async def fill(storage: SqliteStorage, each: int) -> None:
    for _ in range(each):
        await asyncio.gather(*(submit(storage, name) for name in ACCOUNTS))


async def test_a_claim_costs_the_same_with_a_hundred_times_as_many_jobs(directory: Path) -> None:
    storage = SqliteStorage(directory / "a.db")
    await add_accounts(storage, *ACCOUNTS)
    await fill(storage, 2)
    few = instructions(directory / "a.db")
    await fill(storage, 198)
    many = instructions(directory / "a.db")
    await storage.close()
    assert many <= few * 1.1


async def test_accounts_that_do_not_wait_cost_a_claim_nothing(directory: Path) -> None:
    storage = SqliteStorage(directory / "a.db")
    await add_accounts(storage, *ACCOUNTS)
    await fill(storage, 1)
    few = instructions(directory / "a.db")
    await asyncio.gather(*(add_accounts(storage, f"idle-{number}") for number in range(1000)))
    many = instructions(directory / "a.db")
    await storage.close()
    assert many <= few * 1.1
