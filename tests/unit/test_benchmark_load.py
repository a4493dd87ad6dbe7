"""What the benchmarks make of the times and shares that they measure."""

from __future__ import annotations

import pytest

from benchmarks.fairness import jain
from benchmarks.load import Load


def test_equal_shares_are_wholly_fair_and_all_for_one_is_not() -> None:
    assert jain([3.0, 3.0, 3.0]) == pytest.approx(1.0)
    assert jain([9.0, 0.0, 0.0]) == pytest.approx(1 / 3)


def test_a_load_tells_its_rate_and_within_which_time_a_share_was_answered() -> None:
    load = Load(times=[each / 1000 for each in range(1, 101)], seconds=2.0)
    assert load.rate == 50.0
    assert load.quantile(0.5) == 0.051
    assert load.quantile(0.99) == 0.1
    assert load.quantile(1.0) == 0.1
