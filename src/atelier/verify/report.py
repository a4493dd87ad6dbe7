"""What a run found: every result, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, computed_field

from atelier.errors import ReportUnreadable
from atelier.verify.kind import Kind
from atelier.verify.profile import Profile
from atelier.verify.result import Result, Verdict

#: Of the JSON document: raised when a reader of an older one would misread it (docs/how-to/verify.md).
SCHEMA: Literal[1] = 1


class Looked(BaseModel):
    """What was looked at, and how."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    kind: Kind
    profile: Profile
    #: Whether a token, and a second account's, were at hand.
    token: bool
    second_token: bool
    #: Of Atelier here.
    version: str


class Cause(BaseModel):
    """A likely cause of failed claims, in plain words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    explanation: str
    remedy: str
    #: The claims that it explains, those that give it away first.
    claims: tuple[str, ...]


class Report(BaseModel):
    """One run."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_version: Literal[1] = SCHEMA
    target: Looked
    #: When it began, ISO 8601 in UTC.
    began: str
    seconds: float
    results: tuple[Result, ...]
    #: Likely causes of what failed, the most fundamental first.
    causes: tuple[Cause, ...] = ()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def counts(self) -> dict[Verdict, int]:
        """How many claims passed, failed and were skipped."""
        return {
            verdict: sum(1 for each in self.results if each.verdict == verdict)
            for verdict in ("passed", "failed", "skipped")
        }

    @computed_field  # type: ignore[prop-decorator]
    @property
    def score(self) -> float | None:
        """The part of the claims with evidence that passed, 0 to 1; None where none was looked at."""
        passed, failed = self.counts["passed"], self.counts["failed"]
        return passed / (passed + failed) if passed + failed else None

    @property
    def good(self) -> bool:
        """Whether something was looked at and nothing failed."""
        return self.score == 1.0

    def of(self, claim: str) -> Result | None:
        """Return the result of a claim."""
        return next((each for each in self.results if each.claim == claim), None)

    def document(self) -> Mapping[str, Any]:
        """Return the JSON document."""
        return self.model_dump(mode="json")


def read_report(path: Path) -> Report:
    """Return a report that was written as JSON.

    Raises:
        ReportUnreadable: the file is not there, or is no report of this schema.
    """
    try:
        return Report.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ReportUnreadable(f"{path} cannot be read: {error.strerror or error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise ReportUnreadable(
            f"{path} is no report of schema {SCHEMA}: {where}: {first['msg']}. "
            "Give a file that `atelier verify --report NAME.json` wrote."
        ) from error
