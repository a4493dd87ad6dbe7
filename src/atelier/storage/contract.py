"""What every storage back end promises; one suite of tests holds each of them to it.

Every method is one transaction: it has happened when it returns, and survives a crash from then on. A deed
that is handed in is part of it: it stands in the audit log where something was done, and nowhere else. Times
are seconds since 1970, UTC, and come from the clock that the back end was made with.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from atelier.storage.account import Account, Group, Limits, Role
from atelier.storage.file import Area, Artifact, OnClash, StoredFile
from atelier.storage.job import Attempt, Cancellation, End, Hold, Job, JobState, NewJob, Standing
from atelier.storage.token import Grant, NewToken, StoredToken


@dataclass(frozen=True, kw_only=True)
class Use:
    """What an account used on one day."""

    account_id: str
    #: ISO date, in UTC.
    day: str
    images: int
    engine_seconds: float
    jobs: int
    #: Promised to jobs that have not ended.
    reserved_images: int
    reserved_seconds: float


@dataclass(frozen=True, kw_only=True)
class Deed:
    """What somebody does, as the audit log tells it; written in the transaction that does it."""

    #: Account name, or "atelier" for what the service does by itself.
    actor: str
    #: Such as `token.revoked`.
    action: str
    #: Whom or what it is done to.
    subject: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the audit log."""

    number: int
    at: float
    #: Account name, or "atelier" for what the service did by itself.
    actor: str
    #: Such as `token.revoked`.
    action: str
    #: Whom or what it was done to.
    subject: str
    detail: Mapping[str, Any]


class Accounts(Protocol):
    """Accounts and classes."""

    async def add(self, account: Account, *, deed: Deed | None = None) -> None:
        """Store a new account.

        Raises:
            NameTaken: another account has this name.
            GroupUnknown: its class does not exist.
        """

    async def change(self, account: Account, *, deed: Deed | None = None) -> None:
        """Store an account's new state in place of the old.

        Raises:
            AccountUnknown, NameTaken, GroupUnknown.
        """

    async def get(self, account_id: str) -> Account | None: ...

    async def named(self, name: str) -> Account | None: ...

    async def list(self, *, group: str | None = None) -> Sequence[Account]:
        """Return all accounts, or those of a class, by name."""

    async def remove(self, account_id: str, *, deed: Deed | None = None) -> None:
        """Remove an account with its tokens, jobs, files and use; the audit log keeps its name.

        Raises:
            AccountUnknown.
            AccountBusy: a job of it runs.
        """

    async def put_group(self, group: Group, *, deed: Deed | None = None) -> None:
        """Store a class, new or changed."""

    async def group(self, name: str) -> Group | None: ...

    async def groups(self) -> Sequence[Group]: ...


class Tokens(Protocol):
    """Keys and what else proves who somebody is: bearer tokens, and the sessions of browsers."""

    async def issue(self, token: NewToken, *, deed: Deed | None = None) -> StoredToken:
        """Store a token's digest.

        Raises:
            AccountUnknown.
        """

    async def grant(self, digest: bytes) -> Grant | None:
        """Return who this token speaks for; None where it is unknown, revoked or expired.

        None also where its account is disabled or expired, or the token that a session came from is.
        """

    async def list(self, account_id: str | None = None) -> Sequence[StoredToken]: ...

    async def revoke(self, token_id: str, *, at: float | None = None, deed: Deed | None = None) -> bool:
        """End a token now or at a later time (an overlap); False where there is none that still lives.

        Sessions that came from it end with it.
        """

    async def forget_expired(self) -> int:
        """Remove sessions that are over; return how many."""


