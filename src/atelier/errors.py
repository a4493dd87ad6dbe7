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
    ├── ClientError
    │   ├── ServerUnreachable
    │   ├── DeadlineExceeded
    │   ├── AnswerUnusable
    │   │   ├── AnswerTooLarge
    │   │   └── FrameInvalid
    │   ├── RequestRefused
    │   │   ├── NotSignedIn
    │   │   ├── NotAllowed
    │   │   ├── NotFound
    │   │   ├── TooManyRequests
    │   │   └── PromptRejected
    │   ├── ServerFault
    │   ├── JobFailed
    │   │   └── JobInterrupted
    │   ├── JobLost
    │   └── ModelSetUnknown
    ├── CredentialsError
    │   ├── StoreMissing
    │   ├── StoreUnsafe
    │   ├── StoreInUse
    │   ├── SecretUnknown
    │   ├── CopiesInvalid
    │   └── CopiesDrifted
    ├── ServiceError
    │   ├── ConfigInvalid
    │   ├── DatabaseInUse
    │   ├── DatabaseNewer
    │   ├── DatabaseUnusable
    │   ├── LeaseLost
    │   ├── ArtifactUnusable
    │   └── ServiceRefusal
    │       ├── TokenInvalid
    │       ├── ScopeMissing
    │       ├── OriginForeign
    │       ├── AttemptsTooMany
    │       ├── RequestInvalid
    │       │   ├── BodyTooLarge
    │       │   ├── PromptRefused
    │       │   └── RosterInvalid
    │       ├── AccountUnknown
    │       ├── GroupUnknown
    │       ├── TokenUnknown
    │       ├── JobUnknown
    │       ├── EngineUnknown
    │       ├── NameTaken
    │       ├── LastAdmin
    │       ├── AccountBusy
    │       ├── FileExists
    │       ├── JobIdTaken
    │       ├── QueueFull
    │       ├── QuotaExceeded
    │       ├── StorageFull
    │       └── NoEngine
    ├── VerifyError
    │   ├── ClaimFailed
    │   └── ReportUnreadable
    ├── SetupError
    │   ├── PrerequisiteMissing
    │   └── StepFailed
    └── DeployError
        ├── DeploymentInvalid
        ├── DeploymentExists
        ├── DockerUnusable
        ├── PlaceTaken
        ├── ContainerUnwell
        ├── ArchiveUnusable
        ├── RolledBack
        ├── DownloadFailed
        ├── DownloadRefused
        ├── ModelFileDamaged
        ├── ModelFileMissing
        ├── ModelLockInvalid
        ├── DiskTooSmall
        └── FetchUnderWay

Each says what happened, where, and what to do next. The docstring is the sentence that documentation
shows; `exit_status` is what the command line returns for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


# --- credentials ---------------------------------------------------------------------------------------


class CredentialsError(AtelierError):
    """A secret cannot be kept, made or copied as asked."""

    exit_status = 12


class StoreMissing(CredentialsError):
    """There is no store of secrets."""


class StoreUnsafe(CredentialsError):
    """Others can read the store of secrets, or it belongs to somebody else."""


class StoreInUse(CredentialsError):
    """Another program is changing the store of secrets."""


class SecretUnknown(CredentialsError):
    """The store has no secret of this name."""


class CopiesInvalid(CredentialsError):
    """The list of copies has an unknown key or a value that cannot be used."""


class CopiesDrifted(CredentialsError):
    """A copy of a secret is not what the store says, or others can read it."""


# --- the service ---------------------------------------------------------------------------------------


class ServiceError(AtelierError):
    """The gateway or a worker cannot work as it is set up."""

    exit_status = 11


class ConfigInvalid(ServiceError):
    """The configuration has an unknown key or a value that cannot be used."""


class DatabaseInUse(ServiceError):
    """A second service wants a database that a first one holds."""


class DatabaseNewer(ServiceError):
    """The database was written by a newer version of Atelier."""


class DatabaseUnusable(ServiceError):
    """The database cannot be opened, read or written."""


class LeaseLost(ServiceError):
    """A worker's job was given to another, or ended; what it still makes of it is not kept."""


class ArtifactUnusable(ServiceError):
    """Kept content is missing or damaged, or its directory cannot be read or written."""


class ServiceRefusal(ServiceError):
    """The service understood a request and refuses it.

    `status` is what HTTP answers, `code` what programs read.
    """

    status = 400
    code = "refused"


class TokenInvalid(ServiceRefusal):
    """The token is missing, unknown, revoked or expired."""

    status = 401
    code = "token_invalid"


class ScopeMissing(ServiceRefusal):
    """The token may not do this."""

    status = 403
    code = "scope_missing"


class OriginForeign(ServiceRefusal):
    """A page of another site asks in the name of somebody who is signed in here."""

    status = 403
    code = "origin_foreign"


class AttemptsTooMany(ServiceRefusal):
    """Too many tokens that do not exist came from this address."""

    status = 429
    code = "attempts_too_many"

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        #: Seconds after which the next attempt counts.
        self.retry_after = retry_after


