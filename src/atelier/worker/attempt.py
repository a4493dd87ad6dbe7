"""One attempt at running a job on one engine, from the look whether it is there to its kept outputs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from atelier.client.protocol import Finished, Inbox, Running
from atelier.errors import (
    AnswerUnusable,
    ArtifactUnusable,
    AtelierError,
    DatabaseUnusable,
    DeadlineExceeded,
    JobInterrupted,
    LeaseLost,
    NotAllowed,
    NotFound,
    NotSignedIn,
    PromptRejected,
    ServerFault,
    ServerUnreachable,
    StorageFull,
    TooManyRequests,
    WorkflowFaulty,
)
from atelier.providers.comfyui import ComfyUI
from atelier.providers.messages import EngineEvent, LinkChanged, Message
from atelier.schemas import frames
from atelier.storage.artifacts import ArtifactStore
from atelier.storage.contract import Storage
from atelier.storage.file import Area
from atelier.storage.job import End, Job, JobState
from atelier.worker.announcements import Announcer
from atelier.worker.bell import wait_for_any
from atelier.worker.collection import Collection
from atelier.worker.endings import engine_seconds, error_message, node_errors
from atelier.worker.lease import Lease
from atelier.worker.milestones import AtMilestone
from atelier.worker.names import Names, for_engine, input_place
from atelier.worker.pace import Pace
from atelier.workflows.file_inputs import FileInput, FileReference, file_inputs
from atelier.workflows.object_info import NodeCatalogue

#: Messages after which a job has ended; its account hears of it when that is stored.
_ENDINGS = frozenset({"execution_success", "execution_error", "execution_interrupted"})

#: What may be over in a moment.
_TRANSIENT = (
    AnswerUnusable,
    DeadlineExceeded,
    NotAllowed,
    NotSignedIn,
    ServerFault,
    ServerUnreachable,
    TooManyRequests,
)

#: What may be over in a moment while outputs are kept.
_PASSING = (*_TRANSIENT, ArtifactUnusable, DatabaseUnusable, StorageFull)

#: Keys of a history entry that a job keeps in fields of its own.
_OWN_KEYS = frozenset({"prompt", "outputs", "status"})

#: Seconds until the history is looked at after an end was announced, which may come a little early.
_SOON = 0.2


@dataclass(frozen=True, kw_only=True)
class GivenBack:
    """An attempt that did not bring its job to an end."""

    #: For the job's account, and whoever runs the service.
    reason: str
    #: Whether it may have begun on the engine, so that it counts.
    counted: bool
    #: Whether the engine, or our own storage, is not well, so that the next job had better wait.
    unwell: bool = True


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What an attempt works with."""

    #: The worker's name, never used again.
    worker: str
    #: The engine's name in the registry.
    engine_name: str
    engine: ComfyUI
    storage: Storage
    artifacts: ArtifactStore
    announcer: Announcer
    at_milestone: AtMilestone
    pace: Pace
    #: Seconds since 1970, UTC.
    clock: Callable[[], float]


