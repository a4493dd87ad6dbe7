"""Carries out the steps, one after the other, and stops at the first that fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from atelier.errors import AtelierError, UsageError
from atelier.setup.setting import Setting
from atelier.setup.step import Outcome, Step, StepEnded, Verdict

#: Called before a step begins, with its number from 1, and with how it ended.
OnStep = Callable[[int, Step], None]
OnOutcome = Callable[[Outcome], None]


async def set_up(
    setting: Setting,
    steps: Sequence[Step],
    *,
    skip: Collection[str] = (),
    dry_run: bool = False,
    on_step: OnStep,
    on_outcome: OnOutcome,
) -> tuple[Outcome, ...]:
    """Return how each step ended.

    Nothing is remembered from one run to the next: each step looks at how things stand, so that a run after
    a failure, or after Ctrl-C, goes on from what is there.

    Args:
        skip: Names of steps that are not carried out.
        dry_run: Whether the steps only say what they would do; the first, which changes nothing, is done.

    Raises:
        UsageError: a step that cannot be skipped was to be.
    """
    needed = [each.name for each in steps if each.without is None and each.name in skip]
    if needed:
        raise UsageError(f"The step '{needed[0]}' cannot be skipped.")
    outcomes: list[Outcome] = []
    for number, step in enumerate(steps, start=1):
        on_step(number, step)
        outcome = await _outcome(setting, step, outcomes, skipped=step.name in skip, dry_run=dry_run)
        outcomes.append(outcome)
        on_outcome(outcome)
    return tuple(outcomes)


async def _outcome(
    setting: Setting, step: Step, before: Sequence[Outcome], *, skipped: bool, dry_run: bool
) -> Outcome:
    def outcome(verdict: Verdict, told: str) -> Outcome:
        return Outcome(step=step.name, title=step.title, verdict=verdict, told=told)

    if skipped:
        return outcome("skipped", step.without or "")
    failed = [each.step for each in before if each.verdict == "failed"]
    if not dry_run and not set(failed) <= step.in_spite_of:
        return outcome("not reached", f"The step '{failed[0]}' failed.")
    began = time.perf_counter()
    try:
        if dry_run and before:
            return outcome("planned", await step.plan(setting))
        done = await step.carry_out(setting, before)
    except StepEnded as ended:
        return replace(
            outcome("failed", str(ended)),
            kind=type(ended.error).__name__,
            seconds=time.perf_counter() - began,
            results=ended.results,
            looked=ended.looked,
        )
    except AtelierError as error:
        seconds = time.perf_counter() - began
        return replace(outcome("failed", str(error)), kind=type(error).__name__, seconds=seconds)
    return replace(
        outcome("done" if done.changed else "unchanged", done.told),
        seconds=time.perf_counter() - began,
        results=done.results,
        looked=done.looked,
    )
