"""Noise schedules: which noise levels a sampler visits, from the noisiest down to none.

The flow has 1000 timesteps t of 1/1000 to 1, each with the noise level

    sigma(t) = shift * t / (1 + (shift - 1) * t)

(Esser et al., arXiv:2403.03206, section 5.3.2). A schedule picks from them as ComfyUI's schedulers of the
same names do for its discrete flow sampling. Every schedule here returns the last `steps` noise levels above
zero of a schedule of `total` steps: image-to-image runs the end of a longer schedule, however long.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Mapping

Floats = npt.NDArray[np.float64]
_Times = TypeVar("_Times", float, Floats)

TIMESTEPS = 1000
#: Shape of the beta distribution in Lee et al., arXiv:2407.12173.
BETA = 0.6
#: Above this `denoise` is all of the schedule, as in ComfyUI, and below its counterpart none of it.
_WHOLE, _NONE = 0.9999, 0.0001


def shifted(t: _Times, shift: float) -> _Times:
    """Return the noise level of the time t, 0 to 1; a shift above 1 spends more steps in high noise."""
    # The formula above divided by shift, which is exactly 1 at a time of 1.
    return t / (t + (1 - t) / shift)


def simple(steps: int, total: int, shift: float) -> Floats:
    """Evenly spaced timesteps, from the last one down."""
    index = TIMESTEPS - 1 - (_places(steps, total) * (TIMESTEPS / total)).astype(np.int64)
    return shifted((index + 1) / TIMESTEPS, shift)


def normal(steps: int, total: int, shift: float) -> Floats:
    """Evenly spaced times between the first noise level and the last one above zero.

    ComfyUI takes the least noise level for a time and shifts it once more; so does this.
    """
    last = shifted(1 / TIMESTEPS, shift)
    vanishes = shifted(last, shift) <= 1e-5
    gaps = total if vanishes else max(total - 1, 1)
    return shifted(1 - (1 - last) * _places(steps, total) / gaps, shift)


def sgm_uniform(steps: int, total: int, shift: float) -> Floats:
    """The times of `normal` with one step more, of which the last goes to zero."""
    last = shifted(1 / TIMESTEPS, shift)
    return shifted(1 - (1 - last) * _places(steps, total) / total, shift)


def beta(steps: int, total: int, shift: float) -> Floats:
    """Timesteps at the quantiles of a beta distribution, dense at both ends (arXiv:2407.12173).

    Quantiles that round to one timestep visit it once.
    """
    # A timestep is visited when a quantile of 1, 1 - 1 / total, ... lies between its borders, so the count of
    # quantiles down to a border tells. The margin is for rounding at the border in the middle.
    borders = (np.arange(TIMESTEPS - 1) + 0.5) / (TIMESTEPS - 1)
    down_to = np.floor((1 - beta_cumulative(borders)) * total + 1e-9)
    counts = -np.diff(down_to, prepend=total - 1, append=-1)
    return shifted((np.flatnonzero(counts) + 1) / TIMESTEPS, shift)[:steps]


def _places(steps: int, total: int) -> npt.NDArray[np.int64]:
    return np.arange(total - steps, total)


def beta_cumulative(x: Floats, shape: float = BETA) -> Floats:
    """Return the cumulative probability of the symmetric beta distribution at x, 0 to 1.

    The power series of the incomplete beta function (DLMF 8.17.7 with 15.2.1) on the lower half, where it
    gains a bit a term, and the symmetry on the upper one.
    """
    lower = np.minimum(x, 1 - x)
    coefficient, total = 1.0, np.zeros_like(lower)
    for n in range(60):
        total += coefficient / (shape + n) * lower**n
        coefficient *= (n + 1 - shape) / (n + 1)
    whole = math.gamma(shape) ** 2 / math.gamma(2 * shape)
    probability = lower**shape * total / whole
    return np.where(x <= 0.5, probability, 1 - probability)


SCHEDULES: Mapping[str, Callable[[int, int, float], Floats]] = MappingProxyType(
    {"simple": simple, "sgm_uniform": sgm_uniform, "beta": beta, "normal": normal}
)


def schedule(name: str, steps: int, *, shift: float = 1.0, denoise: float = 1.0) -> tuple[float, ...]:
    """Return the noise levels of a run, strictly falling, the last one 0; empty when there is nothing to do.

    With `denoise` below 1 they are the last `steps` steps of a schedule of `steps / denoise`, as ComfyUI's
    KSampler takes them. Levels that coincide, as in `simple` with more than 1000 steps, are visited once.

    Args:
        steps: 1 or more.
        shift: above 0; 1 leaves the times as they are.
        denoise: 0 (keep the latent) to 1 (draw it from pure noise).
    """
    if denoise < _NONE:
        return ()
    total = steps if denoise > _WHOLE else int(steps / denoise)
    levels = SCHEDULES[name](steps, total, shift)
    return (*np.unique(levels)[::-1].tolist(), 0.0)
