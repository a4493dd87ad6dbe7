"""The sampling loop: from a seed, two prompts and a latent to a denoised latent. ComfyUI's KSampler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atelier.engine.diffusion.guidance import guided_denoiser, needs_negative
from atelier.engine.diffusion.inpainting import masked_denoiser
from atelier.engine.diffusion.latents import repeated_to, with_channels
from atelier.engine.diffusion.limits import DOWNSCALE, check_batch, check_drawable
from atelier.engine.diffusion.noise import Noise
from atelier.engine.diffusion.samplers import SAMPLERS
from atelier.engine.diffusion.schedules import schedule
from atelier.engine.resampling import resize
from atelier.errors import NodeInputInvalid

if TYPE_CHECKING:
    from atelier.engine.diffusion.samplers import Denoise
    from atelier.engine.values import Array, Conditioning, Latent, Model

#: Takes the step just done, 1 upward, the number of steps, and the latent as denoised in it.
OnStep = Callable[[int, int, "Array"], None]


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """What a KSampler is told, besides models and latents."""

    #: 0 to 2**64 - 1.
    seed: int
    #: 1 or more.
    steps: int
    #: Guidance scale; 1 is without guidance and twice as fast.
    cfg: float
    sampler: str
    scheduler: str
    #: How much of the schedule to run: 1 draws from pure noise, 0 keeps the latent.
    denoise: float = 1.0


def sample(
    model: Model,
    positive: Conditioning,
    negative: Conditioning,
    latent: Latent,
    sampling: Sampling,
    on_step: OnStep,
) -> Latent:
    """Return the latent that the model makes of the given one.

    After each step `on_step` is called; whatever it raises ends the run.

    Raises:
        SizeBeyondLimit: the picture is smaller or larger than the model draws.
        NodeInputInvalid: the batch is too large, the latent is another model's, or the numbers ran away.
    """
    start = with_channels(latent.samples, model.denoiser.channels)
    batch, _, height, width = start.shape
    check_batch(batch)
    check_drawable(
        width * DOWNSCALE, height * DOWNSCALE, low=model.denoiser.min_side, high=model.denoiser.max_side
    )
    sigmas = schedule(sampling.scheduler, sampling.steps, shift=model.shift, denoise=sampling.denoise)
    if not sigmas:
        return latent.with_samples(start)
    mask = None
    if latent.noise_mask is not None:
        mask = repeated_to(_at(latent.noise_mask, width, height), batch)
    draw = Noise(sampling.seed, start.shape)
    noise = draw()
    denoise = _denoiser(model, positive, negative, start, mask, sampling.cfg)
    if mask is not None:
        denoise = masked_denoiser(denoise, latent=start, noise=noise, mask=mask)
    x = (1 - sigmas[0]) * start + sigmas[0] * noise
    # Numbers that run away are found after each step; numpy need not warn of them as well.
    with np.errstate(over="ignore", invalid="ignore"):
        for done, step in enumerate(SAMPLERS[sampling.sampler](denoise, x, sigmas, draw), start=1):
            x = step.x
            if not np.isfinite(x).all():
                raise NodeInputInvalid(
                    f"The sampling ran away in step {done}: with cfg {sampling.cfg} and {sampling.sampler} "
                    "the numbers grew without end. Lower cfg, or the strength of CFGNorm."
                )
            on_step(done, len(sigmas) - 1, step.denoised)
    return latent.with_samples(x)


def _denoiser(
    model: Model,
    positive: Conditioning,
    negative: Conditioning,
    latent: Array,
    mask: Array | None,
    cfg: float,
) -> Denoise:
    """Return the guided denoiser with everything prepared that is the same in all steps."""
    prompts = (positive, negative) if needs_negative(cfg) else (positive,)
    batch = len(latent)

    def stacked(arrays: list[Array]) -> Array:
        return np.concatenate([repeated_to(each, batch) for each in arrays])

    references, painted = _pictures(positive, prompts, latent, mask, model.denoiser.references)
    velocity = model.denoiser.bind(
        reference=stacked(references),
        mask=stacked([painted] * len(prompts)),
        tokens=stacked([each.tokens for each in prompts]),
        pooled=stacked([each.pooled for each in prompts]),
        tokens_mask=stacked([each.tokens_mask for each in prompts]),
    )
    return guided_denoiser(velocity, cfg, model.cfg_norm)


def _pictures(
    positive: Conditioning,
    prompts: tuple[Conditioning, ...],
    latent: Array,
    mask: Array | None,
    most: int,
) -> tuple[list[Array], Array]:
    """Return the latents that each prompt's half looks at, and the mask of what the model paints anew.

    As the model was trained: an edit looks at the picture to edit and paints nothing anew by itself; an
    inpainting looks at what the mask leaves; a picture from text looks at nothing and paints everything.
    The text alone was dropped for guidance in training, so the negative half keeps the positive's picture
    unless it has its own.
    """
    one = np.ones((1, 1, *latent.shape[2:]), np.float32)
    if positive.references:
        sources = [each.references or positive.references for each in prompts]
        return [_side_by_side(each, latent, most) for each in sources], 0 * one
    if mask is not None:
        return [_side_by_side((latent * (1 - mask),), latent, most)] * len(prompts), mask
    return [_side_by_side((), latent, most)] * len(prompts), one


def _side_by_side(references: tuple[Array, ...], latent: Array, most: int) -> Array:
    """Stack the first `most` references at the latent's size, channels on channels, then zeros."""
    batch, channels, height, width = latent.shape
    shown = [
        repeated_to(_at(with_channels(each, channels), width, height), batch) for each in references[:most]
    ]
    return np.concatenate([*shown, *[np.zeros_like(latent)] * (most - len(shown))], axis=1)


def _at(latent: Array, width: int, height: int) -> Array:
    """Return latents or masks [batch, channels, rows, columns] at another size."""
    return resize(latent, width=width, height=height, method="bilinear", axes=(2, 3))
