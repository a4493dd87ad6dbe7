"""What changed between two reports."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from atelier.verify.evidence import Figure, Note
from atelier.verify.report import Report
from atelier.verify.result import Result

#: A figure has moved when it is this many times what it was, or less than one so manieth.
_MOVED = 1.5
#: Seconds below which a figure's moves are noise.
_NOISE = 0.02

#: Claims whose notes say what the server is, and not what one run saw.
_FACTS = frozenset({"server.versions", "server.device", "models.complete", "machine.driver"})

Change = Literal["broke", "mended", "verdict", "changed", "new", "gone", "slower", "faster"]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One claim of which the two reports say different things."""

    claim: str
    change: Change
    before: str
    after: str
    #: Why it fails or is skipped now; empty where it passes.
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def compare(before: Report, after: Report) -> tuple[Difference, ...]:
    """Return the differences, what broke first."""
    old = {each.claim: each for each in before.results}
    new = {each.claim: each for each in after.results}
    found: list[Difference] = []
    for claim in dict.fromkeys([*old, *new]):
        found += _of(claim, old.get(claim), new.get(claim))
    return tuple(sorted(found, key=lambda each: _ORDER.index(each.change)))


_ORDER: tuple[Change, ...] = ("broke", "mended", "verdict", "changed", "slower", "faster", "gone", "new")


def _of(claim: str, old: Result | None, new: Result | None) -> list[Difference]:
    if old is None and new is not None:
        # What fails without having been looked at before is no less broken.
        first: Change = "broke" if new.verdict == "failed" else "new"
        return [Difference(claim=claim, change=first, before="", after=new.verdict, reason=new.reason)]
    if new is None and old is not None:
        return [Difference(claim=claim, change="gone", before=old.verdict, after="")]
    if old is None or new is None:
        return []
    if old.verdict != new.verdict:
        change: Change = "verdict"
        if new.verdict == "failed":
            change = "broke"
        elif old.verdict == "failed" and new.verdict == "passed":
            change = "mended"
        return [
            Difference(claim=claim, change=change, before=old.verdict, after=new.verdict, reason=new.reason)
        ]
    moved = _facts(claim, old, new) if claim in _FACTS else []
    figures = {each.name: each for each in old.evidence if isinstance(each, Figure)}
    for each in new.evidence:
        if not isinstance(each, Figure) or each.unit != "s" or each.name not in figures:
            continue
        was = figures[each.name].value
        if max(each.value, was) > _NOISE and _times(each.value, was) > _MOVED:
            moved.append(
                Difference(
                    claim=claim,
                    change="slower" if each.value > was else "faster",
                    before=f"{each.name}: {was:g} s",
                    after=f"{each.value:g} s",
                )
            )
    return moved


def _facts(claim: str, old: Result, new: Result) -> list[Difference]:
    was, now = (
        " ".join(each.text for each in result.evidence if isinstance(each, Note)) for result in (old, new)
    )
    return [] if was == now else [Difference(claim=claim, change="changed", before=was, after=now)]


def _times(one: float, other: float) -> float:
    small, large = sorted((one, other))
    return large / small if small > 0 else float("inf")
