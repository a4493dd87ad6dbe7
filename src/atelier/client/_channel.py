"""The WebSocket that all runs of a client share: opened before a workflow, reopened when it breaks."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid

import aiohttp

from atelier.client._events import ConnectionLost, ConnectionRegained, NodeStarted, Started
from atelier.client._inbox import Inbox
from atelier.client._messages import QueueMoved, Signal, read_frame, read_text
from atelier.client._transport import Transport
from atelier.errors import AnswerUnusable, ServerUnreachable

logger = logging.getLogger(__name__)

#: The first message, in which a client says what it understands (only the first counts).
HELLO = json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}})

#: Seconds between the first two attempts to reopen; doubled each time up to the second.
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0


class Channel:
    """Routes the messages of one client id to the inboxes of its runs.

    The server sends a job's messages to the client id that the job was sent with. So while runs are watched,
    a broken socket is reopened under the same id, and only once the old one is closed: the server forgets an
    id when *any* socket of that id closes. Without runs the next socket gets a fresh id.
    """

    def __init__(self, transport: Transport, *, client_id: str | None) -> None:
        self._transport = transport
        self._fixed_id = client_id
        self.client_id = client_id or uuid.uuid4().hex
        self._inboxes: dict[str, Inbox[Signal]] = {}
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._task: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()
        self._reason = "the WebSocket was never opened"
        #: The job that runs, as far as messages told.
        self._running: str | None = None

    @property
    def connected(self) -> bool:
        return self._socket is not None and not self._socket.closed

    async def open(self) -> None:
        """Open the socket unless it is open; where that fails, runs poll until it opens in the background."""
        async with self._opening:
            if self._task is not None and not self._task.done():
                return
            if not self._inboxes and self._fixed_id is None:
                self.client_id = uuid.uuid4().hex
            try:
                await self._connect()
            except ServerUnreachable as error:
                self._reason = str(error)
            self._task = asyncio.create_task(self._keep_open())

    def register(self, job_id: str, inbox: Inbox[Signal]) -> None:
        """Send the signals of a job to an inbox from now on, beginning with the loss of the socket."""
        self._inboxes[job_id] = inbox
        if not self.connected:
            inbox.put(ConnectionLost(job_id=job_id, reason=self._reason))

    def unregister(self, job_id: str) -> None:
        self._inboxes.pop(job_id, None)

    async def renew(self) -> None:
        """Close a socket that is open and mute, so that it is opened anew."""
        if self._socket is not None:
            await self._socket.close()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None
        await self._disconnect()

    async def _connect(self) -> None:
        socket = await self._transport.open_socket(self.client_id)
        try:
            await socket.send_str(HELLO)
        except (aiohttp.ClientError, OSError) as error:
            await socket.close()
            raise ServerUnreachable(f"The WebSocket closed at once ({type(error).__name__}).") from error
        self._socket = socket

    async def _disconnect(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    async def _keep_open(self) -> None:
        """Read until the socket breaks, and open it again as long as there are runs."""
        pause = 0.0
        while True:
            if self._socket is not None:
                await self._read(self._socket)
                await self._disconnect()
                self._tell_lost()
                pause = 0.0
            if not self._inboxes:
                return
            await asyncio.sleep(pause)
            pause = min(max(2 * pause, _FIRST_PAUSE), _LONGEST_PAUSE)
            try:
                await self._connect()
            except ServerUnreachable as error:
                self._reason = str(error)
                continue
            for job_id, inbox in self._inboxes.items():
                inbox.put(ConnectionRegained(job_id=job_id))

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            try:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._deliver(read_text(message.data, running=self._running))
                elif message.type is aiohttp.WSMsgType.BINARY:
                    self._deliver(read_frame(message.data, running=self._running))
            except AnswerUnusable as error:
                # One bad message does not end the stream.
                logger.debug("skipped a WebSocket message: %s", error)
        self._reason = f"the server closed the WebSocket (code {socket.close_code})"

    def _deliver(self, signal: Signal | None) -> None:
        if signal is None:
            return
        if isinstance(signal, QueueMoved):
            for inbox in self._inboxes.values():
                inbox.put(signal)
            return
        if isinstance(signal, (Started, NodeStarted)):
            self._running = signal.job_id
        inbox_of_job = self._inboxes.get(signal.job_id)
        if inbox_of_job is not None:
            inbox_of_job.put(signal)

    def _tell_lost(self) -> None:
        self._running = None
        for job_id, inbox in self._inboxes.items():
            inbox.put(ConnectionLost(job_id=job_id, reason=self._reason))
