"""What became of one claim."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from atelier.verify.evidence import Evidence

Verdict = Literal["passed", "failed", "skipped"]


class Result(BaseModel):
    """A claim's verdict and the evidence for it.

    Raises:
        ValueError: a pass without evidence, a failure without a code, or either without a reason.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    claim: str
    text: str
    verdict: Verdict
    #: Why it failed or was skipped; empty for a pass.
    reason: str = ""
    #: What to do next; empty for a pass.
    remedy: str = ""
    #: Of `verify.code`; empty unless it failed.
    code: str = ""
    seconds: float
    evidence: tuple[Evidence, ...] = ()

    @model_validator(mode="after")
    def _is_founded(self) -> Result:
        if self.verdict == "passed" and not self.evidence:
            raise ValueError(f"{self.claim} passed without evidence")
        if self.verdict == "failed" and not self.code:
            raise ValueError(f"{self.claim} failed without a code")
        if self.verdict != "passed" and not self.reason:
            raise ValueError(f"{self.claim} was {self.verdict} without a reason")
        return self
