"""Every exception that Atelier raises on purpose, drawn as one tree.

    AtelierError
    ├── UsageError
    │   └── PictureUnreadable
    ├── WorkflowFaulty
    ├── EngineError
    │   ├── PortTaken
    │   ├── DirectoryInUse
    │   ├── DirectoryUnusable
    │   ├── FileOutside
    │   ├── ModelFileInvalid
    │   ├── NodeInputInvalid
    │   │   └── SizeBeyondLimit
    │   ├── JobInterruptedHere
    │   └── EngineStartFailed
    └── ClientError
        ├── ServerUnreachable
        ├── DeadlineExceeded
        ├── AnswerUnusable
        │   ├── AnswerTooLarge
        │   └── FrameInvalid
        ├── RequestRefused
        │   ├── NotSignedIn
        │   ├── NotAllowed
        │   ├── NotFound
        │   ├── TooManyRequests
        │   └── PromptRejected
        ├── ServerFault
        ├── JobFailed
        │   └── JobInterrupted
        ├── JobLost
        └── ModelSetUnknown

Each says what happened, where, and what to do next. The docstring is the sentence that documentation
shows; `exit_status` is what the command line returns for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atelier.findings import Finding


class AtelierError(Exception):
    """Something that Atelier foresaw went wrong."""

    exit_status = 1


class UsageError(AtelierError):
    """What was asked for cannot be done as asked."""

    exit_status = 2


class PictureUnreadable(UsageError):
    """A file is not a picture that Atelier can read."""


class WorkflowFaulty(AtelierError):
    """A workflow has faults that keep it from running, or a server lacks what it needs."""

    exit_status = 10


# --- the embedded engine -----------------------------------------------------------------------------


class EngineError(AtelierError):
    """The embedded engine cannot do what it was asked."""

    exit_status = 3


class PortTaken(EngineError):
    """Another program listens on the engine's port."""


class DirectoryInUse(EngineError):
    """A second engine wants a directory that a first one holds."""


class DirectoryUnusable(EngineError):
    """The engine's directory cannot be created or written."""


class FileOutside(EngineError):
    """A file name leads outside the engine's input, output and temp directories."""


class ModelFileInvalid(EngineError):
    """A model file is damaged, or is not of the kind that the loader needs."""


class NodeInputInvalid(EngineError):
    """A node got a value that it cannot work with."""


class SizeBeyondLimit(NodeInputInvalid):
    """A picture is smaller or larger than the embedded model can draw."""


class JobInterruptedHere(EngineError):
    """The running job was interrupted; raised between two steps to unwind it."""


class EngineStartFailed(EngineError):
    """The embedded engine's process did not come up."""


# --- talking to a server -------------------------------------------------------------------------------


class ClientError(AtelierError):
    """A server did not do what it was asked."""

    exit_status = 4


class ServerUnreachable(ClientError):
    """Nothing answers at the server's address, or the connection broke."""

    def __init__(self, message: str, *, sent: bool = False) -> None:
        super().__init__(message)
        #: Whether the request may have reached the server, so that sending it again may repeat its effect.
        self.sent = sent


class DeadlineExceeded(ClientError):
    """An answer did not come in time."""

    exit_status = 5


class AnswerUnusable(ClientError):
    """The server's answer is not what its protocol promises."""


class AnswerTooLarge(AnswerUnusable):
    """The server's answer is larger than the client accepts."""


class FrameInvalid(AnswerUnusable):
    """A binary WebSocket frame is truncated or not of a known layout."""


class RequestRefused(ClientError):
    """The server understood the request and refused it."""

    exit_status = 6


class NotSignedIn(RequestRefused):
    """The server wants a token, or a better one (401)."""


class NotAllowed(RequestRefused):
    """The token is known and may not do this (403)."""


class NotFound(RequestRefused):
    """The server has nothing under this address (404)."""


class TooManyRequests(RequestRefused):
    """The server asks to come back later (429)."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        #: Seconds that the server asks to wait; None where it names no time.
        self.retry_after = retry_after


class PromptRejected(RequestRefused):
    """The server refused the workflow, or would have dropped a part of it; each fault is a finding."""

    def __init__(self, message: str, *, findings: Sequence[Finding] = ()) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


class ServerFault(ClientError):
    """The server failed by its own account (5xx)."""


class JobFailed(ClientError):
    """The server began the job and a node failed."""

    exit_status = 7

    def __init__(
        self, message: str, *, job_id: str, node_id: str | None = None, node_type: str | None = None
    ) -> None:
        super().__init__(message)
        self.job_id = job_id
        self.node_id = node_id
        self.node_type = node_type


class JobInterrupted(JobFailed):
    """Somebody interrupted the job before it was done."""


class JobLost(ClientError):
    """The server no longer knows a job that it had accepted, as after a restart."""

    exit_status = 8

    def __init__(self, message: str, *, job_id: str) -> None:
        super().__init__(message)
        self.job_id = job_id


class ModelSetUnknown(ClientError):
    """The server has none of the model sets that Atelier knows how to use."""

    exit_status = 9
