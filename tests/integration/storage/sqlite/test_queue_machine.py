"""Whatever happens to the queue, in whatever order, with crashes in between: it does what a model does."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from atelier.errors import QueueFull, QuotaExceeded
from atelier.storage.account import Group, Limits, Role
from atelier.storage.job import ATTEMPTS, Cancellation, Hold, JobState
from atelier.storage.sqlite import SqliteStorage
from tests.integration.storage.conftest import MEMORY
from tests.integration.storage.invariants import require_sound
from tests.integration.storage.makers import Clock, account, end, new_job, worker

T = TypeVar("T")

#: Two of a class, and one by itself.
ACCOUNTS = {"ada": "3b", "ben": "3b", "cem": None}
LIMITS = Limits(running=2, queued=4, images_per_day=9)
CLASS_LIMITS = Limits(running=3, queued=6, images_per_day=14)
LEASE = 30.0
GRACE = 60.0


@dataclass
class Known:
    """A job as the model knows it."""

    account: str
    images: int
    day: float
    place: int
    kind: str
    state: JobState = JobState.QUEUED
    worker: str | None = None
    engine: str | None = None
    attempts: int = 0
    cancel_requested: bool = False
    lease_until: float = 0.0
    orphaned: bool = False
    made: int = 0

    def lose(self, *, counted: bool) -> None:
        self.worker = None
        if self.cancel_requested:
            self.state = JobState.CANCELLED
        elif counted and self.attempts >= ATTEMPTS:
            self.state = JobState.FAILED
        else:
            self.state = JobState.QUEUED
        if not counted:
            self.attempts -= 1


@dataclass
class Model:
    jobs: dict[str, Known] = field(default_factory=dict)

    def count(self, state: JobState, accounts: set[str]) -> int:
        return sum(each.state is state and each.account in accounts for each in self.jobs.values())

    def images(self, day: float, accounts: set[str]) -> int:
        return sum(
            each.made if each.state.final else each.images
            for each in self.jobs.values()
            if each.account in accounts and each.day == day
        )

    def may_run(self, name: str) -> bool:
        return self.count(JobState.RUNNING, {name}) < LIMITS.running and (  # type: ignore[operator]
            ACCOUNTS[name] is None or self.count(JobState.RUNNING, classmates(name)) < CLASS_LIMITS.running  # type: ignore[operator]
        )


def classmates(name: str) -> set[str]:
    return {each for each, group in ACCOUNTS.items() if group == ACCOUNTS[name]}


class QueueMachine(RuleBasedStateMachine):
    """The storage on the one side, the model on the other."""

    submitted = Bundle("submitted")
    held = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.home = Path(tempfile.mkdtemp(dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
        self.clock = Clock()
        self.model = Model()
        self.generation = 0
        self.open(self.home / "0")

    def any(self, state: JobState) -> bool:
        return self.model.count(state, set(ACCOUNTS)) > 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(asyncio.wait_for(work, 60))

    def open(self, directory: Path) -> None:
        directory.mkdir(exist_ok=True)
        self.path = directory / "a.db"
        self.storage = SqliteStorage(self.path, clock=self.clock, grace=GRACE, readers=1)

    def teardown(self) -> None:
        self.run(self.storage.close())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        shutil.rmtree(self.home)

    @initialize(target=submitted, fronts=st.lists(st.booleans(), min_size=3, max_size=3))
    def begin(self, fronts: list[bool]) -> Any:
        self.run(self.storage.accounts.put_group(Group(name="3b", limits=CLASS_LIMITS)))
        for name, group in ACCOUNTS.items():
            self.run(self.storage.accounts.add(account(name, group=group)))
        return multiple(*(self.submitted_one("ada", 1, front, "common") for front in fronts))

    # --- what clients do -----------------------------------------------------------------------------------

    @rule(
        target=submitted,
        name=st.sampled_from(sorted(ACCOUNTS)),
        images=st.integers(0, 3),
        front=st.booleans(),
        kind=st.sampled_from(["common", "rare"]),
    )
    def submit(self, name: str, images: int, front: bool, kind: str) -> Any:
        job_id = self.submitted_one(name, images, front, kind)
        return multiple() if job_id is None else job_id

    def submitted_one(self, name: str, images: int, front: bool, kind: str) -> str | None:
        new = new_job(name, images=images, front=front, kind=kind, id=str(uuid.uuid4()))
        day = self.clock() // 86_400
        mates = classmates(name) if ACCOUNTS[name] else set[str]()
        full = self.model.count(JobState.QUEUED, {name}) >= 4 or (
            bool(mates) and self.model.count(JobState.QUEUED, mates) >= 6
        )
        spent = self.model.images(day, {name}) + images > 9 or (
            bool(mates) and self.model.images(day, mates) + images > 14
        )
        try:
            job = self.run(self.storage.jobs.submit(new, LIMITS))
        except QueueFull:
            assert full
            return None
        except QuotaExceeded:
            assert spent
            return None
        assert not full
        assert not spent
        place = -job.number if front else job.number
        self.model.jobs[job.id] = Known(account=name, images=images, day=day, place=place, kind=kind)
        return job.id

    @precondition(lambda self: self.any(JobState.RUNNING))
    @rule(job_id=submitted, stranger=st.sampled_from(sorted(ACCOUNTS)))
    def cancel(self, job_id: str, stranger: str) -> None:
        known = self.model.jobs[job_id]
        if stranger != known.account:
            assert self.run(self.storage.jobs.cancel(stranger, job_id)) is Cancellation.UNKNOWN
            return
        answer = self.run(self.storage.jobs.cancel(known.account, job_id))
        if known.state is JobState.QUEUED:
            assert answer is Cancellation.DONE
            known.state = JobState.CANCELLED
        elif known.state is JobState.RUNNING:
            assert answer is Cancellation.REQUESTED
            known.cancel_requested = True
        else:
            assert answer is Cancellation.TOO_LATE

    @precondition(lambda self: self.model.count(JobState.QUEUED, set(ACCOUNTS)) > 3)
    @rule(job_id=submitted)
    def fail(self, job_id: str) -> None:
        known = self.model.jobs[job_id]
        failed = self.run(self.storage.jobs.fail(job_id, "no engine"))
        assert (failed is not None) == (known.state is JobState.QUEUED)
        if failed is not None:
            known.state = JobState.FAILED

    # --- what workers do -----------------------------------------------------------------------------------

    @rule(
        target=held,
        engine=st.sampled_from(["one", "two"]),
        unable=st.sampled_from([(), ("rare",), ("common",)]),
    )
    def claim(self, engine: str, unable: tuple[str, ...]) -> Any:
        by = worker()
        job = self.run(
            self.storage.jobs.claim(engine, by, unable=unable, lease=LEASE, defaults={Role.STUDENT: LIMITS})
        )
        able = {
            name: [
                each
                for each in self.model.jobs.values()
                if each.account == name and each.state is JobState.QUEUED and each.kind not in unable
            ]
            for name in ACCOUNTS
            if self.model.may_run(name)
        }
        if job is None:
            assert not any(able.values()), "a job could run, and none was given"
            return multiple()
        known = self.model.jobs[job.id]
        assert known.state is JobState.QUEUED
        assert known.account in able
        assert known.place == min(each.place for each in able[known.account]), "not the account's first"
        known.state, known.worker, known.engine = JobState.RUNNING, by, engine
        known.attempts += 1
        known.lease_until = self.clock() + LEASE
        known.orphaned = False
        assert job.attempt == known.attempts
        return (job.id, by)

    @rule(holding=held)
    def renew(self, holding: tuple[str, str]) -> None:
        job_id, by = holding
        known = self.model.jobs[job_id]
        answer = self.run(self.storage.jobs.renew(job_id, by, lease=LEASE))
        if known.worker != by:
            assert answer is Hold.LOST
            return
        assert answer is (Hold.CANCEL if known.cancel_requested else Hold.KEPT)
        known.lease_until = self.clock() + LEASE

    @rule(
        holding=held,
        state=st.sampled_from([JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED]),
        part=st.integers(0, 3),
    )
    def finish(self, holding: tuple[str, str], state: JobState, part: int) -> None:
        job_id, by = holding
        known = self.model.jobs[job_id]
        made = min(part, known.images)
        done = self.run(self.storage.jobs.finish(job_id, by, end(state, images=made)))
        assert (done is not None) == (known.worker == by)
        if done is not None:
            known.state, known.made, known.worker = state, made, None

    @rule(holding=consumes(held), counted=st.booleans())
    def give_back(self, holding: tuple[str, str], counted: bool) -> None:
        job_id, by = holding
        known = self.model.jobs[job_id]
        back = self.run(self.storage.jobs.give_back(job_id, by, "reason", counted=counted))
        assert (back is not None) == (known.worker == by)
        if back is not None:
            known.lose(counted=counted)
            assert back.state is known.state

    @precondition(lambda self: self.any(JobState.RUNNING))
    @rule(target=held, engine=st.sampled_from(["one", "two"]))
    def adopt(self, engine: str) -> Any:
        by = worker()
        adopted = {each.id for each in self.run(self.storage.jobs.adopt(engine, by, lease=LEASE))}
        expected = {
            job_id
            for job_id, known in self.model.jobs.items()
            if known.state is JobState.RUNNING
            and known.engine == engine
            and (known.orphaned or known.lease_until < self.clock())
        }
        assert adopted == expected
        for job_id in adopted:
            known = self.model.jobs[job_id]
            known.worker, known.lease_until, known.orphaned = by, self.clock() + LEASE, False
        return multiple(*((job_id, by) for job_id in sorted(adopted)))

    # --- what time and accidents do ------------------------------------------------------------------------

    @precondition(lambda self: self.any(JobState.RUNNING))
    @rule(seconds=st.sampled_from([1.0, 20.0, 45.0, 40_000.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.pass_by(seconds)

    @precondition(lambda self: self.any(JobState.RUNNING))
    @rule()
    def reclaim(self) -> None:
        reclaimed = {each.id for each in self.run(self.storage.jobs.reclaim())}
        late = {
            job_id
            for job_id, known in self.model.jobs.items()
            if known.state is JobState.RUNNING and known.lease_until < self.clock()
        }
        assert reclaimed == late
        for job_id in late:
            self.model.jobs[job_id].lose(counted=True)

    @precondition(lambda self: self.any(JobState.RUNNING))
    @rule()
    def crash(self) -> None:
        """Go on with the files as they are on the disk at this moment, as after a kill."""
        self.generation += 1
        after = self.home / str(self.generation)
        shutil.copytree(self.path.parent, after, ignore=shutil.ignore_patterns("*.lock"))
        self.run(self.storage.close())
        self.open(after)
        self.note_restart()

    @precondition(lambda self: self.any(JobState.RUNNING))
    @rule()
    def restart(self) -> None:
        self.run(self.storage.close())
        self.open(self.path.parent)
        self.note_restart()

    def note_restart(self) -> None:
        for known in self.model.jobs.values():
            if known.state is JobState.RUNNING:
                known.orphaned = True
                known.lease_until = max(known.lease_until, self.clock() + GRACE)

    # --- what holds ----------------------------------------------------------------------------------------

    @invariant()
    def every_job_is_in_the_one_state_that_it_should_be_in(self) -> None:
        stored = {}
        for name in ACCOUNTS:
            for job in self.run(self.storage.jobs.list(name, limit=10_000)):
                stored[job.id] = (job.account_id, job.state, job.attempt)
        assert stored == {
            job_id: (known.account, known.state, known.attempts) for job_id, known in self.model.jobs.items()
        }

    @invariant()
    def counters_reservations_and_attempts_are_what_the_jobs_say(self) -> None:
        require_sound(self.path)

    @invariant()
    def nobody_overspends(self) -> None:
        for use in self.run(self.storage.usage.of(since="2000-01-01")):
            assert use.images + use.reserved_images <= 9


TestQueue = QueueMachine.TestCase
TestQueue.settings = settings(max_examples=30, stateful_step_count=60, deadline=None)
