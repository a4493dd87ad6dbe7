"""How long a claim takes, and how many submissions a second are on the disk, in the SQLite storage."""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from atelier.schemas.needs import Needs
from atelier.storage.account import Account, Limits, Role
from atelier.storage.job import NewJob
from atelier.storage.sqlite import SqliteStorage

ACCOUNTS = 200
FEW, MANY = 1_000, 100_000
CLAIMS = 200
CALLERS = 16
SUBMITTED_FOR = 2.0

#: 7 nodes, about 3 KB, as a text-to-image workflow.
WORKFLOW = {
    str(number): {"class_type": "KSampler", "inputs": {"text": "x" * 380, "model": ["1", 0]}}
    for number in range(7)
}
NEEDS = Needs(node_classes=frozenset({"KSampler"}), models=frozenset(), model=None, kind="kind")


@dataclass(frozen=True, kw_only=True)
class QueueFigures:
    """What was measured on one disk, one after the other."""

    #: Milliseconds: a commit of one row, without anything of ours.
    commit: float
    #: Milliseconds from the call to the answer, the commit included, with few and many waiting jobs.
    claim_few: float
    claim_many: float
    #: Milliseconds of the processor for a claim.
    claim_cpu_few: float
    claim_cpu_many: float
    #: A second, with many waiting, by 16 callers that each wait for the last answer.
    submissions: float


def measure() -> QueueFigures:
    """Measure in a new database on the disk of temporary files."""
    with tempfile.TemporaryDirectory() as home:
        return asyncio.run(_measure(Path(home)))


def commit_milliseconds(path: Path) -> float:
    """Return the median time of a commit that waits for the disk, with SQLite alone."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE t (x TEXT)")
    times = []
    for _ in range(CLAIMS):
        began = time.perf_counter()
        connection.execute("INSERT INTO t VALUES ('x')")
        times.append(time.perf_counter() - began)
    connection.close()
    return statistics.median(times) * 1e3


async def _measure(home: Path) -> QueueFigures:
    commit = commit_milliseconds(home / "alone.db")
    storage = SqliteStorage(home / "atelier.db")
    try:
        for number in range(ACCOUNTS):
            await storage.accounts.add(
                Account(id=f"a{number}", name=f"a{number}", role=Role.STUDENT, created_at=0.0)
            )
        await _fill(storage, FEW)
        few, cpu_few = await _claims(storage)
        await _fill(storage, MANY - FEW)
        many, cpu_many = await _claims(storage)
        submissions = await _submissions(storage)
    finally:
        await storage.close()
    return QueueFigures(
        commit=commit,
        claim_few=few,
        claim_many=many,
        claim_cpu_few=cpu_few,
        claim_cpu_many=cpu_many,
        submissions=submissions,
    )


def _job(number: int) -> NewJob:
    # Half of all jobs are one account's.
    account = "a0" if number % 2 else f"a{number // 2 % ACCOUNTS}"
    return NewJob(
        id=str(uuid.uuid4()),
        account_id=account,
        given_id=None,
        body_digest="",
        client_id=None,
        workflow=WORKFLOW,
        targets=("6",),
        extra_data={},
        needs=NEEDS,
        images=1,
    )


async def _fill(storage: SqliteStorage, jobs: int) -> None:
    for begun in range(0, jobs, 1000):
        count = min(1000, jobs - begun)
        await asyncio.gather(*(storage.jobs.submit(_job(number), Limits()) for number in range(count)))


async def _claims(storage: SqliteStorage) -> tuple[float, float]:
    """Return the median time of a claim, and the mean time of the processor, in milliseconds.

    Each job is given back, so that every claim finds as many waiting.
    """
    times, cpu = [], 0.0
    for number in range(CLAIMS):
        worker = f"worker-{uuid.uuid4()}"
        began, busy = time.perf_counter(), time.process_time()
        job = await storage.jobs.claim("engine", worker, unable=(), lease=60.0, defaults={})
        times.append(time.perf_counter() - began)
        cpu += time.process_time() - busy
        if job is None:
            raise RuntimeError(f"The queue was empty at claim {number}.")
        await storage.jobs.give_back(job.id, worker, "measured", counted=False)
    return statistics.median(times) * 1e3, cpu / CLAIMS * 1e3


async def _submissions(storage: SqliteStorage) -> float:
    until = time.perf_counter() + SUBMITTED_FOR

    async def caller(first: int) -> int:
        done = 0
        while time.perf_counter() < until:
            await storage.jobs.submit(_job(first + done), Limits())
            done += 1
        return done

    began = time.perf_counter()
    counts = await asyncio.gather(*(caller(number * 1000) for number in range(CALLERS)))
    return sum(counts) / (time.perf_counter() - began)
