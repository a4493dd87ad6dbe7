"""`/atelier/api/tokens`: keys to accounts, whose secrets are shown once."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from atelier.gateway.api.documents import (
    DoneDocument,
    NewTokenDocument,
    RotationDocument,
    SecretDocument,
    TokenDocument,
)
from atelier.gateway.api.parts import Parts
from atelier.gateway.guard import needs
from atelier.gateway.identity import Identity

Reader = Annotated[Identity, needs("tokens:read")]
Writer = Annotated[Identity, needs("tokens:write")]


def router(parts: Parts) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/atelier/api", tags=["tokens"])
    administration = parts.administration

    @routes.get("/tokens", summary="List tokens by their hints.")
    async def listing(identity: Reader, account: str | None = None) -> list[TokenDocument]:
        wanted = None if account is None else (await administration.account(account)).id
        names = {each.id: each.name for each in await parts.storage.accounts.list()}
        return [
            TokenDocument.of(each, names.get(each.account_id, each.account_id))
            for each in await parts.storage.tokens.list(wanted)
        ]

    @routes.post("/accounts/{name}/tokens", summary="Issue a further token.", status_code=201)
    async def issue(identity: Writer, name: str, body: NewTokenDocument) -> SecretDocument:
        account = await administration.account(name)
        return SecretDocument.of(
            await administration.issue(
                identity.account.name, account, scopes=body.scopes, expires_at=body.expires
            )
        )

    @routes.post("/accounts/{name}/tokens/reissue", summary="Issue a token in the place of a lost one.")
    async def reissue(identity: Writer, name: str) -> SecretDocument:
        account = await administration.account(name)
        return SecretDocument.of(await administration.reissue(identity.account.name, account))

    @routes.post(
        "/accounts/{name}/tokens/rotate", summary="Issue a token; those of before still work a while."
    )
    async def rotate(identity: Writer, name: str, body: RotationDocument) -> SecretDocument:
        account = await administration.account(name)
        return SecretDocument.of(
            await administration.rotate(identity.account.name, account, overlap=60 * body.overlap_minutes)
        )

    @routes.delete("/tokens/{token_id}", summary="Revoke a token, and the sessions that came from it.")
    async def revoke(identity: Writer, token_id: str) -> DoneDocument:
        await administration.revoke(identity.account.name, token_id)
        return DoneDocument(done="revoked")

    @routes.post("/tokens/missing", summary="Issue a token to each account that has none.")
    async def missing(
        identity: Writer, group: Annotated[str | None, Query(alias="class")] = None
    ) -> list[SecretDocument]:
        accounts = await parts.storage.accounts.list(group=group)
        return [
            SecretDocument.of(each)
            for each in await administration.issue_missing(identity.account.name, accounts)
        ]

    return routes
