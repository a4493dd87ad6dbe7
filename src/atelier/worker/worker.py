"""Serves one engine: claims its jobs one after the other, runs them, and writes down how they ended."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from atelier.errors import ClientError, ServiceError
from atelier.providers.comfyui import ComfyUI
from atelier.storage.account import Limits, Role
from atelier.storage.artifacts import ArtifactStore
from atelier.storage.contract import Storage
from atelier.storage.job import End, Job, JobState
from atelier.worker.announcements import Announcer, Nobody
from atelier.worker.attempt import Attempt, GivenBack, Parts
from atelier.worker.bell import Bells, wait_for_any
from atelier.worker.endings import ending
from atelier.worker.health import EngineState, Health
from atelier.worker.lease import Lease
from atelier.worker.milestones import AtMilestone, go_on
from atelier.worker.pace import Pace
from atelier.workflows.needs import lacks
from atelier.workflows.object_info import NodeCatalogue

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What all workers of a process share."""

    storage: Storage
    artifacts: ArtifactStore
    bells: Bells = field(default_factory=Bells)
    announcer: Announcer = field(default_factory=Nobody)
    pace: Pace = field(default_factory=Pace)
    #: Limits, by role, of accounts that have none of their own, as they are now.
    limits: Callable[[], Mapping[Role, Limits]] = dict
    at_milestone: AtMilestone = go_on
    #: Seconds since 1970, UTC; the storage's.
    clock: Callable[[], float] = time.time


