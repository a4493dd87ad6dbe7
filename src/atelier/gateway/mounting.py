"""The path under which the service stands, such as `/atelier` behind a proxy that serves other things too."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send


class Mounted:
    """Serves an application under a path, whether or not the proxy in front cuts that path off."""

    def __init__(self, app: ASGIApp, *, root_path: str) -> None:
        self._app = app
        self._root = root_path.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._root and scope["type"] in ("http", "websocket"):
            path: str = scope["path"]
            if path != self._root and not path.startswith(f"{self._root}/"):
                path = self._root + path
            scope = {**scope, "path": path, "root_path": self._root}
        await self._app(scope, receive, send)


def own_path(connection: HTTPConnection) -> str:
    """Return a request's path within the service."""
    path: str = connection.scope["path"]
    return path.removeprefix(connection.scope.get("root_path", "")) or "/"


def address_of(connection: HTTPConnection, path: str) -> str:
    """Return the address, without host, of a path within the service."""
    root: str = connection.scope.get("root_path", "")
    return root + path
