"""`GET /ws`: one WebSocket from its handshake to its end."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from atelier.engine.runner import JobRunner
from atelier.engine.server.hub import Hub, Listener
from atelier.engine.server.outbox import Outbox

#: More sockets than any class of students opens; each costs memory.
MAX_SOCKETS = 1000
#: Clients send a few feature flags and nothing else.
MAX_MESSAGE_BYTES = 1024 * 1024
#: Seconds that a peer has to answer a closing handshake.
CLOSE_DEADLINE = 2.0


@dataclass(frozen=True, kw_only=True)
class Sockets:
    """The WebSocket route, and the sockets that are open."""

    hub: Hub
    runner: JobRunner
    features: dict[str, Any]
    heartbeat: float
    _open: set[web.WebSocketResponse] = field(default_factory=set)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/ws", self.connect)]

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one socket until it closes.

        Raises:
            web.HTTPBadRequest: the request is no WebSocket handshake.
            web.HTTPServiceUnavailable: too many sockets are open.
        """
        if len(self._open) >= MAX_SOCKETS:
            raise web.HTTPServiceUnavailable(text="Too many WebSockets are open.")
        socket = web.WebSocketResponse(
            heartbeat=self.heartbeat,
            timeout=CLOSE_DEADLINE,
            max_msg_size=MAX_MESSAGE_BYTES,
            # Messages are small and mostly travel inside one machine.
            compress=False,
        )
        await socket.prepare(request)
        transport = request.transport
        if transport is None:
            return socket
        listener = Listener(request.query.get("clientId") or uuid.uuid4().hex, Outbox(transport))
        self._open.add(socket)
        self._welcome(listener)
        self.hub.join(listener)
        try:
            await self._listen(socket, listener)
        finally:
            self.hub.leave(listener)
            self._open.discard(socket)
        return socket

    async def close(self) -> None:
        """Close every open socket within a deadline."""
        sockets = tuple(self._open)
        try:
            async with asyncio.timeout(CLOSE_DEADLINE):
                await asyncio.gather(*(each.close(code=WSCloseCode.GOING_AWAY) for each in sockets))
        except TimeoutError:
            # Whoever does not answer is cut off when the server's connections are.
            return

    def _welcome(self, listener: Listener) -> None:
        listener.tell("status", {"status": queue_status(self.runner), "sid": listener.client_id})
        node = self.runner.executing_for(listener.client_id)
        if node is not None:
            listener.tell("executing", {"node": node})

    async def _listen(self, socket: web.WebSocketResponse, listener: Listener) -> None:
        """Read to the end; of all that a client says, the feature flags in its first message count."""
        first = True
        async for message in socket:
            if not first or message.type is not WSMsgType.TEXT:
                continue
            try:
                document = json.loads(message.data)
            except (ValueError, RecursionError):
                continue
            if not isinstance(document, dict):
                continue
            first = False
            if document.get("type") == "feature_flags":
                flags = document.get("data")
                listener.wants_metadata = (
                    isinstance(flags, dict) and flags.get("supports_preview_metadata") is True
                )
                listener.tell("feature_flags", self.features)


def queue_status(runner: JobRunner) -> dict[str, Any]:
    """Return what `status` messages and `GET /prompt` say of the queue."""
    return {"exec_info": {"queue_remaining": runner.queue.remaining}}
