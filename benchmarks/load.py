"""Load on an HTTP server, made with little work: prepared requests on kept connections, in one thread."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

#: Seconds in which an answer must have come.
DEADLINE = 60.0


class Answer(NamedTuple):
    status: int
    body: bytes


class Connection(asyncio.Protocol):
    """One kept connection; one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._answer: asyncio.Future[Answer] | None = None
        #: Status, and the length of headers and body together, once the headers are there.
        self._status = 0
        self._length: int | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("The server closed the connection."))

    def data_received(self, data: bytes) -> None:
        received = self._received
        received += data
        if self._length is None:
            end = received.find(b"\r\n\r\n")
            if end < 0:
                return
            self._status = int(received[9:12])
            self._length = end + 4 + _content_length(bytes(received[:end]))
        if len(received) >= self._length and self._answer is not None:
            answer = Answer(self._status, bytes(received[received.find(b"\r\n\r\n") + 4 :]))
            received.clear()
            self._length = None
            self._answer.set_result(answer)

    async def ask(self, request: bytes) -> Answer:
        """Send a request and return its answer.

        Raises:
            ConnectionError, TimeoutError: there is none.
            RuntimeError: it is not 200; a benchmark that is refused measures nothing.
        """
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        async with asyncio.timeout(DEADLINE):
            answer = await self._answer
        if answer.status != 200:
            raise RuntimeError(f"The server answered {answer.status}: {answer.body[:500]!r}")
        return answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise RuntimeError("The server did not say how long its answer is.")


@asynccontextmanager
async def connections(url: str, count: int = 1) -> AsyncIterator[list[Connection]]:
    """Give open connections to a server."""
    parts = urlsplit(url)
    host, port = str(parts.hostname), int(parts.port or 80)
    loop = asyncio.get_running_loop()
    opened = [(await loop.create_connection(Connection, host, port))[1] for _ in range(count)]
    try:
        yield opened
    finally:
        for each in opened:
            each.close()


def request(path: str, *, token: str | None = None, body: bytes | None = None) -> bytes:
    """Return the bytes of a GET, or with a body of a POST."""
    lines = [f"{'GET' if body is None else 'POST'} {path} HTTP/1.1", "Host: localhost", "Accept: */*"]
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


@dataclass(frozen=True, kw_only=True)
class Load:
    """What a server did under load."""

    #: Seconds of each request, sorted.
    times: Sequence[float]
    #: Seconds from the first request to the last answer.
    seconds: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.times) / self.seconds

    def quantile(self, share: float) -> float:
        """Return the seconds within which this share of the requests was answered."""
        return self.times[min(len(self.times) - 1, int(share * len(self.times)))]


#: Makes the next request of the connection with this number.
Maker = Callable[[int], bytes]


async def closed_loop(url: str, make: Maker, *, clients: int, requests: int) -> Load:
    """Let clients ask as fast as they are answered, until so many requests were made together."""
    left = iter(range(requests))

    async def client(number: int, connection: Connection) -> list[float]:
        times = []
        for _ in left:
            wanted = make(number)
            began = time.perf_counter()
            await connection.ask(wanted)
            times.append(time.perf_counter() - began)
        return times

    async with connections(url, clients) as opened:
        began = time.perf_counter()
        times = await asyncio.gather(*(client(number, each) for number, each in enumerate(opened)))
        return Load(times=sorted(itertools.chain.from_iterable(times)), seconds=time.perf_counter() - began)


async def open_loop(url: str, make: Maker, *, clients: int, rate: float, seconds: float) -> Load:
    """Ask at a steady rate, however long the answers take; a request's time runs from when it was due."""
    times: list[float] = []
    began = time.perf_counter() + 0.05

    async def client(number: int, connection: Connection, turns: Iterator[int]) -> None:
        for turn in turns:
            due = began + turn / rate
            wanted = make(number)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await connection.ask(wanted)
            times.append(time.perf_counter() - due)

    # Whoever is free takes the next turn.
    turns = iter(range(int(rate * seconds)))
    async with connections(url, clients) as opened:
        await asyncio.gather(*(client(number, each, turns) for number, each in enumerate(opened)))
    return Load(times=sorted(times), seconds=time.perf_counter() - began)
