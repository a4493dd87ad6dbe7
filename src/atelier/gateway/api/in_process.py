"""The API without a network, for a service that is stopped: the same routes, in the name of who runs it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlencode

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message

from atelier.errors import AtelierError
from atelier.gateway.administration import Administration
from atelier.gateway.api.parts import Parts
from atelier.gateway.api.routers import routers
from atelier.gateway.config import Config
from atelier.gateway.identity import Identity, Via
from atelier.gateway.metrics import Metrics
from atelier.gateway.refusals import on_error
from atelier.gateway.scopes import SCOPES
from atelier.storage.account import Account, Role
from atelier.storage.artifacts import ArtifactStore
from atelier.storage.sqlite import SqliteStorage

#: Who stands in the audit log for what was done while the service was stopped.
ACTOR = "offline"


@dataclass(frozen=True, kw_only=True)
class InProcessAnswer:
    """What a route answered."""

    status: int
    #: Names in lower case.
    headers: Mapping[str, str]
    body: bytes


class InProcess:
    """Calls the routes of an application without a server."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def request(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, content: bytes = b""
    ) -> InProcessAnswer:
        """Return what a route answers; an error that it does not foresee is raised."""
        sent: list[Message] = []
        waiting: list[Message] = [{"type": "http.request", "body": content, "more_body": False}]

        async def receive() -> Message:
            if waiting:
                return waiting.pop()
            # Nobody goes away before the answer is there; whoever waits for that is cancelled then.
            gone: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
            return await gone

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": quote(unquote(path)).encode(),
            "root_path": "",
            "query_string": urlencode(params or {}).encode(),
            "headers": [(b"content-type", b"application/json")],
            "client": None,
            "server": None,
            "state": {},
        }
        await self._app(scope, receive, send)
        start, *rest = sent
        return InProcessAnswer(
            status=start["status"],
            headers={name.decode().lower(): value.decode() for name, value in start["headers"]},
            body=b"".join(each.get("body", b"") for each in rest),
        )


class _OneSelf:
    """Knows one identity only: whoever may read the database may do everything anyway."""

    def __init__(self, now: float) -> None:
        account = Account(id=ACTOR, name=ACTOR, role=Role.ADMIN, created_at=now)
        self._identity = Identity(account=account, scopes=frozenset(SCOPES), token_id=ACTOR, via=Via.BEARER)

    async def identify(self, connection: HTTPConnection) -> Identity:
        return self._identity


@asynccontextmanager
async def stopped_service(config: Config) -> AsyncIterator[InProcess]:
    """Give the API of a service that is stopped, and hold its database meanwhile.

    Raises:
        DatabaseInUse: the service runs.
        DatabaseNewer, DatabaseUnusable.
    """
    storage = SqliteStorage(config.database_file)
    try:
        parts = Parts(
            config=config,
            storage=storage,
            artifacts=ArtifactStore(config.artifact_directory),
            administration=Administration(storage, now=time.time),
            stopping=lambda: None,
            now=time.time,
        )
        api = FastAPI(openapi_url=None)
        api.router.routes.extend(route for router in routers(parts) for route in router.routes)
        for error in (AtelierError, HTTPException, RequestValidationError):
            api.add_exception_handler(error, on_error)  # type: ignore[arg-type]
        state: Any = api.state
        state.authenticator = _OneSelf(time.time())
        state.metrics = Metrics()
        yield InProcess(api)
    finally:
        await storage.close()
