"""What is to be set up, and with whom it is talked about."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from atelier.deploy.deployment import FILE, Deployment
from atelier.verify.profile import Profile


class Tell(Protocol):
    """Tells a person something while the work goes on, and a program more of it."""

    def __call__(self, text: str, /, **data: Any) -> None: ...


class Progress(Protocol):
    """Tells how far something is."""

    def __call__(self, label: str, value: float, maximum: float, /) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A deployment that is there or is to be made, and how it is to be proved."""

    directory: Path
    #: As its file says or, where there is none yet, as it was chosen.
    deployment: Deployment
    #: Atelier's wheel or checkout for the images; None for what this one came from.
    source: Path | None = None
    #: How much the report proves.
    profile: Profile = "full"
    #: Whether it is proved again although a report is there that still holds.
    again: bool = False
    #: Authorities that are trusted besides the system's; None for the deployment's own, where it has one.
    ca_file: Path | None = None
    #: Pixels a side of what is drawn; None for each model set's own.
    side: int | None = None
    #: Seconds that one picture may take.
    drawing_seconds: float = 180.0
    #: A mirror of the model hub; None for the hub itself.
    mirror: str | None = None
    tell: Tell
    progress: Progress

    @property
    def is_made(self) -> bool:
        """Whether the directory holds the deployment already."""
        return (self.directory / FILE).is_file()
