"""What the engine sends over WebSockets, before anything is serialised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Message:
    """One JSON message; `data` is never changed once it is published."""

    type: str
    data: dict[str, Any]
    #: The socket that it is for; None for every socket.
    client_id: str | None


@dataclass(frozen=True, kw_only=True)
class PreviewFrame:
    """A picture of a job that is still being sampled."""

    jpeg: bytes
    #: What goes with it for clients that asked for metadata: node_id, prompt_id, display_node_id,
    #: parent_node_id, real_node_id, image_type.
    metadata: dict[str, Any]
    #: The socket that it is for; None for every socket.
    client_id: str | None


Outgoing = Message | PreviewFrame

#: Hands messages over for sending. Safe to call from any thread, never waits, never raises, and keeps
#: the order within a batch and between batches of one thread.
Publish = Callable[[Sequence[Outgoing]], None]


def status_message(remaining: int) -> Message:
    """Return the broadcast that says how many jobs wait or run."""
    return Message(
        type="status", data={"status": {"exec_info": {"queue_remaining": remaining}}}, client_id=None
    )
