"""The jobs that wait, and the one that runs."""

from __future__ import annotations

import threading
from bisect import insort
from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from atelier.engine.validation import CheckedWorkflow


@dataclass(frozen=True, kw_only=True)
class Job:
    """One run of a workflow that passed validation."""

    #: Priority: the smaller goes first, and among equals the earlier.
    number: float
    prompt_id: str
    workflow: CheckedWorkflow
    extra_data: dict[str, Any]
    #: Who is told about it; None when nobody asked to be.
    client_id: str | None

    @property
    def item(self) -> list[Any]:
        """The job as `GET /queue` and the history show it."""
        return [
            self.number,
            self.prompt_id,
            self.workflow.graph,
            self.extra_data,
            list(self.workflow.outputs),
        ]


class JobQueue:
    """Waiting jobs in order of (number, arrival), at most `limit`. Safe to use from any thread.

    Args:
        limit: How many may wait.
        changed: Called with the number of waiting and running jobs after a job came, began or was
            removed; called under the queue's lock, so that the numbers arrive in order.
    """

    def __init__(self, limit: int, changed: Callable[[int], None]) -> None:
        self._limit = limit
        self._changed = changed
        self._pending: list[tuple[float, int, Job]] = []
        self._running: Job | None = None
        self._arrivals = 0
        self._nudged = False
        self._interrupted = False
        self._condition = threading.Condition()

    @property
    def remaining(self) -> int:
        """How many jobs wait or run."""
        with self._condition:
            return self._remaining()

    def add(self, job: Job) -> Literal["added", "full", "duplicate"]:
        """Add a job unless the queue is full, or a job of the same id waits or runs."""
        with self._condition:
            if len(self._pending) >= self._limit:
                return "full"
            if self._knows(job.prompt_id):
                return "duplicate"
            self._arrivals += 1
            insort(self._pending, (job.number, self._arrivals, job))
            self._changed(self._remaining())
            self._condition.notify_all()
            return "added"

    def take(self) -> Job | None:
        """Wait for a job and call it running; return None once `nudge` was called instead."""
        with self._condition:
            self._condition.wait_for(lambda: self._nudged or self._pending)
            if self._nudged:
                self._nudged = False
                return None
            _, _, self._running = self._pending.pop(0)
            self._interrupted = False
            self._changed(self._remaining())
            return self._running

    @property
    def interrupted(self) -> bool:
        """Whether somebody wants the running job to stop."""
        return self._interrupted

    def interrupt(self, prompt_id: str | None) -> None:
        """Ask the running job to stop; None means whichever runs, another id changes nothing."""
        with self._condition:
            if self._running is not None and prompt_id in (None, self._running.prompt_id):
                self._interrupted = True

    def finish(self) -> int:
        """Say that the running job is over; return how many are left."""
        with self._condition:
            self._running = None
            return self._remaining()

    def nudge(self) -> None:
        """Let `take` return although there may be no job."""
        with self._condition:
            self._nudged = True
            self._condition.notify_all()

    def snapshot(self) -> tuple[list[list[Any]], list[list[Any]]]:
        """Return the running and the waiting jobs as `GET /queue` shows them."""
        with self._condition:
            running = [] if self._running is None else [self._running.item]
            return running, [job.item for _, _, job in self._pending]

    def delete(self, prompt_ids: Container[str]) -> None:
        """Remove these waiting jobs; the running one and unknown ids are passed over."""
        self._keep(lambda job: job.prompt_id not in prompt_ids)

    def clear(self) -> None:
        """Remove every waiting job."""
        self._keep(lambda job: False)

    def _keep(self, wanted: Callable[[Job], bool]) -> None:
        with self._condition:
            kept = [each for each in self._pending if wanted(each[2])]
            if len(kept) != len(self._pending):
                self._pending = kept
                self._changed(self._remaining())

    def _remaining(self) -> int:
        return len(self._pending) + (self._running is not None)

    def _knows(self, prompt_id: str) -> bool:
        if self._running is not None and self._running.prompt_id == prompt_id:
            return True
        return any(job.prompt_id == prompt_id for _, _, job in self._pending)
