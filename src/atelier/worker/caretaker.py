"""Looks after the queue as a whole: lost leases, clocks that jump, jobs that no engine can run."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from typing import Protocol

from atelier.errors import ServiceError
from atelier.schemas.needs import Needs
from atelier.storage.contract import Jobs
from atelier.storage.job import Job
from atelier.worker.announcements import Announcer
from atelier.worker.bell import Bells
from atelier.worker.endings import ending
from atelier.worker.pace import Pace
from atelier.workflows.needs import lacks
from atelier.workflows.object_info import NodeCatalogue

logger = logging.getLogger(__name__)

#: Seconds between two rounds.
ROUND = 2.0

#: Seconds by which the clock may differ from the time that passed, before it counts as a jump.
JUMP = 2.0


class Engine(Protocol):
    """What has to be known of an engine to say whether it will run a job."""

    @property
    def live(self) -> bool: ...
    @property
    def catalogue(self) -> NodeCatalogue: ...


class Caretaker:
    """One for all the workers of a database.

    Args:
        jobs: The queue.
        engines: The engines as they are now, such as each worker's `health`.
        deadline: Seconds for which a job waits while no live engine can run it; then it fails.
        wall: Seconds since 1970, UTC; the clock of the leases.
        monotonic: Seconds that never jump.
    """

    def __init__(
        self,
        jobs: Jobs,
        engines: Callable[[], Collection[Engine]],
        *,
        deadline: float,
        pace: Pace,
        bells: Bells,
        announcer: Announcer,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._jobs = jobs
        self._engines = engines
        self._deadline = deadline
        self._pace = pace
        self._bells = bells
        self._announcer = announcer
        self._wall = wall
        self._monotonic = monotonic
        self._clocks = wall(), monotonic()
        #: Until when no lease is taken for lost: the renewals after a jump of the clock are still to come.
        self._trusting_until = 0.0
        #: Since when no live engine can run jobs of a kind.
        self._unservable: dict[str, float] = {}
        #: What jobs of a kind need.
        self._needs: dict[str, Needs] = {}

    async def run(self) -> None:
        """Make a round every two seconds until cancelled."""
        while True:
            try:
                await self.round()
            except ServiceError as error:
                logger.error("The queue could not be looked after: %s", error)
            await asyncio.sleep(ROUND)

    async def round(self) -> None:
        """Look after everything once."""
        await self._follow_the_clock()
        if self._monotonic() >= self._trusting_until:
            for job in await self._jobs.reclaim():
                logger.warning("the lease of job %s ran out; it is %s", job.id, job.state)
                self._tell(job)
        await self._fail_what_nobody_can_run()

    async def _follow_the_clock(self) -> None:
        """Move the leases with a clock that was set, or ran on while the machine slept."""
        before_wall, before = self._clocks
        self._clocks = wall, now = self._wall(), self._monotonic()
        jump = (wall - before_wall) - (now - before)
        if abs(jump) > JUMP:
            logger.warning("the clock jumped by %.1f s; the leases follow", jump)
            # A lease that was renewed after the jump is moved too, and put right by its next renewal.
            self._trusting_until = now + self._pace.lease
            await self._jobs.shift_leases(jump)

    async def _fail_what_nobody_can_run(self) -> None:
        live = [each for each in self._engines() if each.live]
        waiting = await self._jobs.waiting_kinds()
        self._unservable = {kind: since for kind, since in self._unservable.items() if kind in waiting}
        self._needs = {kind: needs for kind, needs in self._needs.items() if kind in waiting}
        for kind in waiting:
            reason = await self._unservable_because(kind, live)
            if reason is None:
                self._unservable.pop(kind, None)
                continue
            since = self._unservable.setdefault(kind, self._monotonic())
            if self._monotonic() - since >= self._deadline:
                await self._fail(kind, reason)

    async def _unservable_because(self, kind: str, live: Collection[Engine]) -> str | None:
        """Return why no live engine runs jobs of a kind; None where one does."""
        if not live:
            return "No engine was up."
        if kind not in self._needs:
            oldest = await self._jobs.waiting(kind, limit=1)
            if not oldest:
                return None
            self._needs[kind] = oldest[0].needs
        lacking = [lacks(self._needs[kind], each.catalogue) for each in live]
        least = min(lacking, key=lambda each: len(each))
        return f"What is up lacks {', '.join(least)}." if least else None

    async def _fail(self, kind: str, reason: str) -> None:
        for job in await self._jobs.waiting(kind):
            failed = await self._jobs.fail(
                job.id, f"For {self._deadline:g} s there was no engine to run the job. {reason}"
            )
            if failed is not None:
                self._tell(failed)

    def _tell(self, job: Job) -> None:
        if job.state.final:
            for message in ending(job):
                self._announcer.announce(job, message)
        else:
            self._bells.waiting.ring()
