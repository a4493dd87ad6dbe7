"""The way to the engine, which can be cut, frozen, or made to talk nonsense."""

from __future__ import annotations

import asyncio
from contextlib import suppress

_PIECE = 64 * 1024
_NONSENSE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 22\r\nConnection: close\r\n\r\n"
    b"<html>good day!</html>"
)


class FaultyLink:
    """Passes bytes between the service and its engine."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._writers: set[asyncio.StreamWriter] = set()
        self._thawed = asyncio.Event()
        self._thawed.set()
        self._nonsense = False
        self._server: asyncio.Server | None = None
        self.url = ""

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def cut(self) -> None:
        """Break off all connections."""
        for writer in self._writers:
            writer.transport.abort()

    async def freeze(self, seconds: float) -> None:
        """Let nothing through for a while."""
        self._thawed.clear()
        await asyncio.sleep(seconds)
        self._thawed.set()

    async def talk_nonsense(self, seconds: float) -> None:
        """Answer in the engine's stead for a while."""
        self._nonsense = True
        self.cut()
        await asyncio.sleep(seconds)
        self._nonsense = False

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if self._nonsense:
                await reader.read(_PIECE)
                writer.write(_NONSENSE)
                await writer.drain()
                return
            with suppress(OSError):
                there_reader, there = await asyncio.open_connection(self._host, self._port)
                self._writers.add(there)
                try:
                    await asyncio.gather(self._pass_on(reader, there), self._pass_on(there_reader, writer))
                finally:
                    self._writers.discard(there)
                    there.close()
        except OSError:
            return
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(_PIECE):
                await self._thawed.wait()
                writer.write(piece)
                await writer.drain()
        writer.close()
