"""How the service is set up: `atelier.toml`, and the environment before it.

A variable is `ATELIER_`, the section and the key, in capitals, with two underscores between them:
`ATELIER_LISTEN__PORT=8300`. Lists and tables are written as JSON. An unknown key or variable, or a value that
cannot be used, is an error that names it. Secrets are never written here, but the files that hold them.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from atelier.gateway.node_table import never_for
from atelier.gateway.rules import BOUNDS, Bounds, Rules
from atelier.storage.account import Limits, Role, WhenFull

PREFIX = "ATELIER_"


def _none(value: object) -> object:
    # TOML has no null.
    return None if value == "none" else value


Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
#: With "none" for no limit.
LimitOfCount = Annotated[Count | None, BeforeValidator(_none)]
LimitOfRunning = Annotated[Annotated[int, Field(ge=1)] | None, BeforeValidator(_none)]
LimitOfSeconds = Annotated[Seconds | None, BeforeValidator(_none)]
#: With "none" for ever.
Days = Annotated[Annotated[float, Field(gt=0)] | None, BeforeValidator(_none)]


class Section(BaseModel):
    """A table of the configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _root_path(value: str) -> str:
    if value and not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", value):
        raise ValueError("it begins with a slash and ends without one, such as /atelier")
    return value


def _network(value: object) -> object:
    return ip_network(value) if isinstance(value, str) else value


Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]


class Listen(Section):
    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Address to listen on, such as `0.0.0.0` for all that this machine has. Without an admin "
        "the service does not listen at all; the first start makes one.",
    )
    port: int = Field(default=8200, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    root_path: Annotated[str, AfterValidator(_root_path)] = Field(
        default="",
        description="Path under which a proxy serves the gateway, such as `/atelier`; empty for none.",
    )
    trusted_proxies: tuple[Network, ...] = Field(
        default=(),
        description="Addresses or networks of proxies whose `X-Forwarded-For`, `-Proto`, `-Host` and "
        "`-Prefix` are believed. Nobody else's are.",
    )


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("it is a URL such as http://127.0.0.1:8188")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("it has no user, query or fragment; a token stands in token_file")
    return value.rstrip("/")


class Engine(Section):
    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,31}$",
        description="What the engine is called: small letters, digits and hyphens.",
    )
    address: Annotated[str, AfterValidator(_address)] = Field(description="URL of the ComfyUI server.")
    token_file: Path | None = Field(
        default=None, description="File that holds the server's bearer token, where it wants one."
    )


class Embedded(Section):
    threads: int | None = Field(
        default=None,
        ge=1,
        description="Threads for drawing with the embedded engine; without it one for each core.",
    )


class RoleLimits(Section):
    images_per_day: LimitOfCount = Field(default=None, description="Pictures a day (UTC).")
    engine_seconds_per_day: LimitOfSeconds = Field(
        default=None, description="Seconds of engine time a day (UTC)."
    )
    storage_bytes: LimitOfCount = Field(
        default=None, description="Bytes of uploads and outputs that are kept."
    )
    running: LimitOfRunning = Field(default=None, description="Jobs that run at once.")
    queued: LimitOfCount = Field(default=None, description="Jobs that wait at once.")

    @property
    def limits(self) -> Limits:
        return Limits(**self.model_dump())


class StudentLimits(RoleLimits):
    images_per_day: LimitOfCount = 200
    engine_seconds_per_day: LimitOfSeconds = 3600.0
    storage_bytes: LimitOfCount = 2**30
    running: LimitOfRunning = 1
    queued: LimitOfCount = 10


class TeacherLimits(RoleLimits):
    images_per_day: LimitOfCount = 1000
    engine_seconds_per_day: LimitOfSeconds = 14_400.0
    storage_bytes: LimitOfCount = 5 * 2**30
    running: LimitOfRunning = 2
    queued: LimitOfCount = 50


class AdminLimits(RoleLimits):
    storage_bytes: LimitOfCount = 20 * 2**30
    running: LimitOfRunning = 4
    queued: LimitOfCount = 1000


class LimitsByRole(Section):
    student: StudentLimits = StudentLimits()
    teacher: TeacherLimits = TeacherLimits()
    admin: AdminLimits = AdminLimits()

    def of(self, role: Role) -> Limits:
        """Return the limits of accounts of a role that have none of their own."""
        section: RoleLimits = getattr(self, role.value)
        return section.limits


class RolePolicy(Section):
    allow: tuple[str, ...] = Field(
        default=(),
        description="Node classes that are allowed besides those of the table: custom nodes, by name.",
    )
    refuse: tuple[str, ...] = Field(default=(), description="Node classes of the table that are refused.")
    nodes: Annotated[int, Field(ge=1)] | None = Field(default=None, description="Nodes of a workflow.")
    pixels: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Width times height of any picture on the way."
    )
    drawn_pixels: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Width times height of a picture that is drawn: what samplers work on."
    )
    steps: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Sampling steps of a workflow, all samplers together."
    )
    batch: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Pictures that go through one node at once."
    )
    images: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Pictures that a workflow gives, previews included."
    )
    workflow_in_pictures: bool = Field(
        default=True,
        description="Whether pictures that are downloaded have the workflow in them that made them.",
    )

    def rules(self, role: Role) -> Rules:
        """Return the rules that this section means for a role."""
        default = BOUNDS[role]
        return Rules(
            role=role,
            allow=frozenset(self.allow),
            refuse=frozenset(self.refuse),
            bounds=Bounds(
                **{
                    name: getattr(default, name) if getattr(self, name) is None else getattr(self, name)
                    for name in Bounds.__dataclass_fields__
                }
            ),
        )


