"""Who hears what: carries the worker's messages to the WebSockets that they are meant for."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterable, Sequence
from typing import Any

from aiohttp import WSMsgType

from atelier.engine.messages import Message, Outgoing, PreviewFrame
from atelier.engine.server.bodies import encode
from atelier.engine.server.outbox import Outbox
from atelier.schemas import frames

logger = logging.getLogger(__name__)


class Listener:
    """One WebSocket, under the client id that it came with."""

    def __init__(self, client_id: str, outbox: Outbox) -> None:
        self.client_id = client_id
        self.outbox = outbox
        #: Whether previews come with metadata (event 4) instead of without (event 1).
        self.wants_metadata = False

    def tell(self, type: str, data: dict[str, Any]) -> None:
        """Send one message to this listener alone."""
        self.outbox.put(encode({"type": type, "data": data}), WSMsgType.TEXT)


class Hub:
    """Knows the listeners by their client ids; `publish` may be called from any thread.

    Of several sockets with one client id, the newest hears and the others are mute, as with ComfyUI. When
    the newest closes, the one before it hears again; with ComfyUI, whichever closes mutes all.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        #: Client id to sockets, the newest last; never an empty list.
        self._listeners: dict[str, list[Listener]] = {}
        self._lock = threading.Lock()
        self._batches: list[Sequence[Outgoing]] = []

    def __len__(self) -> int:
        return sum(map(len, self._listeners.values()))

    def join(self, listener: Listener) -> None:
        """Let a listener hear what is published from now on; in the loop's thread."""
        self._listeners.setdefault(listener.client_id, []).append(listener)

    def leave(self, listener: Listener) -> None:
        """Forget a listener; in the loop's thread."""
        same_id = self._listeners[listener.client_id]
        same_id.remove(listener)
        if not same_id:
            del self._listeners[listener.client_id]

    def publish(self, batch: Sequence[Outgoing]) -> None:
        """Deliver messages in their order; thread-safe, and the loop is woken once for many.

        The messages' data must not change afterwards: it is encoded later, in the loop's thread.
        """
        with self._lock:
            self._batches.append(batch)
            if len(self._batches) > 1:
                return
        try:
            self._loop.call_soon_threadsafe(self._deliver)
        except RuntimeError:
            # Nobody is left to hear: the loop has ended, and the worker is told so by `JobRunner.stop`.
            if not self._loop.is_closed():
                raise

    def _deliver(self) -> None:
        with self._lock:
            batches, self._batches = self._batches, []
        for batch in batches:
            legacy: list[tuple[Listener, bytes]] = []
            for each in batch:
                # One message that cannot be encoded must not cost the ones behind it.
                try:
                    if isinstance(each, Message):
                        self._deliver_message(each)
                    else:
                        legacy += self._deliver_preview(each)
                except (TypeError, ValueError):
                    logger.exception("A message could not be encoded and was left out.")
            # A step's picture goes before its `progress` with metadata, and after it without.
            for listener, frame in legacy:
                listener.outbox.put(frame, WSMsgType.BINARY)

    def _deliver_message(self, message: Message) -> None:
        audience = self._audience(message.client_id)
        if audience:
            data = encode({"type": message.type, "data": message.data})
            for listener in audience:
                # What everybody hears, such as the length of the queue, nobody waits for.
                listener.outbox.put(data, WSMsgType.TEXT, urgent=message.client_id is not None)

    def _deliver_preview(self, preview: PreviewFrame) -> Iterable[tuple[Listener, bytes]]:
        """Send a preview to those who want metadata; return what the others get later."""
        audience = self._audience(preview.client_id)
        wanting = [each for each in audience if each.wants_metadata]
        if wanting:
            frame = frames.build(frames.Preview(image=preview.jpeg, metadata=preview.metadata))
            for listener in wanting:
                listener.outbox.put(frame, WSMsgType.BINARY)
        if len(wanting) == len(audience):
            return []
        frame = frames.build(frames.LegacyPreview(image=preview.jpeg, media_type="image/jpeg"))
        return [(each, frame) for each in audience if not each.wants_metadata]

    def _audience(self, client_id: str | None) -> list[Listener]:
        if client_id is None:
            return [same_id[-1] for same_id in self._listeners.values()]
        same_id = self._listeners.get(client_id)
        return [same_id[-1]] if same_id else []
