"""A route that does not say who may use it keeps the service from being put together."""

from __future__ import annotations

from typing import Annotated

import pytest
from fastapi import APIRouter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from atelier.gateway.guard import (
    Declared,
    RouteUndeclared,
    check_declared,
    declared,
    guarded,
    needs,
    public,
)
from atelier.gateway.identity import Identity
from atelier.gateway.scopes import ROLE_SCOPES, SCOPES
from atelier.storage.account import Role


async def show(request: Request, identity: Identity) -> Response:
    return Response(identity.account.name)


async def bare(request: Request) -> Response:
    return Response()


def test_a_guarded_route_tells_its_scope() -> None:
    [found] = declared([Route("/queue", guarded("jobs:read", show), methods=["POST"])])
    assert found == Declared(path="/queue", methods=frozenset({"POST"}), scope="jobs:read")


def test_a_fastapi_route_tells_the_scope_that_it_needs() -> None:
    router = APIRouter(prefix="/atelier/api")

    @router.get("/accounts")
    async def accounts(identity: Annotated[Identity, needs("accounts:read")]) -> str:
        return identity.account.name

    [found] = declared(router.routes)
    assert found == Declared(path="/atelier/api/accounts", methods=frozenset({"GET"}), scope="accounts:read")


def test_a_bare_route_is_refused() -> None:
    with pytest.raises(RouteUndeclared, match="who may use it"):
        check_declared([Route("/queue", bare)])


def test_a_fastapi_route_without_a_scope_is_refused() -> None:
    router = APIRouter()

    @router.get("/atelier/api/open")
    async def open_to_all() -> str:
        return "everything"

    with pytest.raises(RouteUndeclared, match="/atelier/api/open"):
        check_declared(router.routes)


def test_a_public_route_must_stand_in_the_list_as_well() -> None:
    check_declared([Route("/healthz", public(bare))])
    with pytest.raises(RouteUndeclared, match="PUBLIC"):
        check_declared([Route("/history", public(bare))])


def test_a_path_in_the_public_list_cannot_be_guarded_by_mistake_only() -> None:
    with pytest.raises(RouteUndeclared, match="/healthz"):
        check_declared([Route("/healthz", guarded("jobs:read", show))])


def test_what_cannot_be_looked_into_is_refused() -> None:
    with pytest.raises(RouteUndeclared, match="who may use it"):
        check_declared([Mount("/x", Starlette())])


def test_a_scope_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(RouteUndeclared, match="jobs:everything"):
        guarded("jobs:everything", show)


def test_every_role_has_scopes_of_the_table_only_and_admins_have_all() -> None:
    assert set(ROLE_SCOPES) == set(Role)
    assert all(scopes <= set(SCOPES) for scopes in ROLE_SCOPES.values())
    assert ROLE_SCOPES[Role.STUDENT] < ROLE_SCOPES[Role.TEACHER] < ROLE_SCOPES[Role.ADMIN] == set(SCOPES)
