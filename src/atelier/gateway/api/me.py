"""`/atelier/api/me`: one's own account, and all that is kept of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import StreamingResponse

from atelier.gateway.api.documents import (
    DeletedDocument,
    LimitsDocument,
    MeDocument,
    RetentionDocument,
    UsedDocument,
)
from atelier.gateway.api.parts import Parts
from atelier.gateway.guard import needs
from atelier.gateway.identity import Identity
from atelier.gateway.notices import SEEN, UNSEEN, pictures_seen
from atelier.gateway.own_data import OwnData, moment
from atelier.storage.account import Account
from atelier.storage.contract import Deed


def router(parts: Parts) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/atelier/api", tags=["me"])
    data = OwnData(parts.storage, parts.artifacts)

    @routes.get("/me", summary="Show one's own account, limits and use.")
    async def show(identity: Annotated[Identity, needs("self:read")]) -> MeDocument:
        account = identity.account
        storage, kept = parts.storage, parts.config.retention
        seen = await pictures_seen(storage.accounts, account)
        return MeDocument(
            name=account.name,
            role=account.role,
            group=account.group,
            expires=moment(account.expires_at),
            scopes=sorted(identity.scopes),
            limits=LimitsDocument.of(account.limits.over(parts.config.limits.of(account.role))),
            used_today=UsedDocument.of(await storage.usage.of(since=parts.today, account_id=account.id)),
            stored_bytes=await storage.files.kept(account.id),
            unfinished_jobs=await storage.jobs.unfinished(account.id),
            kept_days=RetentionDocument(
                temp=kept.temp_days, outputs=kept.output_days, uploads=kept.input_days, jobs=kept.job_days
            ),
            pictures_seen_by_teachers=seen,
            notice=SEEN if seen else UNSEEN,
        )

    @routes.get(
        "/me/export",
        summary="Take out everything that is kept of oneself, as a ZIP archive.",
        response_class=StreamingResponse,
    )
    async def export(identity: Annotated[Identity, needs("self:manage")]) -> StreamingResponse:
        await note(parts, identity, "data.exported", identity.account)
        return archive(data, identity.account)

    @routes.delete("/me/data", summary="Delete one's own files and jobs; the account stays.")
    async def delete(identity: Annotated[Identity, needs("self:manage")]) -> DeletedDocument:
        return await deleted(parts, data, identity, identity.account)

    return routes


def archive(data: OwnData, account: Account) -> StreamingResponse:
    """Return an account's data as an answer."""
    return StreamingResponse(
        data.export(account),
        media_type="application/zip",
        headers={
            "Content-Disposition": 'attachment; filename="atelier-export.zip"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


async def deleted(parts: Parts, data: OwnData, identity: Identity, account: Account) -> DeletedDocument:
    """Delete an account's data, and say how much it was."""
    # Before the first of many transactions, so that no half of it goes untold.
    await note(parts, identity, "data.deleted", account)
    found = await data.delete(account)
    return DeletedDocument(
        files=found.files, jobs=found.jobs, still_running=await parts.storage.jobs.unfinished(account.id)
    )


async def note(
    parts: Parts, identity: Identity, action: str, subject: Account | str, **detail: object
) -> None:
    """Write a line into the audit log, of what is no change to the database."""
    await parts.storage.audit.append(deed_of(identity, action, subject, **detail))


def deed_of(identity: Identity, action: str, subject: Account | str, **detail: object) -> Deed:
    """Return what somebody does, for the audit log."""
    name = subject.name if isinstance(subject, Account) else subject
    return Deed(actor=identity.account.name, action=action, subject=name, detail=detail)
