"""ComfyUI's routes: each exists plain and under `/api`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.routing import BaseRoute, Route

from atelier.gateway.guard import Handler, guarded


@dataclass(frozen=True, kw_only=True)
class ComfyUIRoute:
    """One route of the protocol."""

    method: str
    path: str
    scope: str
    handler: Handler


def get(path: str, scope: str, handler: Handler) -> ComfyUIRoute:
    return ComfyUIRoute(method="GET", path=path, scope=scope, handler=handler)


def post(path: str, scope: str, handler: Handler) -> ComfyUIRoute:
    return ComfyUIRoute(method="POST", path=path, scope=scope, handler=handler)


def delete(path: str, scope: str, handler: Handler) -> ComfyUIRoute:
    return ComfyUIRoute(method="DELETE", path=path, scope=scope, handler=handler)


def both_ways(routes: Iterable[ComfyUIRoute]) -> list[BaseRoute]:
    """Return each route plain and under `/api`."""
    return [
        Route(prefix + each.path, guarded(each.scope, each.handler), methods=[each.method])
        for each in routes
        for prefix in ("", "/api")
    ]
