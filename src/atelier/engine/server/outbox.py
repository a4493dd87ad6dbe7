"""What one WebSocket still has to send: bounded, so that a slow peer costs nobody else anything."""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from aiohttp import WSMsgType, web

#: How far a peer may fall behind before it is cut off.
MAX_WAITING_FRAMES = 10_000
MAX_WAITING_BYTES = 16 * 1024 * 1024

logger = logging.getLogger(__name__)


class Outbox:
    """Takes frames without waiting, and sends them in order from a task of its own.

    Used from the event loop's thread only.
    """

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        self._socket = socket
        self._transport = transport
        self._waiting: deque[tuple[bytes, WSMsgType]] = deque()
        self._waiting_bytes = 0
        self._filled = asyncio.Event()

    def put(self, data: bytes, type: WSMsgType) -> None:
        """Send a frame soon; a peer that has fallen too far behind is cut off instead."""
        if self._transport.is_closing():
            return
        self._waiting.append((data, type))
        self._waiting_bytes += len(data)
        if len(self._waiting) > MAX_WAITING_FRAMES or self._waiting_bytes > MAX_WAITING_BYTES:
            logger.warning(
                "A WebSocket peer is %d messages (%d bytes) behind and is cut off.",
                len(self._waiting),
                self._waiting_bytes,
            )
            self._waiting.clear()
            self._waiting_bytes = 0
            self._transport.abort()
            return
        self._filled.set()

    async def send(self) -> None:
        """Send what comes until the connection is lost or this is cancelled."""
        try:
            while True:
                await self._filled.wait()
                while self._waiting:
                    data, type = self._waiting.popleft()
                    self._waiting_bytes -= len(data)
                    await self._socket.send_frame(data, type)
                self._filled.clear()
        except ConnectionError:
            # The reading side of the socket sees the same loss and ends the connection.
            return
