"""What a cause is known by."""

from __future__ import annotations

from dataclasses import dataclass

from atelier.verify.report import Report
from atelier.verify.result import Result


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """A cause, and the failures that give it away.

    The causes that stand first are the more fundamental ones: what they explain needs no other cause.
    """

    id: str
    #: One sentence: what is wrong.
    title: str
    #: Why it shows in this way.
    explanation: str
    remedy: str
    #: Codes of `verify.code` of which one must be among the failures.
    signs: frozenset[str]
    #: Claims, or topics, that the signs must come from; empty for any.
    where: tuple[str, ...] = ()
    #: Codes of other failures that follow from it.
    follows: frozenset[str] = frozenset()
    #: Whether whatever else failed follows from it too.
    explains_all: bool = False

    def shows_in(self, failed: tuple[Result, ...]) -> bool:
        """Return whether one of the failures gives it away."""
        return any(self.is_given_away_by(each) for each in failed)

    def explains(self, result: Result) -> bool:
        """Return whether a failure follows from it."""
        return self.explains_all or self.is_given_away_by(result) or result.code in self.follows

    def is_given_away_by(self, result: Result) -> bool:
        """Return whether a failure is a sign of it, rather than what follows."""
        if result.code not in self.signs:
            return False
        return not self.where or result.claim.startswith(self.where)


def failures_in(report: Report) -> tuple[Result, ...]:
    """Return what failed."""
    return tuple(each for each in report.results if each.verdict == "failed")
