"""One life of the service: a process that takes in jobs, runs them on one engine, and may be killed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
import time
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from atelier.errors import DatabaseInUse, ServiceError
from atelier.providers.comfyui import ComfyUI
from atelier.schemas.needs import Needs
from atelier.storage.account import Account, Limits, Role
from atelier.storage.artifacts import ArtifactStore
from atelier.storage.job import NewJob
from atelier.storage.sqlite.storage import SqliteStorage
from atelier.worker.announcements import Nobody
from atelier.worker.caretaker import Caretaker
from atelier.worker.pace import Pace
from atelier.worker.worker import Surroundings, Worker
from benchmarks.chaos.faulty_link import FaultyLink
from benchmarks.chaos.scenarios import AFTER_COMMIT, BEFORE_COMMIT, Fault
from benchmarks.chaos.small_disk import fill

#: As a service's, in a hurry.
PACE = Pace(
    lease=3.0,
    claim=0.1,
    look=0.05,
    quiet=0.2,
    unreachable=5.0,
    longest=60.0,
    stop=5.0,
    report=1.0,
    refresh=60.0,
    rest=0.05,
)

#: Pixels of a picture's sides: enough for drawing and saving to take their time.
SIDE = 640

#: Seconds for which connections are frozen, the engine talks nonsense, or the disk is full.
_WHILE = 1.0

_NOTHING = Needs(node_classes=frozenset(), models=frozenset(), model=None, kind="nothing")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A job that somebody wants, and asks for again until it is accepted."""

    account: str
    given_id: str
    #: 0 to 16777215: tells its picture from all others.
    color: int

    @property
    def workflow(self) -> dict[str, Any]:
        empty = {"width": SIDE, "height": SIDE, "batch_size": 1, "color": self.color}
        return {
            "1": {"class_type": "EmptyImage", "inputs": empty},
            "9": {
                "class_type": "SaveImage",
                "inputs": {"images": ["1", 0], "filename_prefix": self.account},
            },
        }


@dataclass(frozen=True, kw_only=True)
class Life:
    """What one process of the service is to do."""

    directory: Path
    engine_url: str
    engine_pid: int
    wishes: tuple[Wish, ...]
    #: What happens in it; None for nothing.
    fault: Fault | None = None


def accepted_file(directory: Path) -> Path:
    """Return where the given ids of accepted jobs are written down, one a line."""
    return directory / "accepted"


def struck_file(directory: Path) -> Path:
    """Return the file that is there once a fault has happened."""
    return directory / "struck"


def live(life: Life) -> None:
    """Take in the wished jobs and run them until all have ended, or until the fault."""
    logging.disable(logging.CRITICAL)
    asyncio.run(_Service(life).run())


