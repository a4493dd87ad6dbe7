"""Every route of the router says who may use it, and means it."""

from __future__ import annotations

import re

from starlette.routing import Route, WebSocketRoute
from yarl import URL

from atelier.gateway.guard import PUBLIC, Declared, declared
from tests.integration.gateway.conftest import House, add_token

#: Never a public path: what would be lost if the list grew by mistake.
KNOWN_PUBLIC = {
    "/healthz",
    "/readyz",
    "/atelier/sign-in",
    "/atelier/sign-out",
    "/atelier/api/openapi.json",
}


def filled(path: str) -> str:
    """Return a path with something in the place of each parameter."""
    return re.sub(r"\{[^}]*\}", "x", path)


def routes(house: House) -> list[Declared]:
    return list(declared(house.gateway.api.router.routes))


def test_the_walk_sees_every_route_of_the_protocol(house: House) -> None:
    paths = {each.path for each in routes(house)}
    assert len(routes(house)) == len(house.gateway.api.router.routes)
    for path in ("/prompt", "/queue", "/history", "/interrupt", "/free", "/view", "/object_info", "/ws"):
        assert {path, f"/api{path}"} <= paths


def test_what_is_public_is_known_here_too() -> None:
    assert set(PUBLIC) == KNOWN_PUBLIC


async def test_no_route_answers_without_a_token_but_the_public_ones(house: House) -> None:
    session = house.session()
    for each in routes(house):
        if each.scope is None or each.methods == {"WEBSOCKET"}:
            continue
        for method in each.methods - {"HEAD"}:
            async with session.request(method, filled(each.path), allow_redirects=False) as answer:
                assert answer.status == 401, f"{method} {each.path}"


async def test_no_route_answers_to_a_token_that_lacks_its_scope(house: House) -> None:
    bare = await add_token(house.storage, "root", scopes=frozenset())
    session = house.session({"Authorization": f"Bearer {bare}"})
    for each in routes(house):
        if each.scope is None or each.methods == {"WEBSOCKET"}:
            continue
        for method in each.methods - {"HEAD"}:
            async with session.request(method, filled(each.path), allow_redirects=False) as answer:
                assert answer.status == 403, f"{method} {each.path}"
                assert f"'{each.scope}'" in (await answer.json())["error"]["message"]


async def test_no_websocket_opens_without_a_token(house: House) -> None:
    for each in routes(house):
        if each.methods == {"WEBSOCKET"}:
            headers = {
                "Connection": "Upgrade",
                "Upgrade": "websocket",
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            }
            async with house.session().get(filled(each.path), headers=headers) as answer:
                assert answer.status == 401, each.path


async def test_what_is_no_route_is_not_there(house: House) -> None:
    for path in (
        "/internal/logs",
        "/internal/logs/raw",
        "/internal/folder_paths",
        "/internal/files/output",
        "/api/experiment/models/preview/checkpoints/0/..%2f..%2fsecret.png",
        "/experiment/models/preview/checkpoints/0/a.png",
        "/docs/../queue",
        "/openapi.json",
        "/redoc",
        "/.git/config",
    ):
        for session in (house.session(), house.as_("root")):
            async with session.get(URL(f"{house.url}{path}", encoded=True), allow_redirects=False) as answer:
                assert answer.status in (404, 401), path


def test_only_routes_that_can_be_walked_are_there(house: House) -> None:
    assert all(
        isinstance(each, Route | WebSocketRoute) or hasattr(each, "dependant")
        for each in house.gateway.api.router.routes
    )
