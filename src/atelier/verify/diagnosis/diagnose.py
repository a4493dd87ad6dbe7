"""Names the likely causes of what failed."""

from __future__ import annotations

from atelier.verify.diagnosis.pattern import failures_in
from atelier.verify.diagnosis.patterns import PATTERNS
from atelier.verify.report import Cause, Report


def diagnose(report: Report) -> tuple[Cause, ...]:
    """Return the likely causes, the most fundamental first; a failure is explained by one of them at most.

    What no cause explains is left to its own claim's words.
    """
    left = failures_in(report)
    causes = []
    for pattern in PATTERNS:
        if not pattern.shows_in(left):
            continue
        explained = tuple(each for each in left if pattern.explains(each))
        left = tuple(each for each in left if each not in explained)
        signs_first = sorted(explained, key=lambda each: not pattern.is_given_away_by(each))
        causes.append(
            Cause(
                id=pattern.id,
                title=pattern.title,
                explanation=pattern.explanation,
                remedy=pattern.remedy,
                claims=tuple(each.claim for each in signs_first),
            )
        )
    return tuple(causes)


def diagnosed(report: Report) -> Report:
    """Return the report with the likely causes in it."""
    return report.model_copy(update={"causes": diagnose(report)})
