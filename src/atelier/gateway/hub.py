"""Who hears what: carries what workers tell of jobs to the WebSockets of their accounts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from atelier.gateway.bodies import encode
from atelier.gateway.metrics import Metrics
from atelier.gateway.outbox import Outbox, Weight
from atelier.providers.messages import Message
from atelier.schemas import frames
from atelier.storage.job import Job
from atelier.worker.announcements import Announcement

_ENDS = frozenset({"execution_success", "execution_error", "execution_interrupted"})
_PROGRESS = frozenset({"progress", "progress_state"})
#: Running jobs whose state is kept for those who come back; far more than there are engines.
_MOST_RUNNING = 1_000


@dataclass(eq=False, kw_only=True)
class Listener:
    """One WebSocket of an account, under the client id that it came with or was given."""

    account_id: str
    client_id: str
    outbox: Outbox = field(default_factory=Outbox)
    #: Whether previews come with metadata (event 4) instead of without (event 1).
    wants_metadata: bool = False

    def tell(self, type: str, data: dict[str, Any]) -> None:
        """Send one message to this listener alone."""
        self.outbox.put(_text(type, data))


@dataclass(kw_only=True)
class _Running:
    """What somebody who comes back has to know of a running job."""

    progress: str | None = None
    executing: str | None = None
    #: When its latest preview went out.
    pictured_at: float = float("-inf")


class Hub:
    """Knows the listeners by account and client id; a client id of another account is another one.

    Of several sockets with one client id all hear, since a page that is reloaded opens the new one before
    the old one is closed. (With ComfyUI the newest hears, and whichever closes mutes all.)

    Args:
        changed: Called with an account whose queue changed.
        previews: Pictures a second that one job sends at most; 0 for none.
    """

    def __init__(
        self,
        *,
        metrics: Metrics,
        changed: Callable[[str], None],
        previews: float,
        monotonic: Callable[[], float],
    ) -> None:
        self._metrics = metrics
        self._changed = changed
        self._previews = previews
        self._now = monotonic
        self._listeners: dict[str, dict[str, list[Listener]]] = {}
        self._running: OrderedDict[str, tuple[Job, _Running]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def count(self, account_id: str) -> int:
        """Return how many sockets of an account are open."""
        return sum(map(len, self._listeners.get(account_id, {}).values()))

    def accounts(self) -> frozenset[str]:
        return frozenset(self._listeners)

    def join(self, listener: Listener) -> None:
        """Let a listener hear from now on, beginning with where its running jobs are."""
        of_account = self._listeners.setdefault(listener.account_id, {})
        of_account.setdefault(listener.client_id, []).append(listener)
        self._count += 1
        self._metrics.sockets(self._count)
        for job, state in self._running.values():
            if (job.account_id, job.client_id) == (listener.account_id, listener.client_id):
                for text in (state.progress, state.executing):
                    if text is not None:
                        listener.outbox.put(text)

    def leave(self, listener: Listener) -> None:
        """Forget a listener."""
        of_account = self._listeners[listener.account_id]
        same = of_account[listener.client_id]
        same.remove(listener)
        if not same:
            del of_account[listener.client_id]
        if not of_account:
            del self._listeners[listener.account_id]
        self._count -= 1
        self._metrics.sockets(self._count)

    def tell_status(self, account_id: str, data: dict[str, Any]) -> None:
        """Tell all sockets of an account how its own jobs stand."""
        text = _text("status", data)
        for same in self._listeners.get(account_id, {}).values():
            for listener in same:
                listener.outbox.put(text)

    def announce(self, job: Job, announcement: Announcement) -> None:
        """Tell those who listen under a job's client id; never waits."""
        if isinstance(announcement, Message):
            self._announce_message(job, announcement)
        elif isinstance(announcement, frames.Preview):
            self._announce_preview(job, announcement)
        else:
            frame = frames.build(announcement)
            for listener in self._audience(job):
                listener.outbox.put(frame, Weight.PROGRESS)

    def _announce_message(self, job: Job, message: Message) -> None:
        text = _text(message.type, message.data)
        weight = Weight.PROGRESS if message.type in _PROGRESS else Weight.MESSAGE
        for listener in self._audience(job):
            listener.outbox.put(text, weight)
        if message.type in _ENDS:
            self._metrics.ended(job)
            self._changed(job.account_id)
        elif message.type == "execution_start":
            self._changed(job.account_id)
        self._remember(job, message, text)

    def _remember(self, job: Job, message: Message, text: str) -> None:
        if job.state.final:
            self._running.pop(job.id, None)
            return
        state = self._state(job)
        if message.type == "progress_state":
            state.progress = text
        elif message.type == "executing":
            state.executing = text
        elif message.type == "execution_start":
            # Another attempt begins anew.
            state.progress = state.executing = None

    def _announce_preview(self, job: Job, preview: frames.Preview) -> None:
        # PNG is how SaveImageWebsocket gives its result; samplers send JPEG.
        result = preview.media_type == "image/png"
        if not result and not self._due(job):
            return
        weight = Weight.MESSAGE if result else Weight.PREVIEW
        with_metadata = without = None
        for listener in self._audience(job):
            if listener.wants_metadata:
                with_metadata = with_metadata or frames.build(preview)
                listener.outbox.put(with_metadata, weight)
            else:
                without = without or frames.build(
                    frames.LegacyPreview(image=preview.image, media_type=preview.media_type)
                )
                listener.outbox.put(without, weight)

    def _due(self, job: Job) -> bool:
        state, now = self._state(job), self._now()
        if self._previews <= 0 or now - state.pictured_at < 1 / self._previews:
            return False
        state.pictured_at = now
        return True

    def _state(self, job: Job) -> _Running:
        known = self._running.get(job.id)
        if known is None:
            known = self._running[job.id] = job, _Running()
            while len(self._running) > _MOST_RUNNING:
                self._running.popitem(last=False)
        return known[1]

    def _audience(self, job: Job) -> Iterator[Listener]:
        # Without a client id nobody is meant; with ComfyUI some of it would go to everybody.
        if job.client_id is not None:
            yield from self._listeners.get(job.account_id, {}).get(job.client_id, ())


def _text(type: str, data: Any) -> str:
    return encode({"type": type, "data": data}).decode()