class Jobs(Protocol):
    """The queue: durable, fair between accounts, each job ended exactly once.

    Fairness: each account has a virtual time, engine-seconds over weight, and the next job is the oldest of
    the account with the least of them that is under its limit of running jobs. An account that becomes
    active begins no earlier than at the virtual time of the latest claim, and goes first among equals. The
    estimate (the mean of its kind so far) is charged at the claim, and the difference to the measure when it
    ends. While a class has a lesson its accounts count with `fairness.LESSON` times their weight.
    Source: docs/explanation/storage.md, "The fair claim"; start-time fair queueing, Goyal et al., 1996.
    """

    async def submit(self, job: NewJob, defaults: Limits) -> Job:
        """Store a job, or return the one that was stored under its given id with the same body before.

        Args:
            defaults: Limits where the account has none of its own.

        Raises:
            JobIdTaken: the account has a job of this given id with another body.
            QueueFull: the account, or its class, has as many jobs waiting as it may.
            QuotaExceeded: pictures or seconds of the day are used up or promised.
            StorageFull: the account, or its class, keeps as many bytes as it may, and none may make room.
            AccountUnknown: it was removed meanwhile.
        """

    async def claim(
        self,
        engine: str,
        worker: str,
        *,
        unable: Collection[str],
        lease: float,
        defaults: Mapping[Role, Limits],
    ) -> Job | None:
        """Give the next job to a worker, for `lease` seconds; None where there is none for it.

        A job whose model another idle engine holds is left for that engine, for a few seconds. An engine that
        is drained, and an account that is switched off, get nothing.

        Args:
            engine: On which it will run.
            worker: Who asks; a name that is never used again.
            unable: Kinds (`Needs.kind`) that this engine cannot run.
            defaults: Limits, by role, where an account has none of its own.
        """

    async def adopt(self, engine: str, worker: str, *, lease: float) -> Sequence[Job]:
        """Take over the jobs that run on an engine and whose worker is gone; return them.

        Gone: its lease ran out, or it was a worker of this process's before a restart. No attempt is counted.
        """

    async def renew(self, job_id: str, worker: str, *, lease: float) -> Hold:
        """Hold a job for `lease` seconds more from now."""

    async def finish(self, job_id: str, worker: str, end: End) -> Job | None:
        """End a running job, settle what it used, and return it; None where it is not this worker's."""

    async def give_back(self, job_id: str, worker: str, reason: str, *, counted: bool) -> Job | None:
        """Queue a running job again, in its old place, and return it; None where it is not this worker's.

        Where its account wants it stopped, it ends as cancelled instead.

        Args:
            counted: Whether the attempt was lost (after `ATTEMPTS` of them the job fails with their
                reasons), or never began.
        """

    async def reclaim(self) -> Sequence[Job]:
        """Queue again (a counted attempt), or fail, every job whose lease ran out; return them."""

    async def shift_leases(self, seconds: float) -> None:
        """Move the end of every lease, after the clock jumped."""

    async def cancel(self, account_id: str, public_id: str, *, deed: Deed | None = None) -> Cancellation:
        """Cancel a job that waits, or have one that runs stopped; the deed is told with the `outcome`."""

    async def cancel_waiting(self, account_id: str) -> Sequence[Job]:
        """Cancel all waiting jobs of an account; return them."""

    async def fail(self, job_id: str, reason: str) -> Job | None:
        """End a waiting job that no engine can run; None where it waits no more."""

    async def get(self, job_id: str) -> Job | None: ...

    async def find(self, account_id: str, public_id: str) -> Job | None:
        """Return an account's job by the name under which the account sees it; None where it cleared it."""

    async def list(
        self,
        account_id: str,
        *,
        states: Collection[JobState] = frozenset(JobState),
        limit: int = 64,
        offset: int = 0,
        hidden: bool = False,
    ) -> Sequence[Job]:
        """Return an account's jobs, the latest first; those that it cleared only where `hidden`."""

    async def hide(self, account_id: str, public_ids: Collection[str] | None) -> int:
        """Take ended jobs out of an account's history: some, or all (None); return how many."""

    async def unfinished(self, account_id: str) -> int:
        """Count an account's jobs that wait or run."""

    async def standing(self, job_id: str, *, engines: int) -> Standing | None:
        """Return where a waiting job stands, with so many engines at work; None where it does not wait."""

    async def waiting_kinds(self) -> Mapping[str, float]:
        """Return the kinds of the waiting jobs, with the time at which the oldest of each was stored."""

    async def waiting(self, kind: str, *, limit: int = 100) -> Sequence[Job]:
        """Return the waiting jobs of a kind, the oldest first."""

    async def attempts(self, job_id: str) -> Sequence[Attempt]: ...

    async def counts(self) -> Mapping[tuple[str, JobState], int]:
        """Count the jobs by role of their account and state."""

    async def forget_ended(self, *, before: float, limit: int, account_id: str | None = None) -> int:
        """Remove jobs that ended before a time, the oldest first, at most `limit`; return how many.

        Args:
            account_id: Whose; None for everybody's.
        """