class RequestInvalid(ServiceRefusal):
    """A request cannot be understood."""

    code = "request_invalid"


class BodyTooLarge(RequestInvalid):
    """A request's body is larger than the service takes."""

    status = 413
    code = "body_too_large"


class PromptRefused(RequestInvalid):
    """A workflow cannot run, or its account may not run it."""

    code = "prompt_refused"

    def __init__(self, message: str, *, document: Mapping[str, Any]) -> None:
        super().__init__(message)
        #: ComfyUI's answer: `error` and `node_errors`.
        self.document = document


class RosterInvalid(RequestInvalid):
    """The list of a class has faults; each is told with its line."""

    code = "roster_invalid"


class AccountUnknown(ServiceRefusal):
    """There is no such account."""

    status = 404
    code = "account_unknown"


class GroupUnknown(ServiceRefusal):
    """There is no such class."""

    status = 404
    code = "group_unknown"


class TokenUnknown(ServiceRefusal):
    """There is no such token that still lives."""

    status = 404
    code = "token_unknown"


class JobUnknown(ServiceRefusal):
    """There is no such job."""

    status = 404
    code = "job_unknown"


class EngineUnknown(ServiceRefusal):
    """There is no such engine."""

    status = 404
    code = "engine_unknown"


class NameTaken(ServiceRefusal):
    """Another account has this name."""

    status = 409
    code = "name_taken"


class LastAdmin(ServiceRefusal):
    """Without this account nobody could administer the service."""

    status = 409
    code = "last_admin"


class AccountBusy(ServiceRefusal):
    """A job of the account runs."""

    status = 409
    code = "account_busy"


class FileExists(ServiceRefusal):
    """A file of this name is there."""

    status = 409
    code = "file_exists"


class JobIdTaken(ServiceRefusal):
    """The account used this job id for another workflow."""

    code = "job_id_taken"


class QueueFull(ServiceRefusal):
    """The account, or its class, has as many jobs waiting as it may."""

    status = 429
    code = "queue_full"

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        #: Seconds after which a place may be free.
        self.retry_after = retry_after


class QuotaExceeded(ServiceRefusal):
    """The account, or its class, has used up or promised its pictures or engine time of the day."""

    status = 429
    code = "quota_exceeded"

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        #: Seconds until the next day begins (UTC).
        self.retry_after = retry_after


class StorageFull(ServiceRefusal):
    """The account, or its class, keeps as many bytes as it may, or the disk is full."""

    status = 507
    code = "storage_full"


class NoEngine(ServiceRefusal):
    """No engine that is up can run this workflow."""

    status = 503
    code = "no_engine"
    #: Seconds after which one may be up.
    retry_after = 30.0


# --- proof ---------------------------------------------------------------------------------------------


class VerifyError(AtelierError):
    """A claim could not be proved."""

    exit_status = 14


class ClaimFailed(VerifyError):
    """A claim does not hold, or none was looked at."""


class ReportUnreadable(VerifyError):
    """A file is no report of a verification, or of another schema."""


# --- deployment ----------------------------------------------------------------------------------------


class DeployError(AtelierError):
    """A deployment cannot be made, or is not as it should be."""

    exit_status = 13


class DeploymentInvalid(DeployError):
    """A deployment's directory has no `deployment.toml`, or one with a value that cannot be used."""


class DeploymentExists(DeployError):
    """Something is already where a deployment would go."""


class DockerUnusable(DeployError):
    """Docker, Compose or the GPU driver is missing, does not answer, or failed."""


class PlaceTaken(DeployError):
    """A port or a subnet that a deployment wants belongs to somebody else."""


class ContainerUnwell(DeployError):
    """A container does not come up, or does not pass its health check."""


class ArchiveUnusable(DeployError):
    """A backup is damaged, of a newer Atelier, or its passphrase is wrong."""


class RolledBack(DeployError):
    """An update did not pass its health check; what ran before runs again."""


class DownloadFailed(DeployError):
    """A file could not be downloaded; what came of it is kept, and the next attempt goes on from there."""


class DownloadRefused(DeployError):
    """A server does not give a file: it is not there, or its licence was not accepted."""


class ModelFileDamaged(DeployError):
    """A model file has other bytes than it should have."""


class ModelFileMissing(DeployError):
    """A model file is not where it should be."""


class ModelLockInvalid(DeployError):
    """`models.lock` cannot be read, or contradicts what Atelier knows of a file."""


class DiskTooSmall(DeployError):
    """The disk has not the room for what would be written to it."""


class FetchUnderWay(DeployError):
    """Another process fetches into the same folder."""


# --- setting up ----------------------------------------------------------------------------------------


class SetupError(AtelierError):
    """A service cannot be set up as asked."""

    exit_status = 15


class PrerequisiteMissing(SetupError):
    """The machine lacks something that a service needs."""


class StepFailed(SetupError):
    """A step of the set-up failed; the same command goes on from there."""
