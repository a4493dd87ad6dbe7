"""The documents that the API takes and gives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from atelier.gateway.administration import IssuedToken
from atelier.gateway.own_data import job_document, moment
from atelier.gateway.roster import read_expiry
from atelier.storage.account import Account, Group, Limits, Role
from atelier.storage.contract import Entry, Use
from atelier.storage.job import Job, JobState
from atelier.storage.token import StoredToken


class Document(BaseModel):
    """A document of the API; a key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, allow_inf_nan=False)


def _expiry(value: object) -> object:
    if not isinstance(value, str):
        return value
    seconds = read_expiry(value)
    if seconds is None:
        raise ValueError("it is no day such as 2027-07-31, and no moment such as 2027-07-31T12:00:00Z")
    return seconds


#: A day (its end, in UTC) or a moment in ISO 8601 on the way in; seconds since 1970 inside.
Expiry = Annotated[float | None, BeforeValidator(_expiry, json_schema_input_type=str | None)]


class LimitsDocument(Document):
    """How much may be used; null sets no limit of its own."""

    images_per_day: int | None = Field(default=None, ge=0)
    engine_seconds_per_day: float | None = Field(default=None, ge=0)
    storage_bytes: int | None = Field(default=None, ge=0)
    running: int | None = Field(default=None, ge=1)
    queued: int | None = Field(default=None, ge=0)

    @classmethod
    def of(cls, limits: Limits) -> LimitsDocument:
        return cls(**{name: getattr(limits, name) for name in Limits.__dataclass_fields__})

    @property
    def limits(self) -> Limits:
        return Limits(**self.model_dump())


class NewAccountDocument(Document):
    """An account to be added."""

    name: str
    role: Role = Role.STUDENT
    group: str | None = Field(default=None, validation_alias="class", serialization_alias="class")
    weight: float = Field(default=1.0, gt=0, le=1000)
    limits: LimitsDocument = LimitsDocument()
    expires: Expiry = None


def _not_null(value: object) -> object:
    if value is None:
        raise ValueError("it cannot be null; leave the key out to keep what is there")
    return value


