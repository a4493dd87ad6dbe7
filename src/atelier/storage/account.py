"""Who may use the service, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What somebody is; the scopes of each role are a table of the gateway's."""

    ADMIN = "admin"
    TEACHER = "teacher"
    STUDENT = "student"


class WhenFull(StrEnum):
    """What happens when an account, or its class, keeps as many bytes as it may."""

    #: It uploads and runs nothing more until it deletes something.
    REFUSE = "refuse"
    #: The oldest pictures that its jobs made make room.
    REMOVE_OLDEST = "remove_oldest"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much an account, or all accounts of a class together, may use; None sets no limit of its own."""

    #: Pictures a day; reserved when a job is accepted, settled when it ends.
    images_per_day: int | None = None
    #: Seconds of engine time a day.
    engine_seconds_per_day: float | None = None
    #: Bytes of uploads and outputs that are kept.
    storage_bytes: int | None = None
    #: Jobs that run at once.
    running: int | None = None
    #: Jobs that wait at once.
    queued: int | None = None

    def over(self, defaults: Limits) -> Limits:
        """Return these limits, with those of `defaults` where there is none."""
        return Limits(
            **{
                name: getattr(defaults, name) if getattr(self, name) is None else getattr(self, name)
                for name in Limits.__dataclass_fields__
            }
        )


@dataclass(frozen=True, kw_only=True)
class Group:
    """A class: the students that one teacher has in a lesson."""

    name: str
    #: For all of its accounts together.
    limits: Limits = field(default_factory=Limits)
    #: Whether its teachers see its students' pictures; the students are told.
    shows_pictures: bool = False
    #: Until when (seconds since 1970, UTC) a lesson gives its accounts more of the engines; None: no lesson.
    lesson_until: float | None = None


@dataclass(frozen=True, kw_only=True)
class Account:
    """Somebody, or some program, that has a key."""

    #: Random, opaque, never used again; safe in file names of engines.
    id: str
    #: What people call it; unique.
    name: str
    role: Role
    #: Name of the class; None for those without one.
    group: str | None = None
    #: Share of the engines in proportion to the other accounts' weights; above 0.
    weight: float = 1.0
    limits: Limits = field(default_factory=Limits)
    #: Seconds since 1970, UTC; None for never.
    expires_at: float | None = None
    #: An account that is switched off keeps its pictures and can do nothing.
    disabled: bool = False
    created_at: float
