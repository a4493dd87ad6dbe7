"""What travels along the links of a workflow while the engine runs it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from atelier.engine.diffusion.denoiser import Denoiser

#: Pictures: float32 [batch, height, width, channels], 0 to 1, channels 3 or 4. ComfyUI's IMAGE.
Image = npt.NDArray[np.float32]
#: Masks: float32 [batch, height, width], 0 to 1; 1 is where to paint. ComfyUI's MASK.
Mask = npt.NDArray[np.float32]
#: Latent arrays: float32 [batch, channels, height / 8, width / 8].
Array = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Latent:
    """A latent batch, with the mask that says where a sampler may change it. ComfyUI's LATENT."""

    samples: Array
    #: float32 [batch or 1, 1, height, width] in pixels of the mask, 0 to 1; None means everywhere.
    noise_mask: Array | None = None

    def with_samples(self, samples: Array) -> Latent:
        """Return the same latent with other samples."""
        return replace(self, samples=samples)


@dataclass(frozen=True, kw_only=True)
class Conditioning:
    """What the text encoder says of a prompt, and the pictures that it refers to. ComfyUI's CONDITIONING."""

    #: float32 [1, length, width]: one vector a token.
    tokens: Array
    #: float32 [1, width]: the whole prompt in one vector.
    pooled: Array
    #: float32 [1, length]: 1 where there is a token, 0 for padding.
    tokens_mask: Array
    #: Latents of the pictures to edit, each float32 [batch, channels, height, width].
    references: tuple[Array, ...] = field(default=())
    #: How many of these the model looks at.
    looks_at: int = 1


@dataclass(frozen=True, kw_only=True)
class Model:
    """A denoiser with the settings that model nodes put upon it. ComfyUI's MODEL."""

    denoiser: Denoiser
    #: Shift of the flow's schedule, 1 for none: sigma = shift * t / (1 + (shift - 1) * t).
    shift: float = 1.0
    #: Strength of CFGNorm, None where the node is absent.
    cfg_norm: float | None = None
