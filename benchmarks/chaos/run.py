"""One run: a service, an engine and a few jobs, a fault, and what became of the jobs."""

from __future__ import annotations

import asyncio
import io
import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from PIL import Image

from atelier.errors import ArtifactUnusable
from atelier.providers.embedded import EngineProcess
from atelier.providers.kept_engine import lasting_port
from atelier.storage.artifacts import ArtifactStore
from atelier.storage.file import Area
from atelier.storage.job import Job, JobState
from atelier.storage.sqlite.storage import SqliteStorage
from benchmarks.chaos.door import Door
from benchmarks.chaos.scenarios import LONGEST, Scenario, fault
from benchmarks.chaos.service import Life, Wish, accepted_file, live, struck_file
from benchmarks.chaos.small_disk import small_disk

#: Jobs of each of the two accounts.
JOBS_EACH = 2

#: Seconds in which one life of the service must come to its end, one way or another.
_LIFE = 60.0
#: Lives after which a run has failed.
_LIVES = 8
_ENGINE_START = 60.0

#: Processes begin from one that has the modules loaded already.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["benchmarks.chaos.door", "benchmarks.chaos.service"])


@dataclass(frozen=True, kw_only=True)
class Count:
    """What became of the jobs of some runs."""

    runs: int = 0
    #: Accepted: the answer left, or the job was found stored.
    jobs: int = 0
    #: Not there any more, not ended, or ended well without their pictures.
    lost: int = 0
    #: With more than one set of outputs, or charged more than once.
    doubled: int = 0
    #: Called a success with a picture that is not what was asked for.
    wrong: int = 0
    #: Ended as failed, with the reasons.
    failed: int = 0
    #: Drawn a second time, since the first was not to be had.
    again: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(
            **{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(Count)}
        )

    @property
    def flawless(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)


class Lane:
    """An engine that is started again whenever it was killed, for one run after the other."""

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="atelier-chaos-"))
        self._port = lasting_port()
        self._engine = EngineProcess(self._directory / "engine", port=self._port)
        self._url = self._engine.wait_until_ready(_ENGINE_START)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.stop()
        shutil.rmtree(self._directory, ignore_errors=True)

    def run(self, scenario: Scenario, seed: int) -> Count:
        """Run a scenario once; the seed says when it strikes and what is drawn.

        Where all jobs ended before it struck, it is run anew with an earlier moment.
        """
        chance = random.Random(f"{scenario.name} {seed}")
        within = LONGEST
        run = self._run_door if scenario.door else self._run_service
        while True:
            directory = Path(tempfile.mkdtemp(prefix="run-", dir=self._directory))
            with small_disk(directory) if scenario.small_disk else nullcontext():
                count, struck = run(scenario, chance, directory, within)
            shutil.rmtree(directory)
            if struck or not count.flawless:
                return count
            within *= 0.7

    def _run_service(
        self, scenario: Scenario, chance: random.Random, directory: Path, within: float
    ) -> tuple[Count, bool]:
        wishes = _wishes(chance)
        times = scenario.times if scenario.deed != "die" else chance.randint(1, scenario.times)
        for number in range(_LIVES):
            self._keep_engine()
            life = Life(
                directory=directory,
                engine_url=self._url,
                engine_pid=self._engine.pid,
                wishes=wishes,
                fault=fault(scenario, chance, jobs=len(wishes), within=within) if number < times else None,
            )
            if self._live(life):
                break
        count = asyncio.run(_judged(directory, wishes, self._drawn))
        return count, struck_file(directory).exists()

    def _run_door(
        self, scenario: Scenario, chance: random.Random, directory: Path, within: float
    ) -> tuple[Count, bool]:
        wishes = _wishes(chance)
        door = Door(directory, self._url, wishes)
        delays = [chance.uniform(0.0, within) for _ in range(chance.randint(1, scenario.times))]
        asyncio.run(door.enrol())

        def breaking() -> None:
            door.kill()
            if scenario.deed == "both":
                os.kill(self._engine.pid, signal.SIGKILL)
                while self._engine.running:
                    time.sleep(0.01)
                self._keep_engine()
            door.start()

        self._keep_engine()
        door.start()
        try:
            struck = asyncio.run(door.serve_everybody(delays, breaking))
            door.stop()
        finally:
            door.kill()
        count = asyncio.run(_judged(directory, wishes, self._drawn))
        shown = sum(door.seen.get(each.given_id) == each.color for each in wishes)
        return count + Count(wrong=len(wishes) - count.failed - shown), struck

    @property
    def _drawn(self) -> Path:
        return self._directory / "engine" / "output" / "atelier"

    def _live(self, life: Life) -> bool:
        """Let the service live once; return whether it ended by itself with all its jobs."""
        process = _PROCESSES.Process(target=live, args=(life,), daemon=True)
        process.start()
        end = time.monotonic() + _LIFE
        while process.is_alive() and time.monotonic() < end:
            process.join(0.02)
            self._keep_engine()
        if process.is_alive():
            process.kill()
            process.join()
        return process.exitcode == 0 and _all_ended(life)

    def _keep_engine(self) -> None:
        if not self._engine.running:
            self._engine.stop()
            self._engine = EngineProcess(self._directory / "engine", port=self._port)
            self._engine.wait_until_ready(_ENGINE_START)


