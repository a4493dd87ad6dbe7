"""Reads the WebSocket messages of ComfyUI, as pure functions of what arrived.

Source: docs/reference/protocol.md, "WebSocket".
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from atelier.client._events import (
    Cached,
    Event,
    NodeDone,
    NodeStarted,
    NodeText,
    NoticeEvent,
    Preview,
    Progress,
    Started,
)
from atelier.errors import AnswerUnusable, JobFailed, JobInterrupted
from atelier.schemas import frames
from atelier.schemas.notices import NOTICE_TYPE, Notice


@dataclass(frozen=True, kw_only=True)
class SuccessAnnounced:
    """The server says that a job succeeded; its history entry may still be missing."""

    job_id: str


@dataclass(frozen=True, kw_only=True)
class Ended:
    """The server is done with a job, well or not; its history entry is there."""

    job_id: str


@dataclass(frozen=True, kw_only=True)
class Failed:
    """The server gave a job up."""

    job_id: str
    error: JobFailed


@dataclass(frozen=True, kw_only=True)
class QueueMoved:
    """Some job entered or left the queue."""


#: What concerns one job: an event for the user, or one of the signals above for the run.
JobSignal = Event | SuccessAnnounced | Ended | Failed
Signal = JobSignal | QueueMoved


def read_text(text: str, *, running: str | None) -> Signal | None:
    """Return what a text message says; None where it says nothing to a run.

    Args:
        text: The message.
        running: The job that runs, for messages that do not name theirs.

    Raises:
        AnswerUnusable: it is no message of ComfyUI's.
    """
    try:
        message = json.loads(text)
        type_, data = message["type"], message["data"]
        if not isinstance(data, Mapping):
            raise TypeError("data is no object")
        return _signal(type_, data, running)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise AnswerUnusable(
            f"A WebSocket message is not of ComfyUI's form ({type(error).__name__})."
        ) from error


def read_frame(data: bytes, *, running: str | None) -> Signal | None:
    """Return what a binary message says; None for an unknown event, or where nothing tells its job.

    Raises:
        FrameInvalid: it is truncated or malformed.
    """
    frame = frames.parse(data)
    if isinstance(frame, frames.Preview):
        job_id = frame.metadata.get("prompt_id", running)
        node = frame.metadata.get("node_id")
        if isinstance(job_id, str):
            return Preview(
                job_id=job_id,
                image=frame.image,
                media_type=frame.media_type,
                node=node if isinstance(node, str) else None,
            )
    elif isinstance(frame, frames.LegacyPreview) and running is not None:
        return Preview(job_id=running, image=frame.image, media_type=frame.media_type, node=None)
    elif isinstance(frame, frames.Text) and running is not None:
        return NodeText(job_id=running, node=frame.node_id, text=frame.text)
    return None


def failure(type_: str, data: Mapping[str, Any], job_id: str) -> JobFailed:
    """Return the exception for an `execution_error` or `execution_interrupted`."""
    node_id, node_type = (
        value if isinstance(value := data.get(key), str) else None for key in ("node_id", "node_type")
    )
    place = "it" if node_id is None else f"node {node_id} ({node_type})"
    if type_ == "execution_interrupted":
        return JobInterrupted(
            f"Job {job_id} was interrupted while {place} ran. Send it again if that was not you.",
            job_id=job_id,
            node_id=node_id,
            node_type=node_type,
        )
    kind = str(data.get("exception_type") or "error").rpartition(".")[2]
    said = " ".join(str(data.get("exception_message") or "no reason given").split())
    if "outofmemory" in kind.lower():
        advice = "Draw smaller or fewer pictures, or free the models with free()."
    else:
        advice = "Check this node's inputs; the server's log has the rest."
    return JobFailed(
        f"Job {job_id} failed in {place}: {said} ({kind}). {advice}",
        job_id=job_id,
        node_id=node_id,
        node_type=node_type,
    )


def _signal(type_: str, data: Mapping[str, Any], running: str | None) -> Signal | None:
    if type_ == "status":
        return QueueMoved()
    job_id = data.get("prompt_id", running)
    if not isinstance(job_id, str):
        return None
    if type_ == "execution_start":
        return Started(job_id=job_id)
    if type_ == "execution_cached":
        return Cached(job_id=job_id, nodes=tuple(str(each) for each in data["nodes"]))
    if type_ == "executing":
        node = data["node"]
        if node is not None:
            return NodeStarted(job_id=job_id, node=str(node))
        # Without a name it could be the end of any job.
        return Ended(job_id=job_id) if "prompt_id" in data else None
    if type_ == "progress":
        node = data.get("node")
        value, max_ = float(data["value"]), float(data["max"])
        if not (math.isfinite(value) and math.isfinite(max_)):
            raise ValueError("progress is no number")
        return Progress(job_id=job_id, value=value, max=max_, node=None if node is None else str(node))
    if type_ == "executed":
        output = data["output"]
        if output is None:
            return None
        return NodeDone(job_id=job_id, node=str(data["node"]), outputs=dict(output))
    if type_ == "execution_success":
        return SuccessAnnounced(job_id=job_id)
    if type_ in ("execution_error", "execution_interrupted"):
        return Failed(job_id=job_id, error=failure(type_, data, job_id))
    if type_ == NOTICE_TYPE:
        return NoticeEvent(job_id=job_id, notice=Notice.from_json(dict(data)))
    return None
