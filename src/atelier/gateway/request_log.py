"""A line, an id and a figure for each request; never its query, its headers or its body.

What was read without trouble is a line of the level `debug`, all else of `info`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from atelier.gateway.identity import Identity
from atelier.gateway.metrics import Metrics

log = structlog.get_logger(__name__)

#: Figures of what is not one of our routes are kept under one name.
_UNKNOWN = "unknown"
_READING = frozenset({"GET", "HEAD"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestLog:
    """Gives each request an id, which its answer carries, and writes a line when it is over."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, patterns: Mapping[object, str]) -> None:
        """Take the application, and the pattern of the route that each endpoint answers."""
        self._app = app
        self._metrics = metrics
        self._patterns = patterns
        self._log = log.bind()
        # An id is no secret, and asking the system for randomness lets other threads in at each request.
        self._random = random.Random()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request_id = f"{self._random.getrandbits(128):032x}"
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        started = time.monotonic()
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            elif message["type"] == "websocket.accept":
                status = 101
            await send(message)

        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self._app(scope, receive, noting)
        except Exception:
            # Answered and written down where it was caught first; the server would write it down again.
            if not status:
                raise
        finally:
            self._note(scope, status, time.monotonic() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        method = "WEBSOCKET" if scope["type"] == "websocket" else scope["method"]
        if scope["type"] == "http":
            route = self._patterns.get(scope["state"].get("endpoint"), _UNKNOWN)
            self._metrics.answered(method if method in _METHODS else _UNKNOWN, route, status, seconds)
        identity = scope["state"].get("identity")
        # A page reads hundreds of files, and waits by asking; lines of that would hide the others.
        tell = self._log.debug if method in _READING and 0 < status < 400 else self._log.info
        tell(
            "request",
            method=method,
            path=scope["path"],
            status=status,
            milliseconds=round(seconds * 1000, 1),
            account=identity.account.id if isinstance(identity, Identity) else None,
        )
