"""What the fair order of the queue is computed with, whatever database keeps it."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass

from atelier.storage.job import Standing

#: By how much a lesson multiplies the weight of its class's accounts.
LESSON = 4.0

#: Seconds that a job is taken to need while nothing was measured.
UNKNOWN_SECONDS = 10.0

#: Virtual seconds by which an account that could not run may lag behind the others, and catch up afterwards.
CREDIT = 300.0

#: Seconds for which a job is left to an idle engine that holds its model.
MODEL_PATIENCE = 5.0

#: Seconds for which the report of an engine counts.
REPORT_COUNTS = 15.0


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """An account with jobs that wait."""

    account_id: str
    virtual_time: float
    #: Weight, with a lesson's factor.
    weight: float
    queued: int


def effective_weight(weight: float, *, lesson_until: float | None, now: float) -> float:
    """Return the weight of an account at a time."""
    return weight * LESSON if lesson_until is not None and lesson_until > now else weight


def place_in_queue(
    accounts: Sequence[Waiting],
    account_id: str,
    *,
    before_it: int,
    mean: float | None,
    running_for: Sequence[float],
    engines: int,
) -> Standing:
    """Return where a waiting job stands, were every job of the mean length and no limit in the way.

    Args:
        accounts: All accounts with waiting jobs.
        account_id: The job's account; one of them.
        before_it: Jobs of its own account before it.
        mean: Engine-seconds of a job; None while nothing was measured.
        running_for: For each running job, the seconds since it began.
        engines: That are at work.
    """
    seconds = UNKNOWN_SECONDS if mean is None else mean
    own = next(each for each in accounts if each.account_id == account_id)
    # The virtual time at which it is its account's turn with this job.
    turn = own.virtual_time + before_it * seconds / own.weight
    ahead = before_it
    for each in accounts:
        if each.account_id != account_id and each.virtual_time < turn:
            step = seconds / each.weight
            earlier = math.ceil((turn - each.virtual_time) / step) if step > 0 else each.queued
            ahead += min(each.queued, earlier)
    if mean is None or engines < 1:
        return Standing(ahead=ahead, starts_in=None)
    free_in = [max(0.0, mean - each) for each in running_for]
    free_in += [0.0] * (engines - len(free_in))
    # More may run than engines are at work now; the later ones give way to nobody.
    free_in = sorted(free_in)[:engines]
    heapq.heapify(free_in)
    # Whole rounds over all engines shift every one of them alike.
    rounds, rest = divmod(ahead, engines)
    for _ in range(rest):
        heapq.heapreplace(free_in, free_in[0] + mean)
    return Standing(ahead=ahead, starts_in=free_in[0] + rounds * mean)
