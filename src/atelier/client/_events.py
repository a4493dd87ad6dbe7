"""What a run tells, as one stream of typed events whatever carried them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, ClassVar

from atelier.client._result import Result
from atelier.findings import Finding
from atelier.schemas.notices import Notice


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened to a job."""

    #: The event's name in `to_json`.
    name: ClassVar[str]

    job_id: str

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object; of bytes it holds the number only."""
        return {"event": self.name, **{each.name: _plain(getattr(self, each.name)) for each in fields(self)}}


@dataclass(frozen=True, kw_only=True)
class Accepted(Event):
    """The server has queued the job. The first event of every run that sends a workflow."""

    name = "accepted"
    #: The server's running number; smaller goes first.
    number: float
    #: Faults of outputs that the server leaves out (only with allow_partial).
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True)
class QueuePosition(Event):
    """The job waits."""

    name = "queue_position"
    #: Jobs that go first, the running one included.
    ahead: int


@dataclass(frozen=True, kw_only=True)
class Started(Event):
    """The server works on the job."""

    name = "started"


@dataclass(frozen=True, kw_only=True)
class Cached(Event):
    """These nodes need not run: the server has their results."""

    name = "cached"
    nodes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class NodeStarted(Event):
    """A node runs."""

    name = "node_started"
    node: str


@dataclass(frozen=True, kw_only=True)
class Progress(Event):
    """A node has done `value` of `max` steps."""

    name = "progress"
    value: float
    max: float
    node: str | None


@dataclass(frozen=True, kw_only=True)
class Preview(Event):
    """A picture that is still being made."""

    name = "preview"
    image: bytes = field(repr=False)
    #: `image/jpeg` or `image/png`.
    media_type: str
    node: str | None


@dataclass(frozen=True, kw_only=True)
class NodeText(Event):
    """What a node reports in words."""

    name = "node_text"
    node: str
    text: str


@dataclass(frozen=True, kw_only=True)
class NodeDone(Event):
    """An output node has finished."""

    name = "node_done"
    node: str
    #: What it reports, such as `{"images": [{"filename", "subfolder", "type"}]}`.
    outputs: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class NoticeEvent(Event):
    """Something that the user should know although the job goes on."""

    name = "notice"
    notice: Notice


@dataclass(frozen=True, kw_only=True)
class ConnectionLost(Event):
    """The WebSocket is gone; the run goes on by asking every few seconds."""

    name = "connection_lost"
    reason: str


@dataclass(frozen=True, kw_only=True)
class ConnectionRegained(Event):
    """The WebSocket is back."""

    name = "connection_regained"


@dataclass(frozen=True, kw_only=True)
class Succeeded(Event):
    """The job is done; its outputs have been read from the server's history. The last event."""

    name = "succeeded"
    result: Result


def _plain(value: object) -> Any:
    if isinstance(value, bytes):
        return {"bytes": len(value)}
    if isinstance(value, Notice):
        return value.to_json()
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value
