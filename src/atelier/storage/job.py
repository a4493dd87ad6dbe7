"""One run of a workflow for one account, and the moves that it can make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from atelier.schemas.needs import Needs as Needs


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        return not NEXT[self]


#: The moves of a job. `running -> queued` is the loss of an attempt, or a worker that gives its job back.
NEXT: Mapping[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED, JobState.FAILED}),
    JobState.RUNNING: frozenset({JobState.QUEUED, JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}),
    JobState.SUCCEEDED: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
}

#: Counted attempts after which a job fails, with the reason of each.
ATTEMPTS = 3


@dataclass(frozen=True, kw_only=True)
class NewJob:
    """A job that passed every check and is to be stored."""

    #: Random (uuid4), unguessable; the engine gets it as its `prompt_id`.
    id: str
    account_id: str
    #: The `prompt_id` that the client chose; the account sees its job under this name.
    given_id: str | None
    #: Digest of what was asked for: the same given id with another body is another job, and refused.
    body_digest: str
    #: Whose WebSocket hears of it; None for nobody's.
    client_id: str | None
    #: The workflow as the account sent it, in API format.
    workflow: Mapping[str, Any]
    #: Output nodes to execute.
    targets: tuple[str, ...]
    #: `extra_data` without secrets.
    extra_data: Mapping[str, Any]
    needs: Needs
    #: Pictures that it makes at most; reserved until it ends.
    images: int
    #: Before the account's other jobs.
    front: bool = False

    @property
    def public_id(self) -> str:
        """The name under which its account sees the job."""
        return self.given_id or self.id


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try at running a job on one engine."""

    #: Counted from 1.
    number: int
    engine: str
    started_at: float
    #: None while it runs.
    ended_at: float | None = None
    #: Why it was lost; None while it runs and where it was the last.
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Job:
    """A stored job."""

    id: str
    account_id: str
    given_id: str | None
    client_id: str | None
    workflow: Mapping[str, Any]
    targets: tuple[str, ...]
    extra_data: Mapping[str, Any]
    needs: Needs
    images: int
    state: JobState
    #: Order of arrival; what ComfyUI calls the prompt's `number`.
    number: int
    #: Counted attempts so far, the running one included.
    attempt: int
    #: The engine of the latest attempt; None before the first.
    engine: str | None
    #: Whether its account wants it stopped.
    cancel_requested: bool
    created_at: float
    #: Beginning of the latest attempt.
    started_at: float | None
    ended_at: float | None
    #: Charged to the account; None before the end.
    engine_seconds: float | None
    #: A history entry's `outputs`, with the account's own file names; empty before the end.
    outputs: Mapping[str, Any] = field(default_factory=dict)
    #: A history entry's `status.messages`.
    messages: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    #: A history entry's `meta`, and whatever further keys the engine put beside it.
    extra: Mapping[str, Any] = field(default_factory=dict)
    #: Why it failed, for its account; None where it did not.
    failure: str | None = None

    @property
    def public_id(self) -> str:
        """The name under which its account sees the job."""
        return self.given_id or self.id


@dataclass(frozen=True, kw_only=True)
class End:
    """How a job ended, as its worker says."""

    state: JobState
    engine_seconds: float
    #: Pictures that were made.
    images: int
    outputs: Mapping[str, Any] = field(default_factory=dict)
    messages: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    failure: str | None = None


class Hold(StrEnum):
    """What a worker learns when it renews its lease."""

    KEPT = "kept"
    #: Keep the lease, and stop the job: its account wants that.
    CANCEL = "cancel"
    #: The job is somebody else's by now, or ended; whatever is known of it here counts no more.
    LOST = "lost"


class Cancellation(StrEnum):
    """What became of the wish to cancel a job."""

    #: It waited, and is cancelled.
    DONE = "done"
    #: It runs; its worker stops it.
    REQUESTED = "requested"
    #: It had ended before.
    TOO_LATE = "too_late"
    #: The account has no such job.
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a waiting job stands in the queue."""

    #: Jobs of all accounts that are expected to start before it, those that run not counted.
    ahead: int
    #: Seconds until it is expected to start; None where nothing is known yet.
    starts_in: float | None
