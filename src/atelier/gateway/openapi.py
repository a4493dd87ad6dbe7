"""The document that describes the service's own API to programs: `/atelier/api/openapi.json`."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from atelier.gateway.bodies import answer
from atelier.gateway.guard import declared, public
from atelier.gateway.scopes import SCOPES


def openapi_route(api: FastAPI) -> BaseRoute:
    """Return the route that answers with the document."""

    async def show(request: Request) -> Response:
        return answer(document(api))

    return Route("/atelier/api/openapi.json", public(show), methods=["GET"])


def document(api: FastAPI) -> dict[str, Any]:
    """Return the description, in which each operation names the scope that it needs."""
    known = api.openapi_schema
    described = api.openapi()
    if known is None:
        components = described.setdefault("components", {})
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        for said in declared(route for route in api.router.routes if isinstance(route, APIRoute)):
            path = said.path.replace(":path}", "}")
            for method in said.methods:
                operation = described["paths"][path].get(method.lower())
                if operation is not None and said.scope is not None:
                    operation["security"] = [{"token": []}]
                    note = f"Needs the scope `{said.scope}`: {SCOPES[said.scope]}"
                    operation["description"] = "\n\n".join(filter(None, (operation.get("description"), note)))
    return described