class _Service:
    def __init__(self, life: Life) -> None:
        self._life = life
        self._fault = life.fault
        self._reached = 0
        #: Whether all jobs have ended, so that nothing can be broken any more.
        self._ended = False
        self._ahead = 0.0
        self._tasks: set[asyncio.Task[Any]] = set()
        address = urlsplit(life.engine_url)
        self._link = FaultyLink(str(address.hostname), int(address.port or 0))

    async def run(self) -> None:
        life = self._life
        storage = SqliteStorage(life.directory / "atelier.db", clock=self._clock, grace=2 * PACE.lease)
        _second_one_is_refused(life.directory)
        await self._link.open()
        around = Surroundings(
            storage=storage,
            artifacts=ArtifactStore(life.directory / "artifacts"),
            pace=PACE,
            at_milestone=self._at,
        )
        async with ComfyUI(self._link.url, request_timeout=2.0, file_timeout=2.0, heartbeat=0.5) as engine:
            worker = Worker("one", engine, around)
            caretaker = Caretaker(
                storage.jobs,
                lambda: [worker],
                deadline=30.0,
                pace=PACE,
                bells=around.bells,
                announcer=Nobody(),
                wall=self._clock,
            )
            working = asyncio.create_task(worker.run())
            caring = asyncio.create_task(caretaker.run())
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop, 0.1)
            if self._fault is not None and self._fault.point is None:
                # From a thread, so that it may happen in the middle of anything.
                timer = threading.Timer(
                    self._fault.delay, self._strike_from_afar, [asyncio.get_running_loop()]
                )
                timer.daemon = True
                timer.start()
            try:
                await self._submit_all(storage, around)
                await self._until_ended(storage, working)
                self._ended = True
                worker.stop(5.0)
                await working
            finally:
                caring.cancel()
                working.cancel()
                await asyncio.wait({caring, working})
        await storage.close()

    async def _submit_all(self, storage: SqliteStorage, around: Surroundings) -> None:
        with accepted_file(self._life.directory).open("a") as accepted:
            for wish in self._life.wishes:
                if await storage.accounts.get(wish.account) is None:
                    account = Account(id=wish.account, name=wish.account, role=Role.STUDENT, created_at=0.0)
                    await storage.accounts.add(account)
                new = NewJob(
                    id=str(uuid.uuid4()),
                    account_id=wish.account,
                    given_id=wish.given_id,
                    body_digest=str(wish.color),
                    client_id=None,
                    workflow=wish.workflow,
                    targets=(),
                    extra_data={},
                    needs=_NOTHING,
                    images=1,
                )
                self._at(BEFORE_COMMIT)
                await storage.jobs.submit(new, Limits())
                self._at(AFTER_COMMIT)
                accepted.write(f"{wish.given_id}\n")
                accepted.flush()
                around.bells.waiting.ring()

    async def _until_ended(self, storage: SqliteStorage, working: asyncio.Task[None]) -> None:
        for wish in self._life.wishes:
            while not working.done():
                try:
                    job = await storage.jobs.find(wish.account, wish.given_id)
                except ServiceError:
                    job = None
                if job is not None and job.state.final:
                    break
                await asyncio.sleep(0.01)

    def _clock(self) -> float:
        return time.time() + self._ahead

    def _at(self, point: str) -> None:
        if self._fault is not None and self._fault.point == point:
            self._reached += 1
            if self._reached == self._fault.turn:
                self._strike()

    def _strike_from_afar(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._kill():
            return
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(self._strike)

    def _kill(self) -> bool:
        """Kill what is to be killed; False where the fault is of another kind."""
        fault = self._fault
        if fault is None or fault.deed not in ("engine", "die", "both", "stop") or self._ended:
            return False
        self._fault = None
        struck_file(self._life.directory).touch()
        if fault.deed in ("engine", "both"):
            os.kill(self._life.engine_pid, signal.SIGKILL)
        if fault.deed in ("die", "both"):
            os.kill(os.getpid(), signal.SIGKILL)
        if fault.deed == "stop":
            os.kill(os.getpid(), signal.SIGTERM)
        return True

    def _strike(self) -> None:
        if self._kill():
            return
        fault, self._fault = self._fault, None
        if fault is None or self._ended:
            return
        struck_file(self._life.directory).touch()
        if fault.deed == "cut":
            self._link.cut()
        if fault.deed == "clock":
            self._ahead += fault.jump
        if fault.deed == "freeze":
            self._start(self._link.freeze(_WHILE))
        if fault.deed == "garbage":
            self._start(self._link.talk_nonsense(_WHILE))
        if fault.deed == "full":
            self._start(_let_no_file_grow(_WHILE))
        if fault.deed == "ballast":
            self._start(_fill_the_disk(self._life.directory, _WHILE))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _second_one_is_refused(directory: Path) -> None:
    try:
        SqliteStorage(directory / "atelier.db")
    except DatabaseInUse:
        return
    raise AssertionError("a second service got the database")


async def _fill_the_disk(directory: Path, seconds: float) -> None:
    ballast = fill(directory)
    await asyncio.sleep(seconds)
    ballast.unlink()


async def _let_no_file_grow(seconds: float) -> None:
    """Let no file grow for a while, which systems report much like a full disk."""
    import resource  # not on Windows

    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    await asyncio.sleep(seconds)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
