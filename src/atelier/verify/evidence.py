"""What a check saw, as it is kept in the report."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Exchange(_Frozen):
    """One request and what came back."""

    type: Literal["exchange"] = "exchange"
    #: Method and whole address.
    request: str
    #: Headers that matter, without secrets.
    sent: dict[str, str] = {}
    #: None where no answer came.
    status: int | None = None
    media_type: str = ""
    #: The beginning of the answer, as text.
    excerpt: str = ""
    #: Bytes of the body, and their SHA-256 in hex.
    length: int = 0
    sha256: str = ""
    #: Where a redirect points to.
    location: str = ""
    #: From sending to the last byte.
    seconds: float
    #: Address and port that the connection really went to; empty where there was none.
    address: str = ""
    #: Why no answer came.
    error: str = ""
    #: Names in lower case; kept for the check, not for the report.
    received: dict[str, str] = Field(default={}, exclude=True, repr=False)
    body: bytes = Field(default=b"", exclude=True, repr=False)


class Figure(_Frozen):
    """A quantity that was measured."""

    type: Literal["figure"] = "figure"
    name: str
    value: float
    unit: str
    #: What it may be at most; None where it is only told.
    limit: float | None = None


class Note(_Frozen):
    """What a check found, in words."""

    type: Literal["note"] = "note"
    text: str


class PictureSeen(_Frozen):
    """A picture that was decoded and judged."""

    type: Literal["picture"] = "picture"
    name: str
    format: str
    width: int
    height: int
    #: Of the file, in hex.
    sha256: str
    #: The largest standard deviation of a channel, 0 to 255.
    deviation: float
    #: Colours that can be told apart, of 4,096.
    colours: int
    #: The file itself, for the report that shows it.
    data: bytes = Field(default=b"", exclude=True, repr=False)


Evidence = Annotated[Exchange | Figure | Note | PictureSeen, Field(discriminator="type")]
