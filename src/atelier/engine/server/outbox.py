"""What one WebSocket still has to send: bounded, so that a slow peer costs nobody else anything."""

from __future__ import annotations

import asyncio
import logging
import struct

from aiohttp import WSMsgType

#: How many bytes a peer may fall behind before it is cut off.
MAX_WAITING_BYTES = 16 * 1024 * 1024
#: Seconds that a frame which is not urgent may wait for company.
PATIENCE = 0.005

logger = logging.getLogger(__name__)


class Outbox:
    """Sends frames in order without ever waiting for the peer, those that come close together in one write.

    A job says a dozen things within a millisecond, and each write is a call to the system; so this writes
    frames itself, where aiohttp would write them one by one. Used from the event loop's thread only.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._frames: list[bytes] = []
        self._flushing: asyncio.Handle | None = None

    def put(self, data: bytes, type: WSMsgType, *, urgent: bool = True) -> None:
        """Send a frame in this turn of the event loop, or a little later when it is not urgent.

        A peer that has fallen too far behind is cut off instead.
        """
        self._frames += (frame_header(len(data), type), data)
        if urgent and isinstance(self._flushing, asyncio.TimerHandle):
            self._flushing.cancel()
            self._flushing = None
        if self._flushing is None:
            loop = asyncio.get_running_loop()
            self._flushing = loop.call_soon(self._flush) if urgent else loop.call_later(PATIENCE, self._flush)

    def _flush(self) -> None:
        frames, self._frames, self._flushing = self._frames, [], None
        if self._transport.is_closing():
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
