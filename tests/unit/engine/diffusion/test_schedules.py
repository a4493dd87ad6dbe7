from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from atelier.engine.diffusion.schedules import BETA, SCHEDULES, TIMESTEPS, beta_cumulative, schedule, shifted
from tests.unit.engine.diffusion.recordings import recorded

names = st.sampled_from(sorted(SCHEDULES))
shifts = st.floats(0.01, 100)


@given(names, st.integers(1, 10_000), shifts, st.floats(0.01, 1))
def test_noise_levels_fall_strictly_from_at_most_one_to_zero(
    name: str, steps: int, shift: float, denoise: float
) -> None:
    sigmas = schedule(name, steps, shift=shift, denoise=denoise)
    assert sigmas[0] <= 1
    assert sigmas[-1] == 0
    assert all(before > after for before, after in pairwise(sigmas))
    assert 2 <= len(sigmas) <= steps + 1


@given(names, st.integers(1, 1000), shifts)
def test_a_whole_schedule_starts_at_pure_noise(name: str, steps: int, shift: float) -> None:
    assert schedule(name, steps, shift=shift)[0] == pytest.approx(1, abs=1e-12)


@given(names, st.integers(1, 100), shifts, st.floats(0.2, 0.99))
def test_denoise_below_one_takes_the_end_of_a_longer_schedule(
    name: str, steps: int, shift: float, denoise: float
) -> None:
    longer = schedule(name, int(steps / denoise), shift=shift)
    assert schedule(name, steps, shift=shift, denoise=denoise) == longer[-(steps + 1) :]


@given(names, st.integers(1, 10_000), st.floats(0, 1e-4, exclude_max=True))
def test_next_to_no_denoise_leaves_nothing_to_do(name: str, steps: int, denoise: float) -> None:
    assert schedule(name, steps, denoise=denoise) == ()


@given(names, st.integers(2, 200))
def test_a_larger_shift_never_lowers_a_noise_level(name: str, steps: int) -> None:
    plain, moved = (schedule(name, steps, shift=shift) for shift in (1.0, 3.0))
    assert all(low <= high + 1e-12 for low, high in zip(plain, moved, strict=True))


def test_simple_without_shift_falls_in_equal_steps() -> None:
    np.testing.assert_allclose(schedule("simple", 20), np.linspace(1, 0, 21), atol=1e-12)


def test_simple_takes_whole_timesteps() -> None:
    assert schedule("simple", 3) == (1.0, 0.667, 0.334, 0.0)


def test_simple_visits_no_level_twice_when_there_are_more_steps_than_timesteps() -> None:
    assert schedule("simple", 2500) == schedule("simple", TIMESTEPS)


def test_normal_goes_evenly_to_the_least_noise_level() -> None:
    np.testing.assert_allclose(schedule("normal", 20), [*np.linspace(1, 0.001, 20), 0], atol=1e-12)


def test_sgm_uniform_leaves_the_least_noise_level_out() -> None:
    np.testing.assert_allclose(schedule("sgm_uniform", 20), [*np.linspace(1, 0.001, 21)[:-1], 0], atol=1e-12)


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 7, 8, 20, 30, 50, 100, 333, 1000])
def test_beta_takes_the_timesteps_of_scipys_quantiles(steps: int) -> None:
    quantiles = stats.beta.ppf(1 - np.arange(steps) / steps, BETA, BETA)
    timesteps = np.unique(np.rint(quantiles * (TIMESTEPS - 1)) + 1)[::-1]
    np.testing.assert_allclose(schedule("beta", steps)[:-1], timesteps / TIMESTEPS, atol=1e-12)


@given(st.floats(0, 1))
def test_the_cumulative_beta_distribution_is_scipys(x: float) -> None:
    ours = beta_cumulative(np.array([x]))
    np.testing.assert_allclose(ours, stats.beta.cdf([x], BETA, BETA), atol=1e-13)


@given(shifts, st.floats(0.001, 1))
def test_shifting_there_and_back_is_no_shift(shift: float, t: float) -> None:
    assert shifted(shifted(t, shift), 1 / shift) == pytest.approx(t)


@pytest.mark.parametrize(
    "case",
    recorded("schedules"),
    ids=lambda case: f"{case['scheduler']}-{case['steps']}-shift{case['shift']}-denoise{case['denoise']}",
)
def test_schedules_are_those_of_a_real_comfyui(case: dict[str, Any]) -> None:
    sigmas = schedule(case["scheduler"], case["steps"], shift=case["shift"], denoise=case["denoise"])
    # ComfyUI computes in float32, and at a shift of 0.05 its last noise level misses zero by 3e-6.
    np.testing.assert_allclose(sigmas, case["sigmas"], rtol=1e-5, atol=5e-6)
