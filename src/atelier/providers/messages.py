"""What an engine says over its WebSocket, as it was said: pure readers for whoever passes it on.

Source: docs/reference/protocol.md, "WebSocket".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from atelier.errors import AnswerUnusable
from atelier.schemas import frames
from atelier.workflows.nesting import is_deeper

#: Levels of objects and lists in a message; ComfyUI's have about six, beside a workflow's own.
_DEEPEST = 200


@dataclass(frozen=True, kw_only=True)
class Message:
    """A text message: its type, and its data as an object."""

    type: str
    data: Mapping[str, Any]

    @property
    def job_id(self) -> str | None:
        """The job that it tells of; None where it names none."""
        job_id = self.data.get("prompt_id")
        return job_id if isinstance(job_id, str) else None


@dataclass(frozen=True, kw_only=True)
class LinkChanged:
    """The WebSocket broke, or is open again: what was said meanwhile is lost."""

    connected: bool


#: What concerns one job.
EngineEvent = Message | frames.Preview | frames.Text | LinkChanged


def read_message(text: str) -> Message:
    """Return a text message.

    Raises:
        AnswerUnusable: it is none of ComfyUI's.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AnswerUnusable("A WebSocket message is no JSON.") from error
    if not isinstance(document, dict) or is_deeper(document, _DEEPEST):
        raise AnswerUnusable("A WebSocket message is no object, or is nested too deeply.")
    type_, data = document.get("type"), document.get("data")
    if not isinstance(type_, str) or not isinstance(data, dict):
        raise AnswerUnusable("A WebSocket message has no type or no data.")
    return Message(type=type_, data=data)


def read_frame(data: bytes, *, running: str | None) -> tuple[str, frames.Preview | frames.Text] | None:
    """Return the job that a binary message tells of, and the message; None where nothing tells its job.

    A preview of the old layout becomes one of the new.

    Args:
        data: The frame.
        running: The job that runs, for frames that do not name theirs.

    Raises:
        FrameInvalid: it is truncated or malformed.
    """
    frame = frames.parse(data)
    if isinstance(frame, frames.Preview):
        job_id = frame.metadata.get("prompt_id", running)
        return (job_id, frame) if isinstance(job_id, str) else None
    if frame is None or running is None:
        return None
    if isinstance(frame, frames.LegacyPreview):
        metadata = {"prompt_id": running, "image_type": frame.media_type}
        return running, frames.Preview(image=frame.image, metadata=metadata)
    return running, frame


def is_step(event: EngineEvent) -> bool:
    """Return whether an event is one of many like it, of which some may be dropped."""
    if isinstance(event, Message):
        return event.type in ("progress", "progress_state")
    if isinstance(event, frames.Preview):
        # SaveImageWebsocket gives its result as a PNG.
        return event.media_type != "image/png"
    return isinstance(event, frames.Text)