def _wishes(chance: random.Random) -> tuple[Wish, ...]:
    return tuple(
        Wish(account=account, given_id=f"{account}-{number}", color=chance.randrange(1 << 24))
        for number in range(JOBS_EACH)
        for account in ("anna", "bert")
    )


def _all_ended(life: Life) -> bool:
    return asyncio.run(_unended(life)) == 0


async def _unended(life: Life) -> int:
    storage = SqliteStorage(life.directory / "atelier.db")
    try:
        jobs = [await storage.jobs.find(each.account, each.given_id) for each in life.wishes]
        return sum(job is None or not job.state.final for job in jobs)
    finally:
        await storage.close()


async def _judged(directory: Path, wishes: tuple[Wish, ...], drawn: Path) -> Count:
    storage = SqliteStorage(directory / "atelier.db")
    artifacts = ArtifactStore(directory / "artifacts")
    found: Counter[str] = Counter()
    made: Counter[str] = Counter()
    try:
        accepted = set(accepted_file(directory).read_text().split())
        for wish in wishes:
            job = await storage.jobs.find(wish.account, wish.given_id)
            if job is None:
                # Nobody was told that it was accepted: it counts only if somebody was.
                continue
            accepted.discard(wish.given_id)
            found["jobs"] += 1
            found["lost"] += not job.state.final
            found["failed"] += job.state is JobState.FAILED
            pictures = await _pictures(storage, artifacts, job)
            kept = await storage.files.of_job(job.id)
            made[wish.account] += job.state is JobState.SUCCEEDED
            if job.state is JobState.SUCCEEDED:
                found["lost"] += not pictures
                found["wrong"] += any(each != wish.color for each in pictures)
                found["doubled"] += len(pictures) > 1 or len(kept) > len(pictures)
            found["again"] += max(0, len(list((drawn / job.id).rglob("*.png"))) - 1)
        found["lost"] += len(accepted)
        found["jobs"] += len(accepted)
        for use in await storage.usage.of(since="1970-01-01"):
            found["doubled"] += use.images != made[use.account_id] or use.reserved_images != 0
    finally:
        await storage.close()
    return Count(runs=1, **found)


async def _pictures(storage: SqliteStorage, artifacts: ArtifactStore, job: Job) -> list[int]:
    """Return the colours of the pictures that a job's outputs name and that are there."""
    colors = []
    output: dict[str, Any]
    for output in job.outputs.values():
        for entry in output["images"]:
            file = await storage.files.get(
                job.account_id, Area(entry["type"]), entry["subfolder"], entry["filename"]
            )
            if file is None:
                continue
            try:
                data = await artifacts.bytes_of(file.artifact.digest, verify=True)
            except ArtifactUnusable:
                continue
            with Image.open(io.BytesIO(data)) as picture:
                red, green, blue = picture.convert("RGB").getpixel((0, 0))  # type: ignore[misc]
            colors.append(red << 16 | green << 8 | blue)
    return colors
