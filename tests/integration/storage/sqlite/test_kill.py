"""`kill -9` of the writing process: nothing that was acknowledged is lost, and nothing is half there."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from atelier.storage.job import JobState
from atelier.storage.sqlite import SqliteStorage
from tests.integration.storage.invariants import require_sound

WRITER = """
import asyncio, sys
from pathlib import Path
from atelier.storage.sqlite import SqliteStorage
from tests.integration.storage.makers import add_accounts, claim, end, submit, worker

async def produce(storage, name):
    while True:
        job = await submit(storage, name)
        print("submitted", job.id, flush=True)

async def consume(storage):
    while True:
        by = worker()
        job = await claim(storage, by)
        if job is None:
            await asyncio.sleep(0)
            continue
        print("claimed", job.id, flush=True)
        await storage.jobs.finish(job.id, by, end())
        print("finished", job.id, flush=True)

async def main():
    storage = SqliteStorage(Path(sys.argv[1]))
    for name in ("ada", "ben"):
        if await storage.accounts.get(name) is None:
            await add_accounts(storage, name)
    await asyncio.gather(
        produce(storage, "ada"), produce(storage, "ben"), consume(storage), consume(storage)
    )

asyncio.run(main())
"""


def killed_after(path: Path, lines: int) -> list[list[str]]:
    """Run the writer until it has said so many lines, kill it, and return all that it said."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(__file__).parents[4],
    ) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        said += process.stdout.readlines()
        process.wait(30)
    assert len(said) >= lines
    assert all(each.endswith("\n") for each in said[:lines]), "the writer ended by itself"
    # A line that was cut off was not said.
    return [each.split() for each in said if each.endswith("\n")]


async def require_kept(path: Path, told: list[list[str]]) -> None:
    storage = SqliteStorage(path)
    for what, job_id in told:
        job = await storage.jobs.get(job_id)
        assert job is not None, f"{what} and lost"
        if what == "finished":
            assert job.state is JobState.SUCCEEDED
        elif what == "claimed":
            assert job.attempt == 1
    await storage.close()


@pytest.mark.parametrize("lines", [7, 60, 61, 250])
def test_a_killed_writer_loses_nothing_that_it_acknowledged(tmp_path: Path, lines: int) -> None:
    path = tmp_path / "atelier.db"
    told: list[list[str]] = []
    for _ in range(2):
        told += killed_after(path, lines)
        asyncio.run(require_kept(path, told))
        require_sound(path)
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