class PolicyByRole(Section):
    student: RolePolicy = RolePolicy()
    teacher: RolePolicy = RolePolicy()
    admin: RolePolicy = RolePolicy()

    @model_validator(mode="after")
    def _refuse_the_dangerous(self) -> PolicyByRole:
        for role in Role:
            section: RolePolicy = getattr(self, role.value)
            for name in section.allow:
                reason = never_for(role, name)
                if reason is not None:
                    raise ValueError(f"{role}.allow: {name} is never allowed to a {role}: it {reason}")
        return self

    def of(self, role: Role) -> Rules:
        """Return the rules for accounts of a role."""
        section: RolePolicy = getattr(self, role.value)
        return section.rules(role)

    def with_workflow(self, role: Role) -> bool:
        """Return whether accounts of a role download pictures with the workflow that made them."""
        section: RolePolicy = getattr(self, role.value)
        return section.workflow_in_pictures


class Retention(Section):
    temp_days: Days = Field(default=1.0, description="Previews, and what else is temporary.")
    output_days: Days = Field(default=180.0, description="Pictures that jobs made.")
    input_days: Days = Field(default=180.0, description="Uploaded pictures.")
    job_days: Days = Field(
        default=180.0, description="Ended jobs, with their workflows; what was used stays counted."
    )
    when_full: WhenFull = Field(
        default=WhenFull.REFUSE,
        description="What happens when an account, or its class, keeps as many bytes as it may. `refuse`: it "
        "runs and uploads nothing more until it deletes something. `remove_oldest`: the oldest pictures of "
        "its jobs make room; its uploads stay.",
    )
    sweep_minutes: Annotated[float, Field(ge=1)] = Field(
        default=60.0, description="Minutes between two rounds that remove what is too old."
    )


class Deadlines(Section):
    job_seconds: Annotated[float, Field(gt=0)] = Field(
        default=1800.0, description="Seconds that one attempt at a job may run on an engine; then it fails."
    )
    no_engine_seconds: Seconds = Field(
        default=300.0,
        description="Seconds that a job waits for an engine that can run it, such as one that restarts; then "
        "it fails. What no engine ever had is refused at once, and with 0 also what none has just now.",
    )
    stop_seconds: Seconds = Field(
        default=20.0,
        description="Seconds that running jobs have to end when the service stops; then they are given back "
        "to the queue.",
    )


class Previews(Section):
    send: bool = Field(default=True, description="Whether pictures of a running job are sent to its account.")
    per_second: Annotated[float, Field(gt=0)] = Field(
        default=5.0, description="Pictures a second that one job sends at most; those between are left out."
    )


class Uploads(Section):
    max_bytes: Annotated[int, Field(ge=1)] = Field(
        default=20 * 2**20, description="Bytes of one uploaded file."
    )


class SignIn(Section):
    session_hours: Annotated[float, Field(gt=0)] = Field(
        default=12.0, description="Hours that a browser stays signed in."
    )


class Log(Section):
    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="What is logged.")
    format: Literal["text", "json"] = Field(
        default="text", description="Lines for people, or JSON for programs."
    )


class Config(BaseSettings):
    """Everything that can be set; each key has a default but the engines' own."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        allow_inf_nan=False,
    )

    directory: Path = Field(
        default_factory=lambda: user_data_path("atelier", appauthor=False) / "gateway",
        description="Where the database, the pictures and the first admin's token are kept.",
    )
    database: Path | None = Field(
        default=None, description="File of the database; without it `atelier.sqlite3` in the directory."
    )
    artifacts: Path | None = Field(
        default=None, description="Directory of the pictures; without it `artifacts` in the directory."
    )
    first_admin_token_file: Path | None = Field(
        default=None,
        description="File that holds the token with which the first start makes the first admin; without it "
        "the service makes a token and writes it to `admin-token` in the directory.",
    )
    listen: Listen = Listen()
    engines: tuple[Engine, ...] = Field(
        default=(), description="The ComfyUI servers. Without any, the service starts the embedded engine."
    )
    embedded: Embedded = Embedded()
    limits: LimitsByRole = LimitsByRole()
    policy: PolicyByRole = PolicyByRole()
    retention: Retention = Retention()
    deadlines: Deadlines = Deadlines()
    previews: Previews = Previews()
    uploads: Uploads = Uploads()
    sign_in: SignIn = SignIn()
    log: Log = Log()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment go before what is handed in, which is the file."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

    @model_validator(mode="after")
    def _names_differ(self) -> Config:
        names = [each.name for each in self.engines]
        twice = sorted({each for each in names if names.count(each) > 1})
        if twice:
            raise ValueError(f"engines: two are called {twice[0]}")
        return self

    @property
    def database_file(self) -> Path:
        return self.database or self.directory / "atelier.sqlite3"

    @property
    def artifact_directory(self) -> Path:
        return self.artifacts or self.directory / "artifacts"

    @property
    def admin_token_file(self) -> Path:
        """Where the first start writes the first admin's token."""
        return self.directory / "admin-token"
