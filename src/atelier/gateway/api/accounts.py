"""`/atelier/api/accounts` and `/roster`: who may use the service."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import StreamingResponse

from atelier.gateway.administration import Imported
from atelier.gateway.api.documents import (
    AccountChangesDocument,
    AccountDocument,
    ChangedDocument,
    DeletedDocument,
    DoneDocument,
    ImportDocument,
    NewAccountDocument,
    SecretDocument,
)
from atelier.gateway.api.me import archive, deleted, note
from atelier.gateway.api.parts import Parts
from atelier.gateway.bodies import read_body
from atelier.gateway.guard import needs
from atelier.gateway.identity import Identity
from atelier.gateway.own_data import OwnData
from atelier.gateway.roster import MOST_BYTES
from atelier.storage.account import Role

Reader = Annotated[Identity, needs("accounts:read")]
Writer = Annotated[Identity, needs("accounts:write")]
Keeper = Annotated[Identity, needs("data:manage")]


def router(parts: Parts) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/atelier/api", tags=["accounts"])
    administration = parts.administration
    data = OwnData(parts.storage, parts.artifacts)

    @routes.get("/accounts", summary="List accounts, by name.")
    async def listing(
        identity: Reader, group: Annotated[str | None, Query(alias="class")] = None
    ) -> list[AccountDocument]:
        return [AccountDocument.of(each) for each in await parts.storage.accounts.list(group=group)]

    @routes.post("/accounts", summary="Add an account.", status_code=201)
    async def add(identity: Writer, body: NewAccountDocument) -> AccountDocument:
        return AccountDocument.of(
            await administration.add_account(
                identity.account.name,
                body.name,
                body.role,
                group=body.group,
                weight=body.weight,
                limits=body.limits.limits,
                expires_at=body.expires,
            )
        )

    @routes.get("/accounts/{name}", summary="Show an account.")
    async def show(identity: Reader, name: str) -> AccountDocument:
        return AccountDocument.of(await administration.account(name))

    @routes.patch("/accounts/{name}", summary="Change an account, or switch it off.")
    async def change(identity: Writer, name: str, body: AccountChangesDocument) -> AccountDocument:
        account = await administration.account(name)
        after = await administration.change_account(identity.account.name, account, body.changes)
        return AccountDocument.of(after)

    @routes.delete("/accounts/{name}", summary="Remove an account with everything that it has.")
    async def remove(identity: Writer, name: str) -> DoneDocument:
        account = await administration.account(name)
        await administration.remove_account(identity.account.name, account)
        return DoneDocument(done="removed")

    @routes.get(
        "/accounts/{name}/export",
        summary="Take out everything that is kept of an account, as a ZIP archive.",
        response_class=StreamingResponse,
    )
    async def export(identity: Keeper, name: str) -> StreamingResponse:
        account = await administration.account(name)
        await note(parts, identity, "data.exported", account)
        return archive(data, account)

    @routes.delete("/accounts/{name}/data", summary="Delete an account's files and jobs; the account stays.")
    async def delete(identity: Keeper, name: str) -> DeletedDocument:
        return await deleted(parts, data, identity, await administration.account(name))

    @routes.post("/roster", summary="Add and change accounts as a roster (CSV in the body) says.")
    async def roster(
        identity: Writer,
        request: Request,
        dry_run: bool = False,
        tokens: bool = True,
        role: Role = Role.STUDENT,
    ) -> ImportDocument:
        content = await read_body(request, limit=MOST_BYTES)
        imported = await administration.import_roster(
            identity.account.name, content, dry_run=dry_run, tokens=tokens, role=role
        )
        return import_document(imported, dry_run=dry_run)

    return routes


def import_document(imported: Imported, *, dry_run: bool) -> ImportDocument:
    """Return what an import did as a document."""
    plan = imported.plan
    return ImportDocument(
        dry_run=dry_run,
        classes_added=list(plan.groups),
        added=[each.name for each in plan.add],
        changed=[
            ChangedDocument(name=each.before.name, fields=list(map(_told_field, each.fields)))
            for each in plan.change
        ],
        unchanged=list(plan.same),
        not_in_roster=list(plan.absent),
        tokens=[SecretDocument.of(each) for each in imported.issued],
    )


def _told_field(name: str) -> str:
    return {"group": "class", "expires_at": "expiry"}.get(name, name)
