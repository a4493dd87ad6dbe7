"""The kinds of values that run along a workflow's links, as types.

They have no instances: they only tell the type checker that a VAE is no latent. The names are those of
ComfyUI's socket types, such as `LATENT` for `Latent`.
"""

from __future__ import annotations


class Model:
    """A denoiser with what was patched onto it."""


class Clip:
    """A text encoder."""


class Vae:
    """What turns pictures into latents and back."""


class Conditioning:
    """An encoded prompt, with the pictures that it refers to."""


class Latent:
    """Pictures as the denoiser sees them, perhaps with a mask of what to paint."""


class Image:
    """A batch of pictures."""


class Mask:
    """A batch of masks: 1 where to paint, 0 where to keep."""


class Sampler:
    """How one step of sampling is done."""


class Sigmas:
    """The noise levels of the steps."""
