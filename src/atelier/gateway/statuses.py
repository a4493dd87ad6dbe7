"""What an account hears of the queue: how many of its own jobs wait or run, and when the next one starts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import structlog

from atelier.errors import ServiceError
from atelier.storage.contract import Jobs
from atelier.storage.job import Job, JobState

log = structlog.get_logger(__name__)

#: Seconds between two looks at the positions of jobs that wait.
PATIENCE = 5.0
#: Seconds for which a status counts while nothing of the account's changes.
FRESH = 0.25
#: Seconds that changes wait for company: each status makes a page fetch its queue and its history.
_PAUSE = 0.05


class Audience(Protocol):
    """Who hears of statuses."""

    def accounts(self) -> frozenset[str]:
        """Return the accounts that listen."""

    def tell_status(self, account_id: str, data: dict[str, Any]) -> None: ...


class Statuses:
    """Reads statuses, and tells them to those who listen when they change."""

    def __init__(self, jobs: Jobs, *, engines: Callable[[], int], monotonic: Callable[[], float]) -> None:
        self._jobs = jobs
        self._engines = engines
        self._now = monotonic
        #: Until when what was read counts, by account, for those who ask all the time.
        self._known: dict[str, tuple[float, dict[str, Any]]] = {}
        #: Accounts that are being read, with the latest reader of each.
        self._reading: dict[str, object] = {}
        self._changed: set[str] = set()
        self._bell = asyncio.Event()
        #: The latest that was told, by account.
        self._told: dict[str, dict[str, Any]] = {}

    async def of(self, account_id: str) -> dict[str, Any]:
        """Return ComfyUI's `exec_info`; while jobs of the account wait, `atelier.next` is the first of them.

        Its `position` is 1 for the job that starts next of all accounts'; `starts_in` are seconds, or null.
        """
        known = self._known.get(account_id)
        if known is not None and self._now() < known[0]:
            return known[1]
        reader = self._reading[account_id] = object()
        status = await self._read(account_id)
        # What was read before a change must not count after it.
        if self._reading.get(account_id) is reader:
            del self._reading[account_id]
            self._known[account_id] = self._now() + FRESH, status
        return status

    async def _read(self, account_id: str) -> dict[str, Any]:
        remaining = await self._jobs.unfinished(account_id)
        status: dict[str, Any] = {"exec_info": {"queue_remaining": remaining}}
        first = await self._first_waiting(account_id, remaining)
        standing = None
        if first is not None:
            standing = await self._jobs.standing(first.id, engines=max(1, self._engines()))
        if first is not None and standing is not None:
            status["atelier"] = {
                "next": {
                    "prompt_id": first.public_id,
                    "position": standing.ahead + 1,
                    "starts_in": standing.starts_in,
                }
            }
        return status

    async def _first_waiting(self, account_id: str, remaining: int) -> Job | None:
        """Return the oldest of an account's jobs that wait, without reading the others."""
        if not remaining:
            return None
        running = await self._jobs.list(account_id, states={JobState.RUNNING}, limit=remaining)
        # The latest come first.
        oldest = remaining - len(running) - 1
        if oldest < 0:
            return None
        found = await self._jobs.list(account_id, states={JobState.QUEUED}, limit=1, offset=oldest)
        return found[0] if found else None

    def changed(self, account_id: str) -> None:
        """Have an account told soon."""
        self._known.pop(account_id, None)
        self._reading.pop(account_id, None)
        self._changed.add(account_id)
        self._bell.set()

    async def run(self, audience: Audience) -> None:
        """Tell those who listen, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._bell.wait()
                due = False
            except TimeoutError:
                due = True
            await asyncio.sleep(_PAUSE)
            self._bell.clear()
            changed, self._changed = self._changed, set()
            listening = audience.accounts()
            self._told = {each: told for each, told in self._told.items() if each in listening}
            # Others' jobs move one's own forward, which is told when it is.
            waiting = {each for each, told in self._told.items() if due and "atelier" in told}
            for account_id in (changed | waiting) & listening:
                await self._tell(audience, account_id, always=account_id in changed)

    async def _tell(self, audience: Audience, account_id: str, *, always: bool) -> None:
        try:
            status = await self.of(account_id)
        except ServiceError as error:
            log.warning("a status could not be read", reason=str(error))
            return
        if always or status != self._told.get(account_id):
            self._told[account_id] = status
            audience.tell_status(account_id, {"status": status})
