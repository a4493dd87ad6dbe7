"""A report as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from atelier.verify.kind import KINDS
from atelier.verify.report import Report
from atelier.verify.reports import words

#: Exchanges of one claim that are shown; the JSON has all.
SHOWN = 12


def markdown(report: Report) -> str:
    """Return the report."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    target = report.target
    yield f"# {target.url}"
    yield ""
    yield f"{KINDS[target.kind]}; profile {target.profile}; {report.began}; {report.seconds:.1f} s; "
    yield f"Atelier {target.version}. {words.score(report).capitalize()}."
    if report.causes:
        yield ""
        yield "## Likely causes"
        yield ""
        for cause in report.causes:
            yield f"1. **{_plain(cause.title)}** {_plain(cause.explanation)} {_plain(cause.remedy)}"
            yield f"   Explains: {', '.join(f'`{each}`' for each in cause.claims)}."
    yield ""
    yield "## Claims"
    yield ""
    yield "| verdict | claim | why | seconds |"
    yield "|---|---|---|---|"
    for each in report.results:
        why = f"{each.reason} {each.remedy}".strip()
        cells = (each.verdict, f"{_plain(each.text)} (`{each.claim}`)", _plain(why), f"{each.seconds:.2f}")
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield "## Evidence"
    for each in report.results:
        if not each.evidence:
            continue
        yield ""
        yield f"### {each.claim}: {each.verdict}"
        yield ""
        for piece in each.evidence[:SHOWN]:
            yield f"- {_plain(words.evidence(piece))}"
        if len(each.evidence) > SHOWN:
            yield f"- and {len(each.evidence) - SHOWN} more, in the JSON report"


def _plain(text: str) -> str:
    """Return text in which nothing is markup: what a server answers decides nothing about this page."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(text.split()))
