"""The hold of a worker on a job: renewed in time, and where it learns what its account wants."""

from __future__ import annotations

import asyncio
import logging

from atelier.errors import ServiceError
from atelier.storage.contract import Jobs
from atelier.storage.job import Hold
from atelier.worker.bell import Bell, wait_for_any
from atelier.worker.pace import Pace

logger = logging.getLogger(__name__)


class Lease:
    """Holds one job for one worker while `keep` runs."""

    def __init__(self, jobs: Jobs, job_id: str, worker: str, *, pace: Pace, stopping: Bell) -> None:
        self._jobs = jobs
        self._job_id = job_id
        self._worker = worker
        self._pace = pace
        self._stopping = stopping
        self._until = asyncio.get_running_loop().time() + pace.lease
        #: The account wants the job stopped.
        self.cancelled = asyncio.Event()
        #: The job is somebody else's, or nobody knows: nothing may be written down about it any more.
        self.lost = asyncio.Event()

    async def keep(self) -> None:
        """Renew the lease until it is lost."""
        while not self.lost.is_set():
            await wait_for_any(self._stopping.rung.wait(), timeout=self._pace.lease / 3)
            await self.renew()

    async def renew(self) -> None:
        """Renew the lease now."""
        loop = asyncio.get_running_loop()
        asked = loop.time()
        try:
            hold = await self._jobs.renew(self._job_id, self._worker, lease=self._pace.lease)
        except ServiceError as error:
            # The lease still runs; another attempt follows before it ends.
            logger.warning("The lease of job %s could not be renewed: %s", self._job_id, error)
            if loop.time() >= self._until:
                self.lost.set()
            return
        if hold is Hold.LOST:
            self.lost.set()
            return
        self._until = asked + self._pace.lease
        if hold is Hold.CANCEL:
            self.cancelled.set()
