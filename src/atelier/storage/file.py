"""A file of an account's: a name for an artifact."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Area(StrEnum):
    """The folder of ComfyUI's in which an account sees a file."""

    INPUT = "input"
    OUTPUT = "output"
    TEMP = "temp"
    #: What the page keeps: saved workflows, templates.
    USERDATA = "userdata"


class OnClash(StrEnum):
    """What to do when a file of that name is there with other content."""

    #: Keep both, as "a (1).png".
    RENAME = "rename"
    #: Number it as SaveImage does: the name ends in "_" and gets "00001_" and the suffix.
    NUMBER = "number"
    REPLACE = "replace"
    REFUSE = "refuse"


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """Content that is kept under its own digest."""

    #: BLAKE3, 64 hexadecimal digits.
    digest: str
    #: Bytes.
    size: int


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A name that an account gave, or got for, an artifact."""

    account_id: str
    area: Area
    #: With "/" between its parts; "" for the folder itself.
    subfolder: str
    filename: str
    artifact: Artifact
    #: As found by looking at the content; never what an uploader claimed.
    media_type: str
    #: The job that made it; None for uploads.
    job_id: str | None
    created_at: float
