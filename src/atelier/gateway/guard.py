"""Default deny: a route says which scope it needs, or stands in the list of those that anybody may ask for.

    Route("/queue", guarded("jobs:read", show))             a plain route; `show(request, identity)`
    WebSocketRoute("/ws", guarded_socket("jobs:read", serve))
    @router.get("/accounts")                                a route of FastAPI's
    async def accounts(identity: Annotated[Identity, needs("accounts:read")]) -> ...
    Route("/healthz", public(alive))                        one of `PUBLIC`

`check_declared` refuses an application in which a route says nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import Depends
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from atelier.gateway.authentication import Authenticator
from atelier.gateway.identity import Identity
from atelier.gateway.scopes import SCOPES

#: What anybody may ask for, token or not.
PUBLIC = frozenset(
    {
        "/healthz",
        "/readyz",
        "/atelier/sign-in",
        "/atelier/sign-out",
        "/atelier/api/openapi.json",
    }
)

Handler = Callable[[Request, Identity], Awaitable[Response]]
SocketHandler = Callable[[WebSocket, Identity], Awaitable[None]]
Endpoint = Callable[[Request], Awaitable[Response]]
T = TypeVar("T")

#: The attribute of an endpoint that tells its scope; None for a public one.
_SCOPE = "atelier_scope"


class RouteUndeclared(Exception):
    """A route of the application does not say who may use it."""


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What a route says of itself."""

    path: str
    methods: frozenset[str]
    #: None for a public route.
    scope: str | None


def guarded(scope: str, handler: Handler) -> Endpoint:
    """Return an endpoint that answers only to those who have the scope."""
    _known(scope)

    async def endpoint(request: Request) -> Response:
        return await handler(request, await identify(request, scope))

    return _declare(endpoint, scope)


def guarded_socket(scope: str, handler: SocketHandler) -> Callable[[WebSocket], Awaitable[None]]:
    """Return a WebSocket's endpoint that serves only those who have the scope."""
    _known(scope)

    async def endpoint(socket: WebSocket) -> None:
        await handler(socket, await identify(socket, scope))

    return _declare(endpoint, scope)


def public(endpoint: Endpoint) -> Endpoint:
    """Mark an endpoint that anybody may ask for; its path stands in `PUBLIC` too."""

    async def marked(request: Request) -> Response:
        _note_route(request)
        return await endpoint(request)

    return _declare(marked, None)


class Needs:
    """The dependency behind `needs`."""

    def __init__(self, scope: str) -> None:
        self.scope = _known(scope)

    async def __call__(self, connection: HTTPConnection) -> Identity:
        return await identify(connection, self.scope)


def needs(scope: str) -> Any:
    """Return the dependency that gives a FastAPI route the identity, if it has the scope."""
    return Depends(Needs(scope))


async def identify(connection: HTTPConnection, scope: str) -> Identity:
    """Return who asks, if they may.

    Raises:
        TokenInvalid: nobody known.
        ScopeMissing: somebody who may not.
        AttemptsTooMany, OriginForeign.
    """
    _note_route(connection)
    authenticator: Authenticator = connection.app.state.authenticator
    identity = await authenticator.identify(connection)
    # For the log line, also of what is refused.
    connection.state.identity = identity
    identity.require(scope)
    return identity


def declared(routes: Iterable[BaseRoute]) -> Iterator[Declared]:
    """Yield what each route says.

    Raises:
        RouteUndeclared: one says nothing, or is of a kind that cannot be looked into.
    """
    for route in routes:
        if isinstance(route, APIRoute):
            found = set(_scopes(route.dependant))
            methods = frozenset(route.methods or ())
        elif isinstance(route, Route | WebSocketRoute) and hasattr(route.endpoint, _SCOPE):
            found = {getattr(route.endpoint, _SCOPE)}
            methods = frozenset(getattr(route, "methods", None) or {"WEBSOCKET"})
        else:
            raise RouteUndeclared(f"{route!r} does not say who may use it")
        path = str(route.path)
        if len(found) != 1 or (None in found) != (path in PUBLIC):
            raise RouteUndeclared(
                f"{path} needs one scope, or a place in PUBLIC; it says {sorted(map(str, found))}"
            )
        yield Declared(path=path, methods=methods, scope=found.pop())


def check_declared(routes: Iterable[BaseRoute]) -> None:
    """Return if every route says who may use it.

    Raises:
        RouteUndeclared: one does not.
    """
    for _ in declared(routes):
        pass


def _note_route(connection: HTTPConnection) -> None:
    """Keep what matched, for the figures; the scope itself is copied on the way here."""
    connection.state.endpoint = connection.scope.get("endpoint")


def _scopes(dependant: Dependant) -> Iterator[str | None]:
    for each in dependant.dependencies:
        if isinstance(each.call, Needs):
            yield each.call.scope
        yield from _scopes(each)


def _known(scope: str) -> str:
    if scope not in SCOPES:
        raise RouteUndeclared(f"'{scope}' is no scope: the table is gateway/scopes.py")
    return scope


def _declare(endpoint: T, scope: str | None) -> T:
    setattr(endpoint, _SCOPE, scope)
    return endpoint
