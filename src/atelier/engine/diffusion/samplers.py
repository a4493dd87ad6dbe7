"""Samplers: from noise to data along the noise levels of a schedule.

A flow's latent of noise level sigma obeys dx/dsigma = (x - D(x, sigma)) / sigma, with D the denoised
latent: the same equation as in Karras et al., arXiv:2206.00364, so that paper's solvers serve flows
unchanged. Each sampler is a generator of steps: it yields the latent at the next noise level with the
denoised latent that led there. The noise levels fall strictly and end with 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Latents of any shape: float32 in the engine, float64 where a test wants to see every digit.
Samples = npt.NDArray[Any]
#: D: a latent and its noise level to the data behind the noise.
Denoise = Callable[[Samples, float], Samples]


class Step(NamedTuple):
    """Where a sampler arrived."""

    x: Samples
    denoised: Samples


Sampler = Callable[[Denoise, Samples, Sequence[float], Callable[[], Samples]], Iterator[Step]]


def euler(
    denoise: Denoise, x: Samples, sigmas: Sequence[float], noise: Callable[[], Samples]
) -> Iterator[Step]:
    """Euler steps: Algorithm 1 of arXiv:2206.00364 without its correction, Algorithm 2 without churn."""
    for sigma, following in pairwise(sigmas):
        denoised = denoise(x, sigma)
        x = _toward(denoised, x, following / sigma)
        yield Step(x, denoised)


def heun(
    denoise: Denoise, x: Samples, sigmas: Sequence[float], noise: Callable[[], Samples]
) -> Iterator[Step]:
    """Heun's second-order steps: Algorithm 1 of arXiv:2206.00364; two denoisings a step but the last."""
    for sigma, following in pairwise(sigmas):
        denoised = denoise(x, sigma)
        ahead = _toward(denoised, x, following / sigma)
        if following > 0:
            slope = (x - denoised) / sigma
            slope_ahead = (ahead - denoise(ahead, following)) / following
            x = x + (following - sigma) * (slope + slope_ahead) / 2
        else:
            x = ahead
        yield Step(x, denoised)


def euler_ancestral(
    denoise: Denoise, x: Samples, sigmas: Sequence[float], noise: Callable[[], Samples]
) -> Iterator[Step]:
    """Euler steps that go further down than they should and come back up with fresh noise.

    The form for flows, in which data are scaled by 1 - sigma: what stepping too far took from the noise is
    given back so that the latent has the noise level's own mixture. ComfyUI's at eta = 1.
    """
    for sigma, following in pairwise(sigmas):
        denoised = denoise(x, sigma)
        below = following * following / sigma
        x = _toward(denoised, x, below / sigma)
        if following > 0:
            rescale = (1 - following) / (1 - below)
            x = rescale * x + math.sqrt(following**2 - (rescale * below) ** 2) * noise()
        yield Step(x, denoised)


def dpmpp_2m(
    denoise: Denoise, x: Samples, sigmas: Sequence[float], noise: Callable[[], Samples]
) -> Iterator[Step]:
    """DPM-Solver++(2M): Algorithm 2 of Lu et al., arXiv:2211.01095.

    With lambda = -log(sigma) and alpha = 1, for which the paper's derivation holds on the equation above;
    the flow's own log((1 - sigma) / sigma) is infinite at pure noise. The first and the last step are of
    first order.
    """
    previous: tuple[float, Samples] | None = None
    for sigma, following in pairwise(sigmas):
        denoised = denoise(x, sigma)
        estimate = denoised
        if previous is not None and following > 0:
            r = math.log(previous[0] / sigma) / math.log(sigma / following)
            estimate = (1 + 1 / (2 * r)) * denoised - 1 / (2 * r) * previous[1]
        x = _toward(estimate, x, following / sigma)
        previous = sigma, denoised
        yield Step(x, denoised)


def _toward(denoised: Samples, x: Samples, ratio: float) -> Samples:
    """Return x moved toward the denoised latent, with the noise left that the ratio names.

    The exact solution for a constant D. At a ratio of 0 it is the denoised latent to the last bit, which is
    what keeps the surroundings of an inpainting mask as they were.
    """
    return denoised + ratio * (x - denoised)


SAMPLERS: Mapping[str, Sampler] = MappingProxyType(
    {"euler": euler, "euler_ancestral": euler_ancestral, "heun": heun, "dpmpp_2m": dpmpp_2m}
)