class AccountChangesDocument(Document):
    """What to change of an account; what is left out stays."""

    name: Annotated[str | None, AfterValidator(_not_null)] = None
    role: Annotated[Role | None, AfterValidator(_not_null)] = None
    group: str | None = Field(default=None, validation_alias="class", serialization_alias="class")
    weight: Annotated[float | None, AfterValidator(_not_null)] = Field(default=None, gt=0, le=1000)
    limits: Annotated[LimitsDocument | None, AfterValidator(_not_null)] = None
    expires: Expiry = None
    disabled: Annotated[bool | None, AfterValidator(_not_null)] = None

    @property
    def changes(self) -> dict[str, Any]:
        """The fields of an account that are to change."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        if "limits" in given:
            given["limits"] = given["limits"].limits
        if "expires" in given:
            given["expires_at"] = given.pop("expires")
        return given


class AccountDocument(Document):
    """An account."""

    name: str
    role: Role
    group: str | None = Field(validation_alias="class", serialization_alias="class")
    weight: float
    limits: LimitsDocument
    expires: str | None
    disabled: bool
    created: str | None

    @classmethod
    def of(cls, account: Account) -> AccountDocument:
        return cls(
            name=account.name,
            role=account.role,
            group=account.group,
            weight=account.weight,
            limits=LimitsDocument.of(account.limits),
            expires=moment(account.expires_at),
            disabled=account.disabled,
            created=moment(account.created_at),
        )


class GroupChangesDocument(Document):
    """A class to be made, or what to change of one; what is left out stays."""

    limits: LimitsDocument | None = None
    shows_pictures: bool | None = None

    @property
    def changes(self) -> dict[str, Any]:
        """The fields of a class that are to change."""
        given = {name: value for name in self.model_fields_set if (value := getattr(self, name)) is not None}
        if "limits" in given:
            given["limits"] = given["limits"].limits
        return given


class GroupDocument(Document):
    """A class."""

    name: str
    limits: LimitsDocument
    shows_pictures: bool
    lesson_until: str | None

    @classmethod
    def of(cls, group: Group, now: float) -> GroupDocument:
        running = group.lesson_until is not None and group.lesson_until > now
        return cls(
            name=group.name,
            limits=LimitsDocument.of(group.limits),
            shows_pictures=group.shows_pictures,
            lesson_until=moment(group.lesson_until) if running else None,
        )


class LessonDocument(Document):
    """How long a lesson is."""

    minutes: float = Field(default=45, gt=0, le=24 * 60)


class NewTokenDocument(Document):
    """A token to be issued."""

    scopes: list[str] | None = Field(default=None, description="Null for all that the role may do.")
    expires: Expiry = None


class RotationDocument(Document):
    """How long the tokens of before still work."""

    overlap_minutes: float = Field(default=24 * 60, ge=0, le=90 * 24 * 60)


class TokenDocument(Document):
    """A token as lists show it."""

    id: str
    account: str
    kind: str
    hint: str
    scopes: list[str] | None
    created: str | None
    expires: str | None
    revoked: str | None
    last_used: str | None

    @classmethod
    def of(cls, token: StoredToken, account: str) -> TokenDocument:
        return cls(
            id=token.id,
            account=account,
            kind=token.kind,
            hint=token.hint,
            scopes=None if token.scopes is None else sorted(token.scopes),
            created=moment(token.created_at),
            expires=moment(token.expires_at),
            revoked=moment(token.revoked_at),
            last_used=moment(token.last_used_at),
        )


class SecretDocument(Document):
    """A new token with its secret, which is shown this once."""

    account: str
    group: str | None = Field(validation_alias="class", serialization_alias="class")
    id: str
    token: str
    expires: str | None

    @classmethod
    def of(cls, issued: IssuedToken) -> SecretDocument:
        return cls(
            account=issued.account.name,
            group=issued.account.group,
            id=issued.token.id,
            token=issued.secret,
            expires=moment(issued.token.expires_at),
        )


class ChangedDocument(Document):
    """An account that an import changes, and which of its fields."""

    name: str
    fields: list[str]


class ImportDocument(Document):
    """What an import of a roster did, or would do."""

    dry_run: bool
    classes_added: list[str]
    added: list[str]
    changed: list[ChangedDocument]
    unchanged: list[str]
    not_in_roster: list[str] = Field(description="Accounts of the same classes; they were left alone.")
    tokens: list[SecretDocument]


class JobDocument(Document):
    """A job as lists show it."""

    id: str
    account: str
    state: JobState
    images: int
    attempts: int
    engine: str | None
    created: str | None
    started: str | None
    ended: str | None
    engine_seconds: float | None
    failure: str | None

    @classmethod
    def of(cls, job: Job, account: str) -> JobDocument:
        return cls(account=account, **job_document(job))


class UseDocument(Document):
    """What was used on a day; `reserved` is promised to jobs that have not ended."""

    account: str
    day: str
    images: int
    engine_seconds: float
    jobs: int
    reserved_images: int
    reserved_seconds: float

    @classmethod
    def of(cls, use: Use, account: str) -> UseDocument:
        return cls(
            account=account,
            day=use.day,
            images=use.images,
            engine_seconds=round(use.engine_seconds, 3),
            jobs=use.jobs,
            reserved_images=use.reserved_images,
            reserved_seconds=round(use.reserved_seconds, 3),
        )


class UsedDocument(Document):
    """What was used, all days together."""

    images: int
    engine_seconds: float
    jobs: int

    @classmethod
    def of(cls, uses: Iterable[Use]) -> UsedDocument:
        uses = list(uses)
        return cls(
            images=sum(each.images for each in uses),
            engine_seconds=round(sum(each.engine_seconds for each in uses), 3),
            jobs=sum(each.jobs for each in uses),
        )


class RetentionDocument(Document):
    """After how many days things are deleted; null for never."""

    temp: float | None
    outputs: float | None
    uploads: float | None
    jobs: float | None


class MeDocument(Document):
    """One's own account."""

    name: str
    role: Role
    group: str | None = Field(validation_alias="class", serialization_alias="class")
    expires: str | None
    scopes: list[str]
    limits: LimitsDocument
    used_today: UsedDocument
    stored_bytes: int
    unfinished_jobs: int
    kept_days: RetentionDocument
    pictures_seen_by_teachers: bool
    notice: str


class StudentDocument(Document):
    """How a student is doing today."""

    name: str
    waiting: int
    running: int
    succeeded: int
    failed: int
    cancelled: int
    latest_failures: list[str]
    used: UsedDocument
    disabled: bool


class ClassOverviewDocument(Document):
    """How a class is doing today (UTC)."""

    group: GroupDocument = Field(validation_alias="class", serialization_alias="class")
    students: list[StudentDocument]


class PictureDocument(Document):
    """A picture of a student's."""

    student: str
    subfolder: str
    filename: str
    media_type: str
    size: int
    created: str | None
    path: str


class EngineDocument(Document):
    """An engine as it last said it is."""

    name: str
    address: str
    state: str
    model: str | None
    idle: bool
    draining: bool
    running: int
    detail: str
    reported: str | None


class EntryDocument(Document):
    """A line of the audit log."""

    number: int
    at: str | None
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]

    @classmethod
    def of(cls, entry: Entry) -> EntryDocument:
        return cls(
            number=entry.number,
            at=moment(entry.at),
            actor=entry.actor,
            action=entry.action,
            subject=entry.subject,
            detail=dict(entry.detail),
        )


class DeletedDocument(Document):
    """What was deleted; jobs that still run end by themselves, and can be deleted then."""

    files: int
    jobs: int
    still_running: int


class DoneDocument(Document):
    """What was done, in a word."""

    done: str
