"""Where a waiting job is told that it stands."""

from __future__ import annotations

import pytest

from atelier.storage.fairness import LESSON, Waiting, effective_weight, place_in_queue
from atelier.storage.job import Standing


def waiting(account_id: str, queued: int, *, virtual_time: float = 0.0, weight: float = 1.0) -> Waiting:
    return Waiting(account_id=account_id, virtual_time=virtual_time, weight=weight, queued=queued)


def test_jobs_of_the_own_account_come_first() -> None:
    standing = place_in_queue([waiting("ada", 5)], "ada", before_it=3, mean=2.0, running_for=[], engines=1)
    assert standing == Standing(ahead=3, starts_in=6.0)


def test_others_take_turns_with_it() -> None:
    accounts = [waiting("ada", 10), waiting("ben", 100), waiting("cem", 2)]
    standing = place_in_queue(accounts, "ada", before_it=5, mean=2.0, running_for=[], engines=1)
    assert standing.ahead == 5 + 5 + 2


def test_heavier_accounts_have_more_turns() -> None:
    accounts = [waiting("ada", 10), waiting("ben", 100, weight=3.0)]
    standing = place_in_queue(accounts, "ada", before_it=4, mean=2.0, running_for=[], engines=1)
    assert standing.ahead == 4 + 12


def test_who_used_more_waits_for_the_others_to_catch_up() -> None:
    accounts = [waiting("ada", 1, virtual_time=20.0), waiting("ben", 100)]
    standing = place_in_queue(accounts, "ada", before_it=0, mean=2.0, running_for=[], engines=1)
    assert standing.ahead == 10


@pytest.mark.parametrize(
    ("ahead", "running_for", "engines", "starts_in"),
    [
        (0, [], 1, 0.0),
        (0, [3.0], 1, 7.0),
        (0, [3.0], 2, 0.0),
        (1, [3.0], 2, 7.0),
        (2, [3.0], 2, 10.0),
        (1000, [0.0, 5.0], 2, 5005.0),
        (0, [99.0], 1, 0.0),
        (1, [1.0, 2.0, 3.0], 2, 8.0),
    ],
)
def test_it_starts_when_an_engine_is_free(
    ahead: int, running_for: list[float], engines: int, starts_in: float
) -> None:
    accounts = [waiting("ada", ahead + 1)]
    standing = place_in_queue(
        accounts, "ada", before_it=ahead, mean=10.0, running_for=running_for, engines=engines
    )
    assert standing == Standing(ahead=ahead, starts_in=starts_in)


@pytest.mark.parametrize(("mean", "engines"), [(None, 1), (2.0, 0)])
def test_nothing_is_promised_where_nothing_is_known(mean: float | None, engines: int) -> None:
    standing = place_in_queue(
        [waiting("ada", 2)], "ada", before_it=1, mean=mean, running_for=[], engines=engines
    )
    assert standing == Standing(ahead=1, starts_in=None)


def test_jobs_that_take_no_time_hold_nobody_up() -> None:
    accounts = [waiting("ada", 2, virtual_time=1.0), waiting("ben", 7)]
    standing = place_in_queue(accounts, "ada", before_it=1, mean=0.0, running_for=[], engines=1)
    assert standing == Standing(ahead=8, starts_in=0.0)


def test_a_lesson_counts_until_it_ends() -> None:
    assert effective_weight(2.0, lesson_until=None, now=5.0) == 2.0
    assert effective_weight(2.0, lesson_until=5.0, now=5.0) == 2.0
    assert effective_weight(2.0, lesson_until=5.1, now=5.0) == 2.0 * LESSON
