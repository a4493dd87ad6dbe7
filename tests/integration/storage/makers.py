"""Accounts, jobs and ends, with what a test does not care about filled in."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from atelier.schemas.needs import Needs
from atelier.storage.account import Account, Limits, Role
from atelier.storage.contract import Storage
from atelier.storage.file import Artifact
from atelier.storage.job import End, Job, JobState, NewJob

#: Noon, UTC, so that a test may let hours pass without a new day.
NOON = 1_790_000_000.0 - 1_790_000_000.0 % 86_400.0 + 43_200.0
DAY = 86_400.0

NO_LIMITS = Limits()

_workers = itertools.count(1)


class Clock:
    """A clock that a test moves."""

    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


def account(account_id: str, **given: Any) -> Account:
    filled: dict[str, Any] = {"name": account_id, "role": Role.STUDENT, "created_at": NOON} | given
    return Account(id=account_id, **filled)


async def add_accounts(storage: Storage, *names: str, **given: Any) -> None:
    for name in names:
        await storage.accounts.add(account(name, **given))


def needs(kind: str = "kind", model: str | None = None) -> Needs:
    models = frozenset({("diffusion_models", model)}) if model else frozenset[tuple[str, str]]()
    return Needs(node_classes=frozenset({"KSampler"}), models=models, model=model, kind=kind)


def new_job(account_id: str, **given: Any) -> NewJob:
    kind, model = given.pop("kind", "kind"), given.pop("model", None)
    return NewJob(
        **{
            "id": str(uuid.uuid4()),
            "account_id": account_id,
            "given_id": None,
            "body_digest": "body",
            "client_id": "client",
            "workflow": {"1": {"class_type": "KSampler", "inputs": {"text": "ein Schloß \ud800"}}},
            "targets": ("1",),
            "extra_data": {"extra": [1, None, "x"]},
            "needs": needs(kind, model),
            "images": 1,
        }
        | given
    )


async def submit(storage: Storage, account_id: str, *, defaults: Limits = NO_LIMITS, **given: Any) -> Job:
    return await storage.jobs.submit(new_job(account_id, **given), defaults)


def worker() -> str:
    """Return a name that was never used."""
    return f"worker-{next(_workers)}"


async def claim(
    storage: Storage,
    by: str | None = None,
    *,
    engine: str = "engine",
    unable: Sequence[str] = (),
    lease: float = 30.0,
    defaults: Mapping[Role, Limits] | None = None,
) -> Job | None:
    return await storage.jobs.claim(
        engine, by or worker(), unable=unable, lease=lease, defaults=defaults or {}
    )


def end(
    state: JobState = JobState.SUCCEEDED, *, engine_seconds: float = 2.0, images: int = 1, **given: Any
) -> End:
    return End(state=state, engine_seconds=engine_seconds, images=images, **given)


async def run_next(storage: Storage, *, seconds: float = 2.0) -> Job:
    """Claim and finish the next job."""
    by = worker()
    job = await claim(storage, by)
    assert job is not None
    done = await storage.jobs.finish(job.id, by, end(engine_seconds=seconds))
    assert done is not None
    return done


def artifact(content: str = "a", size: int = 10) -> Artifact:
    return Artifact(digest=(content * 64)[:64], size=size)
