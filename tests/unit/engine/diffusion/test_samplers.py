"""Samplers against float64 references written from the papers, closed forms, and a real ComfyUI."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from atelier.engine.diffusion.inpainting import masked_denoiser
from atelier.engine.diffusion.samplers import SAMPLERS, Denoise
from atelier.engine.diffusion.schedules import SCHEDULES, schedule
from tests.unit.engine.diffusion.recordings import recorded

Vector = npt.NDArray[Any]

#: The samplers and their references compute the same in another order: some rounding errors apart.
EXACT = 1e-11


def two_points(x: Vector, sigma: float) -> Vector:
    """The ideal denoiser of data that are -1 or 1, E[data | x]: nonlinear, and known exactly."""
    return np.tanh((1 - sigma) * x / sigma**2)


def numbered_noise(shape: tuple[int, ...]) -> Callable[[], Vector]:
    generator = np.random.default_rng(5)
    return lambda: generator.standard_normal(shape)


# --- the references -------------------------------------------------------------------------------------


def karras_euler(d: Denoise, x: Vector, t: list[float], noise: Callable[[], Vector]) -> Iterator[Vector]:
    """Algorithm 2 of arXiv:2206.00364 with every gamma 0, line by line, without the correction."""
    for i in range(len(t) - 1):
        d_i = (x - d(x, t[i])) / t[i]
        x = x + (t[i + 1] - t[i]) * d_i
        yield x


def karras_heun(d: Denoise, x: Vector, t: list[float], noise: Callable[[], Vector]) -> Iterator[Vector]:
    """Algorithm 1 of arXiv:2206.00364, line by line, for its s(t) = 1 and sigma(t) = t."""
    for i in range(len(t) - 1):
        d_i = (x - d(x, t[i])) / t[i]
        following = x + (t[i + 1] - t[i]) * d_i
        if t[i + 1] != 0:
            d_prime = (following - d(following, t[i + 1])) / t[i + 1]
            following = x + (t[i + 1] - t[i]) * (d_i / 2 + d_prime / 2)
        x = following
        yield x


def lu_2m(d: Denoise, x: Vector, t: list[float], noise: Callable[[], Vector]) -> Iterator[Vector]:
    """Algorithm 2 of arXiv:2211.01095 for alpha = 1 and sigma = t, with its h_i, r_i and D_i; Q is a list."""
    lam = [-math.log(each) if each else math.inf for each in t]
    h = [math.nan, *(b - a for a, b in pairwise(lam))]
    q = [d(x, t[0])]
    for i in range(1, len(t)):
        if i == 1 or t[i] == 0:
            big_d = q[i - 1]
        else:
            r_i = h[i - 1] / h[i]
            big_d = (1 + 1 / (2 * r_i)) * q[i - 1] - 1 / (2 * r_i) * q[i - 2]
        x = t[i] / t[i - 1] * x - math.expm1(-h[i]) * big_d
        yield x
        if i < len(t) - 1:
            q.append(d(x, t[i]))


def flow_ancestral(d: Denoise, x: Vector, t: list[float], noise: Callable[[], Vector]) -> Iterator[Vector]:
    """The same step told in data and noise: x = (1 - t) data + t noise before and after.

    A share of the noise is replaced: what is left keeps the weight `kept`, the fresh part brings the
    variance back to t'^2.
    """
    for now, then in pairwise(t):
        data = d(x, now)
        old_noise = (x - (1 - now) * data) / now
        if then == 0:
            x = data
        else:
            down = then**2 / now
            kept = down * (1 - then) / (1 - down)
            x = (1 - then) * data + kept * old_noise + math.sqrt(then**2 - kept**2) * noise()
        yield x


REFERENCES = {
    "euler": karras_euler,
    "heun": karras_heun,
    "dpmpp_2m": lu_2m,
    "euler_ancestral": flow_ancestral,
}


@pytest.mark.parametrize("scheduler", sorted(SCHEDULES))
@pytest.mark.parametrize("shift", [1.0, 3.1])
@pytest.mark.parametrize("name", sorted(SAMPLERS))
def test_every_step_is_the_papers(name: str, scheduler: str, shift: float) -> None:
    sigmas = schedule(scheduler, 12, shift=shift)
    start = np.random.default_rng(3).standard_normal((2, 3, 4, 5))
    expected = list(REFERENCES[name](two_points, start, list(sigmas), numbered_noise(start.shape)))
    steps = list(SAMPLERS[name](two_points, start, sigmas, numbered_noise(start.shape)))
    assert len(steps) == len(expected) == len(sigmas) - 1
    for step, reference in zip(steps, expected, strict=True):
        assert step.x.dtype == np.float64
        np.testing.assert_allclose(step.x, reference, rtol=EXACT, atol=EXACT)


@pytest.mark.parametrize("name", sorted(SAMPLERS))
def test_float32_stays_float32_and_close_to_float64(name: str) -> None:
    sigmas = schedule("simple", 20, shift=1.73)
    start = np.random.default_rng(3).standard_normal((1, 3, 4, 4))
    # At 20 steps of rounding to 24 bits.
    (*_, wide) = SAMPLERS[name](gaussian, start, sigmas, numbered_noise(start.shape))
    noise = numbered_noise(start.shape)
    (*_, narrow) = SAMPLERS[name](
        gaussian, start.astype(np.float32), sigmas, lambda: noise().astype(np.float32)
    )
    assert narrow.x.dtype == np.float32
    np.testing.assert_allclose(narrow.x, wide.x, rtol=1e-5, atol=1e-5)


# --- closed forms ---------------------------------------------------------------------------------------

DEVIATION = 0.5


def gaussian(x: Vector, sigma: float) -> Vector:
    """The ideal denoiser of data that are normal with a deviation of a half."""
    weight = (1 - sigma) * DEVIATION**2 / variance(sigma)
    return np.asarray(weight * x)


def variance(sigma: float) -> float:
    """The variance of such data with noise."""
    return (1 - sigma) ** 2 * DEVIATION**2 + sigma**2


def error(name: str, steps: int) -> float:
    """How far a sampler ends from the exact solution x(sigma) ~ sqrt(variance(sigma))."""
    start = np.ones((1, 1, 1, 1))
    (*_, last) = SAMPLERS[name](gaussian, start, schedule("sgm_uniform", steps), numbered_noise(start.shape))
    return abs(float(last.x.item()) - math.sqrt(variance(0) / variance(1)))


@pytest.mark.parametrize(("name", "order"), [("euler", 1), ("heun", 2), ("dpmpp_2m", 2)])
def test_the_error_falls_with_the_order_of_the_sampler(name: str, order: int) -> None:
    assert error(name, 64) / error(name, 128) == pytest.approx(2**order, rel=0.2)


def test_ancestral_steps_keep_each_noise_levels_own_mixture() -> None:
    start = np.random.default_rng(0).standard_normal((1, 1, 300, 300))
    sigmas = schedule("simple", 6, shift=3)

    def one_point(x: Vector, sigma: float) -> Vector:
        return np.full_like(x, 2.0)

    steps = SAMPLERS["euler_ancestral"](one_point, start, sigmas, numbered_noise(start.shape))
    for step, sigma in zip(steps, sigmas[1:], strict=True):
        # 90,000 numbers: a standard error of 0.0024 for the deviation and 0.0033 for the mean.
        assert step.x.mean() == pytest.approx(2 * (1 - sigma), abs=0.015)
        assert step.x.std() == pytest.approx(sigma, abs=0.012)


@pytest.mark.parametrize("name", sorted(SAMPLERS))
def test_a_sampler_ends_at_the_denoised_latent_to_the_last_bit(name: str) -> None:
    start = np.random.default_rng(1).standard_normal((1, 2, 3, 3), np.float32)
    target = np.random.default_rng(2).standard_normal((1, 2, 3, 3), np.float32)
    noise = np.random.default_rng(3)
    (*_, last) = SAMPLERS[name](
        lambda x, sigma: target,
        start,
        schedule("beta", 7),
        lambda: noise.standard_normal(start.shape, np.float32),
    )
    assert np.array_equal(last.x, target)


# --- a real ComfyUI -------------------------------------------------------------------------------------


def toy(x: Vector, sigma: float) -> Vector:
    """The line in the place of a network, as in scripts/record_comfyui_sampling.py."""
    return np.asarray(np.tanh(2 * x) * (1 - sigma) + 0.3 * sigma * np.cos(x))


@pytest.mark.parametrize(
    "case", recorded("trajectories"), ids=lambda case: case["sampler"] + "-masked" * case["masked"]
)
def test_samplers_go_the_way_of_a_real_comfyui(case: dict[str, Any]) -> None:
    sigmas, noise, latent = case["sigmas"], np.array(case["start"]), np.array(case["latent"])
    denoise: Denoise = toy
    if case["masked"]:
        denoise = masked_denoiser(toy, latent=latent, noise=noise, mask=np.array(case["mask"]))
    fresh = iter(np.array(case["fresh_noise"]))
    start = (1 - sigmas[0]) * latent + sigmas[0] * noise
    steps = SAMPLERS[case["sampler"]](denoise, start, sigmas, lambda: next(fresh))
    for step, visited in zip(steps, case["visited"], strict=True):
        # Recorded with seven digits.
        np.testing.assert_allclose(step.x, visited, rtol=2e-6, atol=2e-6)
