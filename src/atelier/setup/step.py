"""One step of a set-up, and how it ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from atelier.errors import AtelierError
from atelier.setup.setting import Setting
from atelier.verify.report import Report
from atelier.verify.result import Result

#: `unchanged`: all was found as it should be. `planned`: what a dry run would do. `not reached`: an earlier
#: step failed.
Verdict = Literal["done", "unchanged", "failed", "skipped", "not reached", "planned"]


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a step did, in words."""

    told: str
    #: Whether anything is otherwise than before; looking at something changes nothing.
    changed: bool = False
    #: What was looked at, for the report.
    results: tuple[Result, ...] = ()
    looked: Report | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a step ended."""

    step: str
    title: str
    verdict: Verdict
    #: What was found and done or, for a step that was not carried out, why and what follows.
    told: str
    #: The class of the error with which it failed.
    kind: str = ""
    seconds: float = 0.0
    results: tuple[Result, ...] = ()
    looked: Report | None = field(default=None, repr=False)


class StepEnded(Exception):
    """A step failed, and there is something to show for it."""

    def __init__(
        self, error: AtelierError, *, results: tuple[Result, ...] = (), looked: Report | None = None
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.results = results
        self.looked = looked


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: it looks at how things stand, and does what is missing."""

    #: What it is called on the command line.
    name: str
    title: str
    #: Does the step; raises `StepEnded` or any `AtelierError`. It is given how the earlier steps ended.
    carry_out: Callable[[Setting, Sequence[Outcome]], Awaitable[Done]] = field(repr=False)
    #: Says what the step would do, and changes nothing.
    plan: Callable[[Setting], Awaitable[str]] = field(repr=False)
    #: What follows if it is skipped; None for a step without which there is nothing.
    without: str | None
    #: Whether it is worth doing after these steps failed: it shows why.
    in_spite_of: frozenset[str] = frozenset()
