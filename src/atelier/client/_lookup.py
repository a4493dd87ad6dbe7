"""Where a job stands, as the server's history and queue tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from atelier.client._messages import failure
from atelier.client._transport import Transport
from atelier.errors import AnswerUnusable, JobFailed, NotFound
from atelier.schemas.notices import NOTICE_TYPE, Notice


@dataclass(frozen=True, kw_only=True)
class Finished:
    """The job has a history entry."""

    #: Why it failed; None where it succeeded.
    error: JobFailed | None
    outputs: Mapping[str, Any] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    #: The whole history entry.
    entry: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class Running:
    """The job is the one that the server works on."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """The job is in the queue."""

    #: Jobs that go first, the running ones included.
    ahead: int


@dataclass(frozen=True, kw_only=True)
class Queue:
    """The jobs that a server works on and those that wait, in the order in which they will run."""

    running: tuple[str, ...]
    pending: tuple[str, ...]


async def look_up(transport: Transport, job_id: str) -> Finished | Running | Waiting | None:
    """Return where a job stands; None where the server does not know it."""
    entry = await read_history(transport, job_id)
    if entry is not None:
        return entry
    queue = await read_queue(transport)
    if job_id in queue.running:
        return Running()
    if job_id in queue.pending:
        return Waiting(ahead=len(queue.running) + queue.pending.index(job_id))
    # It may have ended between the two questions.
    return await read_history(transport, job_id)


async def read_history(transport: Transport, job_id: str) -> Finished | None:
    """Return how a job ended; None where the history has no entry of it."""
    path = f"/history/{quote(job_id, safe='')}"
    try:
        document = await transport.get_json(path)
    except NotFound:
        return None
    return finished(document, job_id)


async def read_queue(transport: Transport) -> Queue:
    """Return the queue."""
    return queue_of(await transport.get_json("/queue"))


def finished(document: object, job_id: str) -> Finished | None:
    """Return what an answer to `GET /history/{id}` says; None where it has no entry.

    Raises:
        AnswerUnusable: it is not of ComfyUI's form.
    """
    try:
        if not isinstance(document, Mapping):
            raise TypeError("no object")
        if job_id not in document:
            return None
        entry = document[job_id]
        status = entry["status"]
        outputs = {str(node): output for node, output in entry.get("outputs", {}).items()}
        notices = tuple(Notice.from_json(each) for each in entry.get(NOTICE_TYPE, []))
        if status["completed"] is True and status["status_str"] == "success":
            return Finished(error=None, outputs=outputs, notices=notices, entry=entry)
        error = _reason(status["messages"], job_id)
        return Finished(error=error, outputs=outputs, notices=notices, entry=entry)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise AnswerUnusable(
            f"The server's history entry of job {job_id} is not of ComfyUI's form ({type(fault).__name__}). "
            "Is something between here and the server?"
        ) from fault


def queue_of(document: object) -> Queue:
    """Return what an answer to `GET /queue` says.

    Raises:
        AnswerUnusable: it is not of ComfyUI's form.
    """
    try:
        if not isinstance(document, Mapping):
            raise TypeError("no object")
        running = tuple(str(item[1]) for item in document["queue_running"])
        # The server gives its heap as it lies.
        pending = sorted((float(item[0]), str(item[1])) for item in document["queue_pending"])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise AnswerUnusable(
            f"The server's queue is not of ComfyUI's form ({type(error).__name__}). "
            "Is something between here and the server?"
        ) from error
    return Queue(running=running, pending=tuple(job_id for _, job_id in pending))


def _reason(messages: Any, job_id: str) -> JobFailed:
    for type_, data in reversed(messages):
        if type_ in ("execution_error", "execution_interrupted"):
            return failure(type_, data, job_id)
    return JobFailed(
        f"Job {job_id} failed, and the server's history does not say why. See its log.", job_id=job_id
    )