class Worker:
    """Serves one engine while `run` runs.

    Args:
        name: The engine's, in the registry.
        engine: The engine; whoever made it closes it.
        surroundings: What it shares with the other workers.
    """

    def __init__(self, name: str, engine: ComfyUI, surroundings: Surroundings) -> None:
        self.name = name
        self.health = Health(engine, pace=surroundings.pace)
        self._engine = engine
        self._around = surroundings
        self._pace = surroundings.pace
        self._storage = surroundings.storage
        self._worker = f"{name}:{secrets.token_hex(8)}"
        self._parts = Parts(
            worker=self._worker,
            engine_name=name,
            engine=engine,
            storage=surroundings.storage,
            artifacts=surroundings.artifacts,
            announcer=surroundings.announcer,
            at_milestone=surroundings.at_milestone,
            pace=surroundings.pace,
            clock=surroundings.clock,
        )
        self._stopping = asyncio.Event()
        self._stop_at = 0.0
        self._draining = False
        self._jobs_at_hand = 0
        self._idle_reported: bool | None = None
        self._model: str | None = None
        #: Kinds that the engine cannot run, as far as it was asked, and the classes that say so.
        self._unable: set[str] = set()
        self._unable_by = self.health.catalogue
        #: The coming of the engine for which its jobs were taken over.
        self._settled = 0
        self._next_adoption = 0.0

    @property
    def state(self) -> EngineState:
        """How the engine is, with the wish of whoever drains it."""
        if self.health.live and (self._draining or self._stopping.is_set()):
            return EngineState.DRAINING
        return self.health.state

    @property
    def live(self) -> bool:
        """Whether it takes jobs."""
        return self.state is EngineState.LIVE

    @property
    def catalogue(self) -> NodeCatalogue:
        """What the engine declares, as it last said."""
        return self.health.catalogue

    def stop(self, grace: float) -> None:
        """Take no more jobs; give back those that have not ended within `grace` seconds, and end `run`."""
        self._stop_at = asyncio.get_running_loop().time() + grace
        self._stopping.set()

    async def run(self) -> None:
        """Serve the engine until `stop` is called; cancelled, give back at once what runs."""
        async with asyncio.TaskGroup() as group:
            helpers = [
                group.create_task(self._engine.socket.run()),
                group.create_task(self.health.run()),
                group.create_task(self._report_regularly()),
            ]
            try:
                await self._work()
            finally:
                for helper in helpers:
                    helper.cancel()

    # --- the loop -------------------------------------------------------------------------------------------

    async def _work(self) -> None:
        while not self._stopping.is_set():
            rung, changed = self._around.bells.waiting.rung, self.health.changed.rung
            try:
                worked = self.health.live and await self._work_once()
                if not worked:
                    await self._report(idle=True)
            except ServiceError as error:
                logger.error("The worker of %s cannot go on: %s", self.name, error)
                await self._rest()
                continue
            if not worked:
                await wait_for_any(
                    rung.wait(), changed.wait(), self._stopping.wait(), timeout=self._pace.claim
                )

    async def _work_once(self) -> bool:
        """Run the next job, or those that are left of a worker before; return whether there was any."""
        if self._settled != self.health.comings:
            self._settled = self.health.comings
            # What it held in memory went with it, as far as anybody can tell.
            self._model = None
            self._next_adoption = 0.0
            await self._tidy()
        left = await self._adopt()
        if left:
            await asyncio.gather(*(self._serve(job, adopted=True) for job in left))
            return True
        if self._draining:
            return False
        job = await self._claim()
        if job is None:
            return False
        self._around.at_milestone("claimed")
        lacking = lacks(job.needs, self.health.catalogue)
        if lacking:
            self._unable.add(job.needs.kind)
            reason = f"The engine {self.name} lacks {', '.join(lacking)}."
            await self._storage.jobs.give_back(job.id, self._worker, reason, counted=False)
            return True
        await self._serve(job, adopted=False)
        return True

    async def _adopt(self) -> Sequence[Job]:
        """Take over what a worker before left running here."""
        now = asyncio.get_running_loop().time()
        if now < self._next_adoption:
            return ()
        self._next_adoption = now + self._pace.lease / 2
        return await self._storage.jobs.adopt(self.name, self._worker, lease=self._pace.lease)

    async def _claim(self) -> Job | None:
        if self._unable_by is not self.health.catalogue:
            self._unable.clear()
            self._unable_by = self.health.catalogue
        job = await self._storage.jobs.claim(
            self.name,
            self._worker,
            unable=self._unable,
            lease=self._pace.lease,
            defaults=self._around.limits(),
        )
        if job is not None:
            # The registry knows by the claim.
            self._idle_reported = False
        return job

    async def _serve(self, job: Job, *, adopted: bool) -> None:
        """Run one job to its end, or give it back; cancelled, give it back."""
        lease = Lease(
            self._storage.jobs, job.id, self._worker, pace=self._pace, stopping=self._around.bells.stopping
        )
        attempt = Attempt(job, self._parts, lease, catalogue=self.health.catalogue, adopted=adopted)
        keeping = asyncio.create_task(lease.keep())
        running = asyncio.create_task(self._run(attempt, job))
        self._jobs_at_hand += 1
        try:
            outcome = await self._outcome(running, lease)
            if outcome is None:
                await self._leave(job)
            else:
                await self._write_down(job, outcome, lease)
        except asyncio.CancelledError:
            await self._abandon(running)
            try:
                await asyncio.shield(asyncio.create_task(self._give_back(job, _STOPPED)))
            except ServiceError as error:
                logger.error("job %s could not be given back: %s", job.id, error)
            raise
        finally:
            self._jobs_at_hand -= 1
            keeping.cancel()
            running.cancel()
            self._around.bells.waiting.ring()

    async def _run(self, attempt: Attempt, job: Job) -> End | GivenBack:
        try:
            return await attempt.run()
        except Exception:
            # A mistake of ours must not hold the job for ever, nor stop the worker.
            logger.exception("Job %s met a fault of the worker", job.id)
            return GivenBack(reason="The worker met a fault of its own; its log has it.", counted=True)

    async def _outcome(self, running: asyncio.Task[End | GivenBack], lease: Lease) -> End | GivenBack | None:
        """Wait for a run; None where the job is no longer ours."""
        stopping = asyncio.ensure_future(self._stopping.wait())
        lost = asyncio.ensure_future(lease.lost.wait())
        try:
            await asyncio.wait({running, stopping, lost}, return_when=asyncio.FIRST_COMPLETED)
            if not running.done() and not lost.done():
                left = self._stop_at - asyncio.get_running_loop().time()
                await asyncio.wait({running, lost}, timeout=max(0, left), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            lost.cancel()
        if lease.lost.is_set():
            await self._abandon(running)
            return None
        if not running.done():
            await self._abandon(running)
            return _STOPPED
        return running.result()

    async def _abandon(self, running: asyncio.Task[End | GivenBack]) -> None:
        running.cancel()
        await asyncio.wait({running})

    # --- writing down ---------------------------------------------------------------------------------------

    async def _write_down(self, job: Job, outcome: End | GivenBack, lease: Lease) -> None:
        """Store what became of a job; while the database is not well, for as long as the job is ours."""
        self._around.at_milestone("before finish")
        while not lease.lost.is_set():
            try:
                # Shielded: what has happened is written down, whoever stops us meanwhile.
                await asyncio.shield(asyncio.create_task(self._store(job, outcome)))
                break
            except ServiceError as error:
                logger.error("The end of job %s cannot be stored yet: %s", job.id, error)
                await asyncio.sleep(self._pace.look)
        if isinstance(outcome, GivenBack) and outcome.unwell:
            self.health.doubt()
            await self._rest()

    async def _store(self, job: Job, outcome: End | GivenBack) -> None:
        if isinstance(outcome, GivenBack):
            await self._give_back(job, outcome)
            return
        ended = await self._storage.jobs.finish(job.id, self._worker, outcome)
        self._around.at_milestone("finished")
        if ended is None:
            logger.warning("job %s ended here when it was another worker's already", job.id)
            return
        self._model = job.needs.model or self._model
        self._tell_end(ended)

    async def _give_back(self, job: Job, outcome: GivenBack) -> None:
        logger.warning("job %s is given back: %s", job.id, outcome.reason)
        given = await self._storage.jobs.give_back(
            job.id, self._worker, outcome.reason, counted=outcome.counted
        )
        if given is not None and given.state.final:
            self._tell_end(given)

    def _tell_end(self, job: Job) -> None:
        for message in ending(job):
            self._around.announcer.announce(job, message)

    # --- jobs that are not ours -----------------------------------------------------------------------------

    async def _leave(self, job: Job) -> None:
        """Take a job that is no longer ours off the engine, unless it runs there for another worker."""
        now = await self._storage.jobs.get(job.id)
        if now is None or now.state.final or (now.state is JobState.RUNNING and now.engine != self.name):
            try:
                await self._engine.stop(job.id)
            except ClientError as error:
                logger.warning("job %s may still run on %s: %s", job.id, self.name, error)

    async def _tidy(self) -> None:
        """Take jobs off the engine that ended, or run elsewhere, while it was not to be reached."""
        try:
            queue = await self._engine.queue()
        except ClientError as error:
            logger.warning("The queue of %s cannot be read: %s", self.name, error)
            return
        for job_id in (*queue.running, *queue.pending):
            job = await self._storage.jobs.get(job_id)
            if job is not None:
                await self._leave(job)

    # --- the registry ---------------------------------------------------------------------------------------

    async def _report_regularly(self) -> None:
        while True:
            changed = self.health.changed.rung
            try:
                await self._report(idle=self._jobs_at_hand == 0 and bool(self._idle_reported), always=True)
                self._draining = await self._is_drained()
            except ServiceError as error:
                logger.warning("The engine %s could not be reported: %s", self.name, error)
            await wait_for_any(changed.wait(), timeout=self._pace.report)

    async def _report(self, *, idle: bool, always: bool = False) -> None:
        idle = idle and self.state is EngineState.LIVE
        if not always and idle == self._idle_reported:
            return
        self._idle_reported = idle
        await self._storage.engines.report(
            self.name,
            address=self._engine.base_url,
            state=self.state,
            model=self._model,
            idle=idle,
            detail=self.health.detail,
        )

    async def _is_drained(self) -> bool:
        listed = await self._storage.engines.list()
        return any(each["name"] == self.name and each["draining"] for each in listed)

    async def _rest(self) -> None:
        await wait_for_any(self._stopping.wait(), timeout=self._pace.rest)


_STOPPED = GivenBack(reason="The service was stopped while the job ran.", counted=False, unwell=False)