class Attempt:
    """Runs one job; everything about it that may go wrong is in what `run` returns.

    Args:
        job: A job that this worker holds.
        adopted: Whether it is taken over from a worker that is gone, so that the engine must know it.
        catalogue: What the engine declares.
    """

    def __init__(
        self, job: Job, parts: Parts, lease: Lease, *, catalogue: NodeCatalogue, adopted: bool
    ) -> None:
        self._job = job
        self._parts = parts
        self._engine = parts.engine
        self._pace = parts.pace
        self._lease = lease
        self._catalogue = catalogue
        self._adopted = adopted
        self._names = Names(job)
        self._collection = self._new_collection()
        #: Whether the engine has answered.
        self._reached = False
        #: The client id under which it was sent; None where its events go elsewhere.
        self._client_id: str | None = None
        self._running_since: float | None = None
        self._next_look = 0.0
        self._fault_since: float | None = None
        #: Since when the engine is asked to stop the job.
        self._stopping_since: float | None = None
        self._next_stop = 0.0
        self._overdue_at = self._now + parts.pace.longest
        #: Whether the account was told of the beginning, and nodes of whose output it was told.
        self._start_told = False
        self._told: set[str] = set()

    async def run(self) -> End | GivenBack:
        """Run the job and return its end, or why it is given back; cancelled, it leaves the job running."""
        with self._engine.socket.listen(self._job.id) as inbox:
            try:
                return await self._run(inbox)
            except LeaseLost:
                self._lease.lost.set()
                return GivenBack(reason="The lease was lost.", counted=False, unwell=False)
            except AtelierError as error:
                return self._judged(error)

    async def _run(self, inbox: Inbox[EngineEvent]) -> End | GivenBack:
        found = await self._engine.look_up(self._job.id)
        self._reached = True
        if found is None and self._adopted:
            return self._unknown()
        if isinstance(found, Finished) and isinstance(found.error, JobInterrupted) and not self._adopted:
            # What is left of an earlier attempt.
            await self._engine.forget(self._job.id)
            found = None
        inputs = await self._inputs(send=found is None)
        self._names = Names(self._job, {name: str(file.value) for file, name in inputs.items()})
        self._collection = self._new_collection()
        if found is None:
            self._parts.at_milestone("inputs sent")
            workflow = for_engine(self._job, inputs, self._catalogue)
            if self._lease.cancelled.is_set():
                return self._stopped(None)
            # What is said to nobody is lost; an engine whose socket does not open is done without.
            await wait_for_any(self._engine.socket.connect(), timeout=self._pace.look)
            self._parts.at_milestone("before send")
            self._client_id = await self._engine.send(
                workflow, job_id=self._job.id, extra_data=self._job.extra_data, targets=self._job.targets
            )
            self._parts.at_milestone("sent")
            self._next_look = self._now + self._pace.look
        return await self._watch(inbox)

    # --- what goes in ---------------------------------------------------------------------------------------

    async def _inputs(self, *, send: bool) -> dict[FileInput, str]:
        """Return the engine's name for each input file, having sent the files."""
        names: dict[FileInput, str] = {}
        sent: dict[str, str] = {}
        for each in file_inputs(dict(self._job.workflow), self._catalogue):
            if each.text is None:
                raise WorkflowFaulty(
                    f"Input {each.name} of node {each.node_id} ({each.class_type}) is no file name but a "
                    "link or a list. Write the name there."
                )
            reference = FileReference.parse(each.text)
            file = await self._parts.storage.files.get(
                self._job.account_id, Area(reference.folder), reference.subfolder, reference.filename
            )
            if file is None:
                if not send:
                    continue
                raise WorkflowFaulty(
                    f"Node {each.node_id} ({each.class_type}) reads '{each.text}', which is no longer there. "
                    "Upload it again."
                )
            subfolder, name = input_place(file)
            if name not in sent:
                sent[name] = f"{subfolder}/{name}"
                if send:
                    data = await self._parts.artifacts.bytes_of(file.artifact.digest)
                    given = await self._engine.put_input(data, subfolder=subfolder, name=name)
                    sent[name] = str(given)
            names[each] = sent[name]
        return names

    # --- watching -------------------------------------------------------------------------------------------

    async def _watch(self, inbox: Inbox[EngineEvent]) -> End | GivenBack:
        """Follow the job by its events and by looking it up, whichever tells first."""
        while True:
            if self._to_be_stopped():
                given_up = await self._stop()
                if given_up is not None:
                    return given_up
            event = inbox.take()
            if event is not None:
                await self._take(event)
                continue
            if self._now < self._next_look:
                await self._wait(inbox)
                continue
            self._postpone_look()
            try:
                found = await self._engine.look_up(self._job.id)
            except _TRANSIENT as error:
                self._note_fault(error)
                continue
            self._fault_since = None
            if isinstance(found, Finished):
                return await self._conclude(found, inbox)
            if found is None:
                return self._stopped(None) if self._stopping_since is not None else self._unknown()
            if isinstance(found, Running):
                self._note_running()
                self._tell_start()

    async def _wait(self, inbox: Inbox[EngineEvent]) -> None:
        waits = [inbox.wait()]
        if not self._lease.cancelled.is_set():
            waits.append(_set(self._lease.cancelled))
        until = min(self._next_look, self._overdue_at)
        if self._stopping_since is not None:
            until = min(self._next_look, self._next_stop)
        await wait_for_any(*waits, timeout=until - self._now)

    async def _take(self, event: EngineEvent) -> None:
        if isinstance(event, LinkChanged):
            # What was said meanwhile is lost.
            self._next_look = self._now
        elif isinstance(event, Message):
            await self._take_message(event)
        elif isinstance(event, frames.Preview):
            self._announce(frames.Preview(image=event.image, metadata=self._names.value(event.metadata)))
        else:
            self._announce(frames.Text(node_id=event.node_id, text=self._names.text(event.text)))

    async def _take_message(self, message: Message) -> None:
        if message.type in _ENDINGS:
            self._next_look = min(self._next_look, self._now + _SOON)
        elif message.type == "executing" and message.data.get("node") is None:
            self._next_look = self._now
        elif message.type == "executed":
            node_id = str(message.data.get("node"))
            output = await self._patiently(partial(self._collected, message.data.get("output")))
            self._tell_executed(node_id, {**message.data, "output": output})
        else:
            self._note_running()
            if message.type == "execution_start":
                self._tell_start(message)
            else:
                self._tell_start()
                self._announce(self._names.message(message))
            self._postpone_look()

    def _tell_executed(self, node_id: str, data: Mapping[str, Any]) -> None:
        self._told.add(node_id)
        output = data["output"]
        named = self._names.message(Message(type="executed", data={**data, "output": None}))
        self._announce(Message(type="executed", data={**named.data, "output": output}))

    def _announce(self, announcement: Message | frames.Preview | frames.Text) -> None:
        if not self._lease.lost.is_set():
            self._parts.announcer.announce(self._job, announcement)

    def _note_running(self) -> None:
        if self._running_since is None:
            self._running_since = self._now

    def _tell_start(self, message: Message | None = None) -> None:
        """Tell the account once that its job began, in the engine's words if there are any."""
        if self._start_told:
            return
        self._start_told = True
        if message is None:
            data = {"prompt_id": self._job.id, "timestamp": int(self._parts.clock() * 1000)}
            message = Message(type="execution_start", data=data)
        self._announce(self._names.message(message))

    def _note_fault(self, error: AtelierError) -> None:
        """Bear a fault of the engine, or of our own storage, for a while.

        Raises:
            AtelierError: the error, when there was nothing else for too long.
        """
        self._next_look = self._now + self._pace.look
        if self._fault_since is None:
            self._fault_since = self._now
        elif self._now - self._fault_since > self._pace.unreachable:
            raise error

    def _postpone_look(self) -> None:
        socket = self._engine.socket
        heard = socket.connected and socket.client_id == self._client_id
        self._next_look = self._now + (self._pace.quiet if heard else self._pace.look)

    # --- stopping -------------------------------------------------------------------------------------------

    def _to_be_stopped(self) -> bool:
        return self._lease.cancelled.is_set() or self._now >= self._overdue_at

    async def _stop(self) -> End | None:
        """Ask the engine to stop the job; return its end when the engine does not within reason."""
        if self._stopping_since is None:
            self._stopping_since = self._next_stop = self._now
        if self._now < self._next_stop:
            return None
        self._next_stop = self._now + self._pace.look
        self._next_look = min(self._next_look, self._now + _SOON)
        try:
            await self._engine.stop(self._job.id)
        except _TRANSIENT as error:
            self._note_fault(error)
        late = self._now - self._stopping_since > self._pace.stop
        return self._stopped(None) if late else None

    def _stopped(self, found: Finished | None) -> End:
        """Return the end of a job that was stopped because its account wanted it, or for its length.

        It has no outputs yet: what was kept of it goes, and is not charged.
        """
        messages = () if found is None else self._messages(found)
        seconds = self._seconds(messages)
        if self._lease.cancelled.is_set():
            return End(state=JobState.CANCELLED, engine_seconds=seconds, images=0, messages=messages)
        reason = (
            f"The job did not end within {self._pace.longest:g} s, so it was stopped. "
            "Draw smaller or fewer pictures, or with fewer steps."
        )
        error = error_message(reason, kind="TimeoutError", at=self._parts.clock())
        return End(
            state=JobState.FAILED,
            engine_seconds=seconds,
            images=0,
            messages=(error,),
            failure=reason,
        )

    def _unknown(self) -> GivenBack:
        return GivenBack(
            reason=f"The engine {self._parts.engine_name} no longer knew the job: it was restarted, or "
            "somebody took the job out of its queue.",
            counted=True,
            unwell=False,
        )

    # --- the end --------------------------------------------------------------------------------------------

    async def _conclude(self, found: Finished, inbox: Inbox[EngineEvent]) -> End | GivenBack:
        stopped = isinstance(found.error, JobInterrupted)
        if stopped:
            await self._lease.renew()
            if not self._to_be_stopped():
                await self._engine.forget(self._job.id)
                return GivenBack(
                    reason=f"Somebody else interrupted the job on the engine {self._parts.engine_name}.",
                    counted=True,
                    unwell=False,
                )
        while (event := inbox.take()) is not None:
            await self._take(event)
        self._tell_start()
        self._parts.at_milestone("collecting")
        outputs = await self._outputs(found)
        await self._collection.drop_the_rest()
        self._parts.at_milestone("collected")
        messages = self._messages(found)
        if stopped:
            return replace(self._stopped(found), outputs=outputs, images=self._collection.images)
        return End(
            state=JobState.SUCCEEDED if found.error is None else JobState.FAILED,
            engine_seconds=self._seconds(messages),
            images=self._collection.images,
            outputs=outputs,
            messages=messages,
            extra=self._names.value(
                {key: value for key, value in found.entry.items() if key not in _OWN_KEYS}
            ),
            failure=None if found.error is None else self._for_account(found.error),
        )

    async def _outputs(self, found: Finished) -> dict[str, Any]:
        outputs: dict[str, Any] = {}
        for node_id, output in found.outputs.items():
            outputs[node_id] = await self._patiently(partial(self._collected, output))
            if node_id not in self._told:
                where = {"node": node_id, "display_node": node_id, "prompt_id": self._job.public_id}
                self._tell_executed(node_id, {**where, "output": outputs[node_id]})
        return outputs

    async def _collected(self, output: Any) -> Any:
        try:
            return await self._collection.output(output)
        except NotFound:
            # Else the engine would answer the next attempt with the file that it has lost.
            await self._engine.forget(self._job.id)
            raise

    async def _patiently(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """Return what some work gives, done again while the engine or our own storage is not well."""
        while True:
            try:
                result = await work()
            except _PASSING as error:
                self._note_fault(error)
                await asyncio.sleep(self._pace.look)
            else:
                self._fault_since = None
                return result

    def _messages(self, found: Finished) -> tuple[tuple[str, Mapping[str, Any]], ...]:
        status = found.entry.get("status")
        said = status.get("messages") if isinstance(status, Mapping) else None
        messages = []
        for each in said if isinstance(said, list) else ():
            if isinstance(each, list) and len(each) == 2 and isinstance(each[1], Mapping):
                named = self._names.message(Message(type=str(each[0]), data=each[1]))
                messages.append((named.type, named.data))
        return tuple(messages)

    def _seconds(self, messages: tuple[tuple[str, Mapping[str, Any]], ...]) -> float:
        stated = engine_seconds(messages)
        if stated is not None:
            return stated
        if self._running_since is not None:
            return self._now - self._running_since
        if self._adopted and self._job.started_at is not None:
            return max(0.0, self._parts.clock() - self._job.started_at)
        return 0.0

    # --- what went wrong ------------------------------------------------------------------------------------

    def _judged(self, error: AtelierError) -> End | GivenBack:
        """Return what an error means for the job: another attempt, or its end."""
        reason = self._for_account(error)
        if isinstance(error, PromptRejected):
            return self._rejected(error)
        if isinstance(error, (*_PASSING, NotFound)):
            return GivenBack(reason=reason, counted=not self._never_began(error))
        message = error_message(reason, kind=type(error).__name__, at=self._parts.clock())
        return End(state=JobState.FAILED, engine_seconds=0.0, images=0, messages=(message,), failure=reason)

    def _for_account(self, error: AtelierError) -> str:
        """Return what an account may read of an error: the engine's name, and not where it is."""
        return self._names.text(str(error).replace(self._engine.base_url, self._parts.engine_name))

    def _never_began(self, error: AtelierError) -> bool:
        """Return whether an error says that nothing was tried; all else counts, lest it go on for ever."""
        if self._adopted or self._client_id is not None:
            return False
        if isinstance(error, ServerUnreachable):
            return not error.sent
        return isinstance(error, (NotAllowed, NotSignedIn, TooManyRequests)) and not self._reached

    def _rejected(self, error: PromptRejected) -> End:
        reason = self._for_account(error)
        first = next((each for each in error.findings if each.node_id is not None), None)
        message = error_message(
            reason,
            kind="PromptRejected",
            at=self._parts.clock(),
            node_id=None if first is None else first.node_id,
            node_type=None if first is None else first.class_type,
        )
        return End(
            state=JobState.FAILED,
            engine_seconds=0.0,
            images=0,
            messages=(message,),
            extra={"node_errors": self._names.value(node_errors(error.findings))},
            failure=reason,
        )

    def _new_collection(self) -> Collection:
        return Collection(
            self._job,
            self._parts.worker,
            self._names,
            engine=self._engine,
            files=self._parts.storage.files,
            artifacts=self._parts.artifacts,
        )

    @property
    def _now(self) -> float:
        return asyncio.get_running_loop().time()


async def _set(event: asyncio.Event) -> None:
    await event.wait()
