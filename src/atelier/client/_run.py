"""One run of a workflow, as a stream of events that ends with the result or with an exception."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from atelier.client._cancellation import cancel_job
from atelier.client._channel import Channel
from atelier.client._events import (
    Accepted,
    ConnectionLost,
    ConnectionRegained,
    Event,
    NodeDone,
    NodeStarted,
    NoticeEvent,
    Progress,
    QueuePosition,
    Started,
    Succeeded,
)
from atelier.client._files import download
from atelier.client._inbox import signal_inbox
from atelier.client._lookup import Finished, Running, Waiting, look_up
from atelier.client._messages import Ended, Failed, QueueMoved, Signal, SuccessAnnounced
from atelier.client._result import Picture, Result, images_of
from atelier.client._submission import Receipt, Submission, submit
from atelier.client._transport import Transport
from atelier.errors import (
    AtelierError,
    ClientError,
    DeadlineExceeded,
    JobInterrupted,
    JobLost,
    RequestRefused,
    ServerFault,
    ServerUnreachable,
    TooManyRequests,
)
from atelier.schemas.notices import Notice

logger = logging.getLogger(__name__)

#: While the socket is open and says nothing, a job is looked up every so many poll intervals.
_SILENCE = 5

#: Pauses in seconds between looks for the history entry of a job whose end was announced.
_ENTRY_PAUSES = (0.05, 0.1, 0.3, 1.0)

#: Seconds that the last look, at the deadline, may take.
_LAST_LOOK = 5.0

#: Seconds that taking a job off the server may take in all.
_CANCEL = 10.0

_TRANSIENT = (ServerUnreachable, ServerFault, TooManyRequests, DeadlineExceeded)


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long a run waits for what."""

    #: Seconds from the first event to the end, waiting in the queue included.
    timeout: float
    #: Seconds between looks while the socket is gone.
    poll_interval: float


