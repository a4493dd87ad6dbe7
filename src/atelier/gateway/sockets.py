"""`/ws`: one WebSocket from its handshake to its end."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from atelier.errors import ServiceError
from atelier.gateway.authentication import Authenticator, Credential
from atelier.gateway.guard import guarded_socket
from atelier.gateway.hub import Hub, Listener
from atelier.gateway.identity import Identity
from atelier.gateway.statuses import Statuses

_SCOPE = "jobs:read"
#: Sockets that are open at once, of all accounts and of one; each costs memory.
MOST = 2_000
MOST_OF_ONE = 50
#: Seconds between two looks whether those who listen still may.
RECHECK = 1.5
#: The longest client id.
_LONGEST_ID = 200

#: Seconds that a closing socket may take to write its last words.
_FAREWELL = 1.0

_NOT_ALLOWED = 1008
_TRY_AGAIN = 1013


@dataclass(frozen=True, kw_only=True)
class Sockets:
    """The WebSocket routes, and the sockets that are open."""

    hub: Hub
    statuses: Statuses
    authenticator: Authenticator
    features: Mapping[str, Any]
    _open: dict[Listener, tuple[WebSocket, Credential]] = field(default_factory=dict)

    def routes(self) -> list[BaseRoute]:
        endpoint = guarded_socket(_SCOPE, self.serve)
        return [WebSocketRoute("/ws", endpoint), WebSocketRoute("/api/ws", endpoint)]

    async def serve(self, socket: WebSocket, identity: Identity) -> None:
        """Serve one socket until it closes.

        Raises:
            HTTPException: too many sockets are open.
        """
        account_id = identity.account.id
        credential = self.authenticator.credential(socket)
        if len(self.hub) >= MOST or self.hub.count(account_id) >= MOST_OF_ONE or credential is None:
            raise HTTPException(503, "Too many WebSockets are open.", headers={"Retry-After": "10"})
        status = await self.statuses.of(account_id)
        await socket.accept()
        listener = Listener(account_id=account_id, client_id=_client_id(socket))
        listener.tell("status", {"status": status, "sid": listener.client_id})
        self.hub.join(listener)
        self._open[listener] = socket, credential
        writing = asyncio.create_task(_write(socket, listener), name="gateway-socket")
        try:
            await self._read(socket, listener)
        finally:
            self.hub.leave(listener)
            self._open.pop(listener, None)
            writing.cancel()
            await asyncio.wait({writing})

    async def watch(self) -> None:
        """Close the sockets of those who may listen no more, soon after that is so; until cancelled."""
        while True:
            await self.authenticator.grants.changed(within=RECHECK)
            ended = []
            for listener, (socket, credential) in tuple(self._open.items()):
                if not await self._may_listen(credential):
                    self._open.pop(listener, None)
                    ended.append(_close(socket, _NOT_ALLOWED, "The token is no longer valid."))
            await asyncio.gather(*ended)

    async def _may_listen(self, credential: Credential) -> bool:
        try:
            identity = await self.authenticator.still(credential)
        except ServiceError:
            # Who cannot be looked up may not listen.
            return False
        return identity is not None and identity.may(_SCOPE)

    async def _read(self, socket: WebSocket, listener: Listener) -> None:
        """Read to the end; of all that a client says, the feature flags in its first message count."""
        first = True
        while True:
            try:
                message = await socket.receive()
            except (WebSocketDisconnect, RuntimeError):
                return
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if not first or not isinstance(text, str):
                continue
            try:
                document = json.loads(text)
            # Brackets nested by the thousand are a RecursionError.
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
                listener.tell("feature_flags", dict(self.features))


async def _write(socket: WebSocket, listener: Listener) -> None:
    try:
        while (data := await listener.outbox.next()) is not None:
            await (socket.send_text(data) if isinstance(data, str) else socket.send_bytes(data))
        await _close(socket, _TRY_AGAIN, "Too much waited to be read.")
    except (WebSocketDisconnect, RuntimeError):
        # It is gone, which the reading side learns too.
        return


async def _close(socket: WebSocket, code: int, reason: str) -> None:
    try:
        async with asyncio.timeout(_FAREWELL):
            await socket.close(code=code, reason=reason)
    except (WebSocketDisconnect, RuntimeError, TimeoutError):
        return


def _client_id(socket: WebSocket) -> str:
    """Return the client id that was asked for, or a new one; within the account it is as good as any."""
    asked = socket.query_params.get("clientId", "")
    return asked if asked and asked.isprintable() and len(asked) <= _LONGEST_ID else uuid.uuid4().hex
