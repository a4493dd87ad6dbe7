"""Sampling under a mask: what lies outside it stays as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from atelier.engine.diffusion.samplers import Denoise, Samples


def masked_denoiser(denoise: Denoise, *, latent: Samples, noise: Samples, mask: Samples) -> Denoise:
    """Return a denoiser that sees and keeps the given latent outside the mask, as ComfyUI's samplers do.

    Args:
        denoise: the denoiser to ask about the inside.
        latent: what to keep, float32 [batch, channels, height, width].
        noise: the noise that the sampling starts from; the surroundings are noised with it at every step.
        mask: float32 [batch, 1, height, width]; 1 is where to draw, 0 where to keep.
    """
    kept = latent * (1 - mask)

    def masked(x: Samples, sigma: float) -> Samples:
        surroundings = (1 - sigma) * latent + sigma * noise
        denoised: Samples = denoise(x * mask + surroundings * (1 - mask), sigma) * mask + kept
        return denoised

    return masked
