"""Evidence and scores in words, the same in every form."""

from __future__ import annotations

from atelier.verify.evidence import Evidence, Exchange, Figure, Note, PictureSeen
from atelier.verify.report import Report


def score(report: Report) -> str:
    """Return the score and what it counts."""
    counts = report.counts
    parts = f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped"
    if report.score is None:
        return f"no claim was looked at ({parts})"
    return f"{report.score:.1%} of {counts['passed'] + counts['failed']} claims with evidence hold ({parts})"


def evidence(each: Evidence) -> str:
    """Return one piece of evidence in one line."""
    match each:
        case Exchange():
            return _exchange(each)
        case Figure(name=name, value=value, unit=unit, limit=limit):
            allowed = "" if limit is None else f" (at most {limit:g} {unit})"
            return f"{name}: {value:.4g} {unit}{allowed}"
        case Note(text=text):
            return text
        case PictureSeen():
            return (
                f"{each.name}: {each.format}, {each.width} x {each.height}, deviation {each.deviation:g}, "
                f"{each.colours} colours, SHA-256 {each.sha256[:16]}"
            )


def _exchange(each: Exchange) -> str:
    sent = "".join(f" {name}: {value};" for name, value in each.sent.items())
    text = f"{each.request}{f' [{sent.strip()}]' if sent else ''} -> "
    text += str(each.status) if each.status is not None else "no answer"
    text += f" in {each.seconds * 1000:.0f} ms"
    if each.address:
        text += f" from {each.address}"
    if each.location:
        text += f", to {each.location}"
    if each.error:
        text += f"; {each.error}"
    if each.excerpt:
        text += f"; {each.excerpt}"
    elif each.length:
        text += f"; {each.length} bytes, SHA-256 {each.sha256[:16]}"
    return text