class Engines(Protocol):
    """The registry of engines, as far as a claim has to know of them."""

    async def report(
        self, name: str, *, address: str, state: str, model: str | None, idle: bool, detail: str = ""
    ) -> None:
        """Note what an engine is like now; what was noted longer than 15 s ago counts no more."""

    async def list(self) -> Sequence[Mapping[str, Any]]:
        """Return engines by name: what was reported and when, `draining`, and how many jobs are `running`."""

    async def drain(self, name: str, *, draining: bool, deed: Deed | None = None) -> bool:
        """Let an engine finish and take no more, or take it back in; False where there is none."""


class Files(Protocol):
    """The names that accounts have for artifacts."""

    async def put(
        self,
        account_id: str,
        area: Area,
        subfolder: str,
        filename: str,
        artifact: Artifact,
        *,
        media_type: str,
        job_id: str | None = None,
        on_clash: OnClash = OnClash.RENAME,
        limit: int | None = None,
        worker: str | None = None,
    ) -> StoredFile:
        """Name an artifact; the same name for the same content returns what is there.

        Args:
            limit: Bytes that the account may keep; None for a job's outputs, which are never refused.
            worker: Who must hold the job for the name to be given; None to give it in any case.

        Raises:
            StorageFull: it does not fit, and no older picture may make room.
            FileExists (with `OnClash.REFUSE`), AccountUnknown.
            LeaseLost: the worker does not hold the job any more.
        """

    async def get(self, account_id: str, area: Area, subfolder: str, filename: str) -> StoredFile | None: ...

    async def of_job(self, job_id: str) -> Sequence[StoredFile]:
        """Return the files that a job made, in the order in which they were named."""

    async def list(
        self, account_id: str, area: Area, *, subfolder: str | None = None
    ) -> Sequence[StoredFile]:
        """Return files by subfolder and name: those of one subfolder, or of all (None)."""

    async def move(
        self, account_id: str, area: Area, source: tuple[str, str], target: tuple[str, str], *, replace: bool
    ) -> StoredFile | None:
        """Rename a file (subfolder, name); None where there is none.

        Raises:
            FileExists: the target is there and `replace` is False.
        """

    async def delete(self, account_id: str, area: Area, subfolder: str, filename: str) -> bool: ...

    async def expire(self, area: Area, *, before: float) -> int:
        """Remove the names in an area that were given before a time; return how many."""

    async def kept(self, account_id: str) -> int:
        """Return the bytes that an account keeps, without temporary files."""

    async def unnamed(self, digests: Collection[str]) -> frozenset[str]:
        """Return those of the digests that no file names."""


class Settings(Protocol):
    """The page's settings of each account: JSON values by key."""

    async def all(self, account_id: str) -> Mapping[str, Any]: ...

    async def put(self, account_id: str, values: Mapping[str, Any]) -> None: ...


class Usage(Protocol):
    """What was used."""

    async def of(self, *, since: str, account_id: str | None = None) -> Sequence[Use]:
        """Return use by account and day (ISO dates), from a day on."""


class Audit(Protocol):
    """Who did what; lines are added, never changed."""

    async def append(self, deed: Deed) -> None:
        """Write a line by itself, of what is no change to the database."""

    async def list(self, *, limit: int = 100, before: int | None = None) -> Sequence[Entry]:
        """Return the latest lines, the latest first."""


class Storage(Protocol):
    """All of it, on one database."""

    @property
    def accounts(self) -> Accounts: ...
    @property
    def tokens(self) -> Tokens: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def engines(self) -> Engines: ...
    @property
    def files(self) -> Files: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def usage(self) -> Usage: ...
    @property
    def audit(self) -> Audit: ...

    async def close(self) -> None: ...
