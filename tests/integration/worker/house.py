"""A service without a gateway: a real database, a real artifact store, and workers that are in a hurry."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from atelier.providers.comfyui import ComfyUI
from atelier.providers.messages import Message
from atelier.schemas.needs import Needs
from atelier.storage.account import Account, Limits, Role
from atelier.storage.artifacts import ArtifactStore
from atelier.storage.file import Area
from atelier.storage.job import Job, JobState, NewJob
from atelier.storage.sqlite.storage import SqliteStorage
from atelier.worker.announcements import Announcement
from atelier.worker.bell import Bell, wait_for_any
from atelier.worker.milestones import Milestone
from atelier.worker.pace import Pace
from atelier.worker.worker import Surroundings, Worker

#: Seconds after which a test that waits for something has failed.
PATIENCE = 60.0

#: As a service's, in a hurry.
HURRY = Pace(
    lease=10.0,
    claim=0.1,
    look=0.05,
    quiet=0.2,
    unreachable=1.0,
    longest=60.0,
    stop=5.0,
    report=0.5,
    refresh=60.0,
    rest=0.05,
)

NOTHING = Needs(node_classes=frozenset(), models=frozenset(), model=None, kind="nothing")


def workflow(prefix: str = "fox", *, color: int = 0, batch: int = 1) -> dict[str, Any]:
    """Return a workflow that is quick to run."""
    empty = {"width": 16, "height": 16, "batch_size": batch, "color": color}
    return {
        "1": {"class_type": "EmptyImage", "inputs": empty},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": prefix}},
    }


class Notes:
    """Writes down what is announced."""

    def __init__(self) -> None:
        self.all: list[tuple[Job, Announcement]] = []
        self.news = Bell()

    def announce(self, job: Job, announcement: Announcement) -> None:
        self.all.append((job, announcement))
        self.news.ring()

    def messages(self, job: Job) -> list[Message]:
        return [each for of, each in self.all if of.id == job.id and isinstance(each, Message)]

    def types(self, job: Job) -> list[str]:
        """Return the types of a job's messages in order, steps left out."""
        return [each.type for each in self.messages(job) if not each.type.startswith("progress")]


class House:
    """Storage, files and announcements of one service."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        #: Seconds by which the clock of the leases is ahead.
        self.ahead = 0.0
        self.storage = SqliteStorage(directory / "atelier.db", clock=self.clock)
        self.artifacts = ArtifactStore(directory / "artifacts")
        self.notes = Notes()
        self.milestones: list[Milestone] = []
        self.surroundings = Surroundings(
            storage=self.storage,
            artifacts=self.artifacts,
            announcer=self.notes,
            pace=HURRY,
            at_milestone=self.milestones.append,
            clock=self.clock,
        )

    def clock(self) -> float:
        return time.time() + self.ahead

    def hurry(self, **changes: Any) -> None:
        """Change the pace of the workers that start from now on, or other parts of their surroundings."""
        pace = {name: changes.pop(name) for name in list(changes) if name in Pace.__dataclass_fields__}
        self.surroundings = replace(self.surroundings, pace=replace(HURRY, **pace), **changes)

    async def add_account(self, id: str = "anna") -> None:
        await self.storage.accounts.add(Account(id=id, name=id, role=Role.STUDENT, created_at=time.time()))

    async def submit(
        self,
        graph: dict[str, Any] | None = None,
        *,
        account: str = "anna",
        given_id: str | None = None,
        needs: Needs = NOTHING,
        images: int = 8,
        **further: Any,
    ) -> Job:
        new = NewJob(
            id=str(uuid.uuid4()),
            account_id=account,
            given_id=given_id,
            body_digest="digest",
            client_id="tab",
            workflow=workflow() if graph is None else graph,
            targets=further.pop("targets", ()),
            extra_data=further.pop("extra_data", {}),
            needs=needs,
            images=images,
            **further,
        )
        job = await self.storage.jobs.submit(new, Limits())
        self.surroundings.bells.waiting.ring()
        return job

    async def upload(self, data: bytes, name: str, *, account: str = "anna", subfolder: str = "") -> None:
        artifact = await self.artifacts.put_bytes(data)
        await self.storage.files.put(account, Area.INPUT, subfolder, name, artifact, media_type="image/png")

    async def taken(self, *, lease: float = HURRY.lease) -> Job:
        """Claim a job for a worker that is never heard of again."""
        job = await self.storage.jobs.claim("one", "gone", unable=(), lease=lease, defaults={})
        assert job is not None
        return job

    @asynccontextmanager
    async def worker(self, url: str, *, name: str = "one", grace: float = 5.0) -> AsyncIterator[Worker]:
        """Serve an engine for as long as the context lasts."""
        async with ComfyUI(url, request_timeout=5.0, file_timeout=5.0, heartbeat=0.5) as engine:
            worker = Worker(name, engine, self.surroundings)
            running = asyncio.create_task(worker.run())
            try:
                yield worker
                worker.stop(grace)
                async with asyncio.timeout(PATIENCE):
                    await running
            finally:
                running.cancel()
                await asyncio.wait({running})

    async def job(self, job: Job) -> Job:
        """Return a job as it is now."""
        now = await self.storage.jobs.get(job.id)
        assert now is not None
        return now

    async def ended(self, job: Job) -> Job:
        """Wait for the end of a job, and until it was told."""
        return await self.until(job, *(state for state in JobState if state.final))

    async def until(self, job: Job, *states: JobState) -> Job:
        """Wait until a job is in one of some states."""
        async with asyncio.timeout(PATIENCE):
            while True:
                news = self.notes.news.rung
                now = await self.job(job)
                told = not now.state.final or self.notes.types(now)[-1:] == ["executing"]
                if now.state in states and told:
                    return now
                await wait_for_any(news.wait(), timeout=0.02)

    async def names(self, *, account: str = "anna", area: Area = Area.OUTPUT) -> list[str]:
        """Return the names of an account's files."""
        files = await self.storage.files.list(account, area)
        return [f"{each.subfolder}/{each.filename}" if each.subfolder else each.filename for each in files]

    async def content(self, filename: str, *, account: str = "anna", subfolder: str = "") -> bytes:
        file = await self.storage.files.get(account, Area.OUTPUT, subfolder, filename)
        assert file is not None
        return await self.artifacts.bytes_of(file.artifact.digest)
