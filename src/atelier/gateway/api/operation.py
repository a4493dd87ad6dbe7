"""`/atelier/api/jobs`, `/engines`, `/usage` and `/audit`: how the service runs."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from atelier.errors import EngineUnknown, JobUnknown
from atelier.gateway.api.classes import cancelled
from atelier.gateway.api.documents import (
    DoneDocument,
    EngineDocument,
    EntryDocument,
    JobDocument,
    UseDocument,
)
from atelier.gateway.api.me import deed_of
from atelier.gateway.api.parts import Parts
from atelier.gateway.guard import needs
from atelier.gateway.identity import Identity
from atelier.gateway.own_data import moment
from atelier.storage.account import Account
from atelier.storage.job import JobState

Manager = Annotated[Identity, needs("jobs:manage")]
Driver = Annotated[Identity, needs("engines:write")]

_UNFINISHED = frozenset({JobState.QUEUED, JobState.RUNNING})


def router(parts: Parts) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/atelier/api", tags=["operation"])
    storage = parts.storage

    async def accounts(name: str | None, group: str | None) -> list[Account]:
        if name is not None:
            return [await parts.administration.account(name)]
        return list(await storage.accounts.list(group=group))

    @routes.get("/jobs", summary="List jobs by account: those that wait or run, or all.")
    async def jobs(
        identity: Manager,
        account: str | None = None,
        group: Annotated[str | None, Query(alias="class")] = None,
        every: Annotated[bool, Query(alias="all")] = False,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> list[JobDocument]:
        states = frozenset(JobState) if every else _UNFINISHED
        return [
            JobDocument.of(job, owner.name).model_copy(update={"id": job.id})
            for owner in await accounts(account, group)
            for job in await storage.jobs.list(owner.id, states=states, limit=limit, hidden=True)
        ]

    @routes.delete("/jobs/{job_id}", summary="Cancel a job.")
    async def cancel(identity: Manager, job_id: str) -> DoneDocument:
        job = await storage.jobs.get(job_id)
        owner = None if job is None else await storage.accounts.get(job.account_id)
        if job is None or owner is None:
            raise JobUnknown(f"There is no job '{job_id}'.")
        return await cancelled(parts, identity, owner, job.public_id)

    @routes.get("/engines", summary="List the engines and how they are.")
    async def engines(identity: Annotated[Identity, needs("engines:read")]) -> list[EngineDocument]:
        return [
            EngineDocument(
                name=each["name"],
                address=each["address"],
                state=each["state"],
                model=each["model"],
                idle=bool(each["idle"]),
                draining=bool(each["draining"]),
                running=each["running"],
                detail=each["detail"],
                reported=moment(each["reported_at"]),
            )
            for each in await storage.engines.list()
        ]

    async def drain(identity: Identity, name: str, draining: bool) -> DoneDocument:
        deed = deed_of(identity, "engine.drained" if draining else "engine.taken_in", name)
        if not await storage.engines.drain(name, draining=draining, deed=deed):
            raise EngineUnknown(f"There is no engine '{name}'.")
        return DoneDocument(done="draining" if draining else "taken in")

    @routes.post("/engines/{name}/drain", summary="Let an engine finish, and give it no more.")
    async def start_draining(identity: Driver, name: str) -> DoneDocument:
        return await drain(identity, name, True)

    @routes.delete("/engines/{name}/drain", summary="Give jobs to an engine again.")
    async def stop_draining(identity: Driver, name: str) -> DoneDocument:
        return await drain(identity, name, False)

    @routes.get("/usage", summary="Show what was used, by account and day.")
    async def usage(
        identity: Annotated[Identity, needs("usage:read")],
        since: date | None = None,
        account: str | None = None,
        group: Annotated[str | None, Query(alias="class")] = None,
    ) -> list[UseDocument]:
        names = {each.id: each.name for each in await accounts(account, group)}
        first = parts.today if since is None else since.isoformat()
        return [
            UseDocument.of(each, names[each.account_id])
            for each in await storage.usage.of(since=first)
            if each.account_id in names
        ]

    @routes.get("/audit", summary="Show who did what, the latest first.")
    async def audit(
        identity: Annotated[Identity, needs("audit:read")],
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        before: int | None = None,
    ) -> list[EntryDocument]:
        return [EntryDocument.of(each) for each in await storage.audit.list(limit=limit, before=before)]

    return routes
