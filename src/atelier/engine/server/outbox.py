"""What one WebSocket still has to send: bounded, so that a slow peer costs nobody else anything."""

from __future__ import annotations

import asyncio
import logging
import struct

from aiohttp import WSMsgType

#: How many bytes a peer may fall behind before it is cut off.
MAX_WAITING_BYTES = 16 * 1024 * 1024

logger = logging.getLogger(__name__)


class Outbox:
    """Sends frames in order without ever waiting, those of one turn of the event loop in one write.

    A job says a dozen things within a millisecond, and each write is a call to the system; so this writes
    frames itself, where aiohttp would write them one by one. Used from the event loop's thread only.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._frames: list[bytes] = []

    def put(self, data: bytes, type: WSMsgType) -> None:
        """Send a frame soon; a peer that has fallen too far behind is cut off instead."""
        if not self._frames:
            asyncio.get_running_loop().call_soon(self.flush)
        self._frames += (frame_header(len(data), type), data)

    def flush(self) -> None:
        """Hand what waits to the connection."""
        frames, self._frames = self._frames, []
        if not frames or self._transport.is_closing():
            return
        self._transport.write(b"".join(frames))
        behind = self._transport.get_write_buffer_size()
        if behind > MAX_WAITING_BYTES:
            logger.warning("A WebSocket peer is %d bytes behind and is cut off.", behind)
            self._transport.abort()


def frame_header(length: int, type: WSMsgType) -> bytes:
    """Return what precedes `length` bytes of a whole, unmasked message. Source: RFC 6455, section 5.2."""
    first = 0x80 | type.value
    if length < 126:
        return bytes((first, length))
    if length < 1 << 16:
        return struct.pack(">BBH", first, 126, length)
    return struct.pack(">BBQ", first, 127, length)
