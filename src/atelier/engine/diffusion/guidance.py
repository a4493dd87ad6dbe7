"""Guidance: the denoised latent that the positive prompt asks for and the negative one does not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from atelier.engine.diffusion.denoiser import Velocity
    from atelier.engine.diffusion.samplers import Denoise
    from atelier.engine.values import Array


def needs_negative(cfg: float) -> bool:
    """Return whether the negative prompt has any say; at a scale of 1 it has none and is not computed."""
    return not math.isclose(cfg, 1.0)


def classifier_free(conditional: Array, unconditional: Array, cfg: float) -> Array:
    """Classifier-free guidance (Ho and Salimans, arXiv:2207.12598): away from the unconditional.

    `cfg` is the paper's 1 + w: 1 is no guidance, 0 the unconditional latent alone.
    """
    return unconditional + cfg * (conditional - unconditional)


def norm_limited(guided: Array, conditional: Array, strength: float) -> Array:
    """CFGNorm: shorten each cell's vector of channels to the conditional one's length, times a strength."""
    wanted, found = (np.linalg.norm(each, axis=1, keepdims=True) for each in (conditional, guided))
    shortening = np.clip(wanted / (found + np.float32(1e-8)), 0, 1)
    return np.asarray(guided * shortening * strength, guided.dtype)


def guided_denoiser(velocity: Velocity, cfg: float, cfg_norm: float | None) -> Denoise:
    """Return the guided prediction of the data behind a noisy latent.

    Args:
        velocity: takes a batch of the positive conditions alone where the negative ones have no say, and
            otherwise a batch twice as large, the positive half first.
        cfg: the guidance scale.
        cfg_norm: CFGNorm's strength, None for none.
    """

    def denoise(x: Array, sigma: float) -> Array:
        if needs_negative(cfg):
            positive, negative = np.split(velocity(np.concatenate([x, x]), sigma), 2)
            conditional = x - sigma * positive
            guided = classifier_free(conditional, x - sigma * negative, cfg)
        else:
            guided = conditional = x - sigma * velocity(x, sigma)
        return guided if cfg_norm is None else norm_limited(guided, conditional, cfg_norm)

    return denoise
