"""The one WebSocket to an engine: reopened when it breaks or falls silent, its events sorted by job."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import aiohttp

from atelier.client.protocol import HELLO, Inbox, Transport
from atelier.errors import AnswerUnusable, ServerUnreachable
from atelier.providers.messages import EngineEvent, LinkChanged, Message, is_step, read_frame, read_message

logger = logging.getLogger(__name__)

#: Seconds of silence until a ping; half as many more without an answer, and the socket counts as dead.
HEARTBEAT = 10.0

#: Seconds before it is opened again; doubled each time up to the second.
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0

#: Seconds that a socket must have lived for the next pause to be short again.
_HEALTHY = 10.0


class EngineSocket:
    """Hears what an engine says of the jobs that were sent under `client_id`.

    Each connection has a fresh client id: under an old one the engine may still hold a dead socket, and when
    it drops that, it forgets the new one. Of a job that was sent before, nothing more is heard; it has to be
    looked up.
    """

    def __init__(self, transport: Transport, *, heartbeat: float = HEARTBEAT) -> None:
        self._transport = transport
        self._heartbeat = heartbeat
        self._inboxes: dict[str, Inbox[EngineEvent]] = {}
        self._running: str | None = None
        self._opened = asyncio.Event()
        self._hurried = asyncio.Event()
        #: Whose messages come here; fresh for each connection.
        self.client_id = uuid.uuid4().hex
        self._is_open = asyncio.Event()

    @property
    def connected(self) -> bool:
        return self._is_open.is_set()

    async def connect(self) -> None:
        """Wait until the socket is open."""
        await self._is_open.wait()

    @contextmanager
    def listen(self, job_id: str) -> Iterator[Inbox[EngineEvent]]:
        """Give the events of a job from now on, for as long as the context lasts."""
        inbox = self._inboxes[job_id] = Inbox(is_step)
        try:
            yield inbox
        finally:
            if self._inboxes.get(job_id) is inbox:
                del self._inboxes[job_id]

    def hurry(self) -> None:
        """Open the socket now, if it is not open: the engine was seen to answer."""
        self._hurried.set()

    async def opened(self) -> None:
        """Wait until a connection was opened since the last call returned."""
        await self._opened.wait()
        self._opened.clear()

    async def run(self) -> None:
        """Keep the socket open until cancelled."""
        loop = asyncio.get_running_loop()
        pause = _FIRST_PAUSE
        while True:
            begun = loop.time()
            try:
                await self._connect_and_read()
            except ServerUnreachable as error:
                logger.debug("%s", error)
            pause = _FIRST_PAUSE if loop.time() - begun > _HEALTHY else min(2 * pause, _LONGEST_PAUSE)
            self._hurried.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurried.wait(), pause)

    async def _connect_and_read(self) -> None:
        client_id = uuid.uuid4().hex
        socket = await self._transport.open_socket(client_id, heartbeat=self._heartbeat)
        try:
            await socket.send_str(HELLO)
            self.client_id = client_id
            self._tell_all(connected=True)
            self._opened.set()
            async for message in socket:
                self._take(message)
        except (aiohttp.ClientError, OSError) as error:
            raise ServerUnreachable(f"The WebSocket broke ({type(error).__name__}).") from error
        finally:
            self._running = None
            if self.connected:
                self._tell_all(connected=False)
            await socket.close()

    def _tell_all(self, *, connected: bool) -> None:
        if connected:
            self._is_open.set()
        else:
            self._is_open.clear()
        for inbox in self._inboxes.values():
            inbox.put(LinkChanged(connected=connected))

    def _take(self, message: aiohttp.WSMessage) -> None:
        try:
            if message.type is aiohttp.WSMsgType.TEXT:
                self._take_text(read_message(message.data))
            elif message.type is aiohttp.WSMsgType.BINARY:
                frame = read_frame(message.data, running=self._running)
                if frame is not None:
                    self._put(*frame)
        except AnswerUnusable as error:
            # One bad message does not end the stream.
            logger.debug("skipped a WebSocket message: %s", error)

    def _take_text(self, message: Message) -> None:
        job_id = message.job_id
        if job_id is None:
            return
        if message.type == "execution_start":
            self._running = job_id
        self._put(job_id, message)

    def _put(self, job_id: str, event: EngineEvent) -> None:
        inbox = self._inboxes.get(job_id)
        if inbox is not None:
            inbox.put(event)
