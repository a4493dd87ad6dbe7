"""The path under which the service stands, such as `/atelier` behind a proxy that serves other things too."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class Mounted:
    """Serves an application under a path, whether or not the proxy in front cuts that path off.

    A path that a trusted proxy told (`Proxied`) counts before the configured one.
    """

    def __init__(self, app: ASGIApp, *, root_path: str) -> None:
        self._app = app
        self._root = root_path.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            root: str = scope.get("root_path") or self._root
            path: str = scope["path"]
            if root and path == root and scope["type"] == "http":
                # The page's addresses are relative, and would lead beside the service without the slash.
                await RedirectResponse(f"{root}/", status_code=308)(scope, receive, send)
                return
            if root and path != root and not path.startswith(f"{root}/"):
                path = root + path
            scope = {**scope, "path": path, "root_path": root}
        await self._app(scope, receive, send)


def own_path(connection: HTTPConnection) -> str:
    """Return a request's path within the service."""
    path: str = connection.scope["path"]
    return path.removeprefix(connection.scope.get("root_path", "")) or "/"


def address_of(connection: HTTPConnection, path: str) -> str:
    """Return the address, without host, of a path within the service."""
    root: str = connection.scope.get("root_path", "")
    return root + path
