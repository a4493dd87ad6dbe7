"""Removes what is older than the configuration keeps: files, ended jobs, sessions that are over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from atelier.errors import ServiceError
from atelier.gateway import config
from atelier.storage.artifacts import ArtifactStore
from atelier.storage.contract import Storage
from atelier.storage.file import Area

log = structlog.get_logger(__name__)

_DAY = 86_400.0
#: Jobs that one transaction removes, so that others do not wait for it.
_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Swept:
    """What one round removed."""

    #: Names of files; their content goes where nobody else has a name for it.
    files: int
    jobs: int
    sessions: int
    artifacts: int


class Retention:
    """Sweeps now and then."""

    def __init__(
        self,
        storage: Storage,
        artifacts: ArtifactStore,
        kept: config.Retention,
        *,
        now: Callable[[], float],
    ) -> None:
        self._storage = storage
        self._artifacts = artifacts
        self._kept = kept
        self._now = now

    async def sweep(self) -> Swept:
        """Remove what is too old, once.

        Raises:
            DatabaseUnusable, ArtifactUnusable.
        """
        files = 0
        for area, days in (
            (Area.TEMP, self._kept.temp_days),
            (Area.OUTPUT, self._kept.output_days),
            (Area.INPUT, self._kept.input_days),
        ):
            if days is not None:
                files += await self._storage.files.expire(area, before=self._now() - days * _DAY)
        jobs = 0
        if self._kept.job_days is not None:
            jobs = await forget_jobs(self._storage, before=self._now() - self._kept.job_days * _DAY)
        sessions = await self._storage.tokens.forget_expired()
        artifacts = await self._artifacts.sweep(self._storage.files)
        return Swept(files=files, jobs=jobs, sessions=sessions, artifacts=artifacts)

    async def keep_sweeping(self) -> None:
        """Sweep at the start and then every so often, until it is cancelled; a round that fails is logged."""
        while True:
            try:
                swept = await self.sweep()
            except ServiceError as error:
                log.error("sweep failed", reason=str(error))
            else:
                log.info(
                    "swept",
                    files=swept.files,
                    jobs=swept.jobs,
                    sessions=swept.sessions,
                    artifacts=swept.artifacts,
                )
            await asyncio.sleep(60 * self._kept.sweep_minutes)


async def forget_jobs(storage: Storage, *, before: float, account_id: str | None = None) -> int:
    """Remove all jobs that ended before a time, everybody's or one account's; return how many."""
    removed = 0
    while True:
        now = await storage.jobs.forget_ended(before=before, limit=_AT_ONCE, account_id=account_id)
        removed += now
        if now < _AT_ONCE:
            return removed
