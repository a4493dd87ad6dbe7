"""How the service is: `/healthz`, `/readyz`, `/metrics`, and the background work that must not end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from atelier.errors import ServiceError
from atelier.gateway.bodies import answer
from atelier.gateway.guard import guarded, public
from atelier.gateway.identity import Identity
from atelier.gateway.metrics import Metrics
from atelier.storage.contract import Storage

log = structlog.get_logger(__name__)

#: Seconds in which the database has to answer.
_DEADLINE = 5.0


@dataclass(frozen=True, kw_only=True)
class Health:
    """Says how the service is."""

    storage: Storage
    metrics: Metrics
    #: Why requests should go elsewhere: background work that ended although it must not.
    _ended: list[str] = field(default_factory=list)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/healthz", public(self.alive), methods=["GET"]),
            Route("/readyz", public(self.ready), methods=["GET"]),
            Route("/metrics", guarded("metrics:read", self.figures), methods=["GET"]),
        ]

    async def alive(self, request: Request) -> Response:
        """Say that the process answers."""
        return answer({"alive": True})

    async def ready(self, request: Request) -> Response:
        """Say whether requests can be served: 200 or 503; and how many engines are up, and down."""
        try:
            async with asyncio.timeout(_DEADLINE):
                engines = await self.storage.engines.list()
        except (ServiceError, TimeoutError):
            return answer({"ready": False}, status=503)
        up, down = (sum(each["state"] == state for each in engines) for state in ("live", "down"))
        return answer(
            {"ready": not self._ended, "engines": up, "down": down}, status=503 if self._ended else 200
        )

    async def figures(self, request: Request, identity: Identity) -> Response:
        return Response(await self.metrics.text(self.storage), media_type=CONTENT_TYPE_LATEST)

    @asynccontextmanager
    async def keeping(self, **work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
        """Run work in the background for as long as the context lasts; the service is not well without it."""
        tasks = [asyncio.create_task(each, name=name) for name, each in work.items()]
        for task in tasks:
            task.add_done_callback(self._note_ended)
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    def stop(self) -> None:
        """Say from now on that no more requests should come here."""
        self._ended.append("stopping")

    def note_failed(self, task: asyncio.Task[None]) -> None:
        """Say that the service is not well where a task failed; one that ended in good order is no matter."""
        if not task.cancelled() and task.exception() is not None:
            self._note_ended(task)

    def _note_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            self._ended.append(task.get_name())
            log.error("background work ended", work=task.get_name(), exc_info=task.exception())