class Run:
    """A job that is sent when its first event is asked for.

    Iterate over it for the events, or await `result()` or `images()`; one task at a time. Leaving a loop
    early leaves the job running, and `result()` goes on from there. When the task that waits is cancelled,
    or the deadline passes, or the run is closed, the job is taken off the server.

    Raises:
        ClientError: while waiting; the subclass tells what happened (docs/reference/client.md).
    """

    def __init__(
        self,
        *,
        transport: Transport,
        channel: Channel,
        job_id: str,
        submission: Submission | None,
        pace: Pace,
        notices: Sequence[Notice] = (),
        farewells: set[asyncio.Task[None]],
    ) -> None:
        self.job_id = job_id
        self._transport = transport
        self._channel = channel
        #: None for a job that was sent before.
        self._submission = submission
        self._pace = pace
        self._given_notices = tuple(notices)
        #: Cancellations under way, which the client awaits when it closes.
        self._farewells = farewells
        self._inbox = signal_inbox()
        self._sending: asyncio.Task[Receipt] | None = None
        #: Whether the server may hold the job, so that giving up means cancelling it.
        self._held = False
        self._begun: float | None = None
        self._next_look = 0.0
        self._last_look = 0.0
        self._started = False
        self._ahead: int | None = None
        self._node: str | None = None
        #: Whether the server said that the job is over.
        self._end_announced = False
        self._looks_in_vain = 0
        #: Whether the history's answer is in the inbox.
        self._concluded = False
        self._offline = False
        self._notices: list[Notice] = []
        self._outputs: dict[str, Any] = {}
        self._result: Result | None = None
        self._error: AtelierError | None = None

    @property
    def begun(self) -> bool:
        return self._begun is not None

    @property
    def ended(self) -> bool:
        return self._result is not None or self._error is not None

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        if self._error is not None:
            raise self._error
        if self._result is not None:
            raise StopAsyncIteration
        try:
            return await self._next()
        except asyncio.CancelledError:
            await self._give_up(self._cancelled("the task that waited for it was cancelled"))
            raise
        except AtelierError as error:
            if self._error is not None:  # closed from elsewhere
                raise self._error from None
            await self._give_up(error)
            raise

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End the run and who waits for it; a job that has begun and not ended is taken off the server."""
        if self.begun and not self.ended:
            error = self._cancelled("its run was closed")
            await self._give_up(error)
            self._inbox.put(Failed(job_id=self.job_id, error=error))

    async def result(self, *, on_event: Callable[[Event], None] | None = None) -> Result:
        """Return the result when the job is done.

        Args:
            on_event: Called with each event; what it raises goes on to the caller, and the job is cancelled.
        """
        async for event in self:
            if on_event is not None:
                try:
                    on_event(event)
                except BaseException:
                    await self.aclose()
                    raise
        if self._result is None:
            raise RuntimeError("a stream of events ended without a result")
        return self._result

    async def images(self, *, on_event: Callable[[Event], None] | None = None) -> tuple[Picture, ...]:
        """Return the downloaded pictures when the job is done."""
        result = await self.result(on_event=on_event)
        return tuple(
            [await download(self._transport, each, seconds=self._pace.timeout) for each in result.images]
        )

    # --- the stream -----------------------------------------------------------------------------------------

    async def _next(self) -> Event:
        if self._begun is None:
            await self._begin()
        while True:
            if self._now >= self._deadline and not self._concluded:
                await self._look()
            signal = self._inbox.take()
            if signal is None:
                await self._wait()
                continue
            event = await self._taken(signal)
            if event is not None:
                return event

    async def _begin(self) -> None:
        self._begun = self._last_look = self._next_look = self._now
        try:
            async with asyncio.timeout_at(self._deadline):
                await self._channel.open()
                self._channel.register(self.job_id, self._inbox)
                self._held = True
                if self._submission is not None:
                    await self._send(self._submission)
        except TimeoutError as error:
            raise self._too_late(None) from error
        except RequestRefused:
            self._held = False
            raise
        except ServerUnreachable as error:
            self._held = error.sent
            raise

    async def _send(self, submission: Submission) -> None:
        self._sending = asyncio.create_task(
            submit(self._transport, submission, client_id=self._channel.client_id, deadline=self._deadline)
        )
        # Shielded: a workflow whose sending is cut off may be queued all the same, and is cancelled then.
        receipt = await asyncio.shield(self._sending)
        accepted = Accepted(job_id=self.job_id, number=receipt.number, findings=receipt.findings)
        given = [NoticeEvent(job_id=self.job_id, notice=notice) for notice in self._given_notices]
        self._inbox.put_first([accepted, *given])
        self._next_look = self._now + self._pace.poll_interval

    async def _taken(self, signal: Signal) -> Event | None:
        """Take note of a signal; return it if it is an event that was not told before."""
        if isinstance(signal, QueueMoved):
            if not self._started:
                self._next_look = min(self._next_look, self._last_look + self._pace.poll_interval)
            return None
        self._postpone_look()
        match signal:
            case SuccessAnnounced():
                # Its history entry may come later than this, and then the end is announced as well.
                self._end_announced = True
                self._next_look = self._now + self._pace.poll_interval
            case Ended():
                self._end_announced = True
                await self._look()
            case Failed(error=error):
                self._held = False
                raise error
            case Started():
                told, self._started = self._started, True
                return None if told else signal
            case NodeStarted(node=node) | Progress(node=node):
                self._started, self._node = True, node
            case NodeDone(node=node, outputs=outputs):
                told = self._outputs.get(node) == outputs
                self._outputs[node] = outputs
                return None if told else signal
            case NoticeEvent(notice=notice):
                if notice in self._notices:
                    return None
                self._notices.append(notice)
            case ConnectionLost() | ConnectionRegained():
                offline = isinstance(signal, ConnectionLost)
                if offline == self._offline:
                    return None
                self._offline = offline
                self._next_look = self._now
            case Succeeded(result=result):
                self._result = result
        return signal if isinstance(signal, Event) else None

    async def _wait(self) -> None:
        """Wait for a signal; when none comes in time, look the job up."""
        try:
            async with asyncio.timeout_at(min(self._next_look, self._deadline)):
                await self._inbox.wait()
        except TimeoutError:
            await self._look()

    async def _look(self) -> None:
        """Ask the server where the job stands, and put what is new into the inbox."""
        late = self._now >= self._deadline
        self._last_look = self._now
        self._postpone_look()
        try:
            async with asyncio.timeout_at(max(self._last_look, self._deadline) + _LAST_LOOK):
                state = await look_up(self._transport, self.job_id)
        except TimeoutError as error:
            raise self._too_late(DeadlineExceeded(f"no answer within {_LAST_LOOK:g} s")) from error
        except _TRANSIENT as error:
            if late:
                raise self._too_late(error) from error
            self._inbox.put(ConnectionLost(job_id=self.job_id, reason=str(error)))
            return
        if self._offline and self._channel.connected:
            self._inbox.put(ConnectionRegained(job_id=self.job_id))
        if isinstance(state, Finished):
            await self._conclude(state)
        elif late:
            raise self._too_late(None)
        elif isinstance(state, Running):
            self._inbox.put(Started(job_id=self.job_id))
        elif isinstance(state, Waiting):
            if state.ahead != self._ahead:
                self._inbox.put(QueuePosition(job_id=self.job_id, ahead=state.ahead))
            self._ahead = state.ahead
        elif self._end_announced and self._looks_in_vain < len(_ENTRY_PAUSES):
            self._next_look = self._now + _ENTRY_PAUSES[self._looks_in_vain]
            self._looks_in_vain += 1
        elif not len(self._inbox):
            self._held = False
            raise JobLost(
                f"The server no longer knows job {self.job_id}: it was restarted, or somebody removed the "
                "job from its queue or history. Send it again.",
                job_id=self.job_id,
            )

    async def _conclude(self, end: Finished) -> None:
        """Put what the history says into the inbox, the result last."""
        self._concluded = True
        self._held = False
        self._channel.unregister(self.job_id)
        if self._channel.connected and not self._end_announced and self._submission is not None:
            # The socket kept the end to itself: the server has forgotten its id (see Channel).
            await self._channel.renew()
        if end.error is not None:
            self._inbox.put(Failed(job_id=self.job_id, error=end.error))
            return
        for notice in end.notices:
            self._inbox.put(NoticeEvent(job_id=self.job_id, notice=notice))
        for node, outputs in end.outputs.items():
            self._inbox.put(NodeDone(job_id=self.job_id, node=node, outputs=outputs))
        outputs = {**self._outputs, **end.outputs}
        result = Result(
            job_id=self.job_id,
            images=images_of(outputs),
            notices=tuple(dict.fromkeys([*self._notices, *end.notices])),
            seconds=self._now - (self._begun or self._now),
            outputs=outputs,
        )
        self._inbox.put(Succeeded(job_id=self.job_id, result=result))

    def _postpone_look(self) -> None:
        steps = _SILENCE if self._channel.connected and self._submission is not None else 1
        self._next_look = self._now + steps * self._pace.poll_interval

    @property
    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    @property
    def _deadline(self) -> float:
        return (self._begun or 0.0) + self._pace.timeout

    # --- giving up ------------------------------------------------------------------------------------------

    async def _give_up(self, error: AtelierError) -> None:
        """End the run with an error, and take the job off the server if it may be there."""
        self._error = error
        self._channel.unregister(self.job_id)
        if not self._held:
            return
        self._held = False
        farewell = asyncio.create_task(self._cancel(error))
        self._farewells.add(farewell)
        farewell.add_done_callback(self._farewells.discard)
        await asyncio.shield(farewell)

    async def _cancel(self, error: AtelierError) -> None:
        try:
            async with asyncio.timeout(_CANCEL):
                if self._sending is not None:
                    await asyncio.wait({self._sending})
                await cancel_job(self._transport, self.job_id)
        except (TimeoutError, ClientError) as trouble:
            why = str(trouble) or f"no answer within {_CANCEL:g} s"
            error.add_note(f"The server could not be asked to stop the job, which may still run: {why}")
            logger.warning("job %s could not be cancelled: %s", self.job_id, why)
        finally:
            if self._sending is not None and not self._sending.cancel() and not self._sending.cancelled():
                # Looked at, so that asyncio does not report it as forgotten.
                self._sending.exception()

    def _cancelled(self, why: str) -> JobInterrupted:
        return JobInterrupted(f"Job {self.job_id} was cancelled: {why}.", job_id=self.job_id)

    def _too_late(self, trouble: ClientError | None) -> DeadlineExceeded:
        if trouble is not None:
            place = f"the server does not answer: {trouble}"
        elif self._node is not None:
            place = f"it is at node {self._node}"
        elif self._started:
            place = "it is running"
        elif self._ahead is not None:
            place = f"{self._ahead} jobs go first"
        else:
            place = "it has not begun"
        return DeadlineExceeded(
            f"Job {self.job_id} did not end within {self._pace.timeout:g} s ({place}), so it is cancelled. "
            "Allow more with timeout=..."
        )
