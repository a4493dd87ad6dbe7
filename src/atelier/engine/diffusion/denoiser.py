"""The denoiser: a diffusion transformer that says in which direction a noisy latent moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from atelier.engine.diffusion.network import Network

if TYPE_CHECKING:
    from pathlib import Path

    from atelier.engine.values import Array

#: Latents denoised at once; more need more memory and are no faster.
_CHUNK = 8

#: A noisy latent and its noise level to the flow's velocity, noise minus data; both of one shape.
Velocity = Callable[["Array", float], "Array"]


class Denoiser:
    """A flow-matching network (Lipman et al., arXiv:2210.02747; Liu et al., arXiv:2209.03003).

    A latent of noise level sigma is `(1 - sigma) * data + sigma * noise`.
    """

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        """Load a diffusion model.

        Raises:
            ModelFileInvalid: the file is missing, damaged or no diffusion model.
        """
        self._network = Network(
            path,
            kind="diffusion_model",
            inputs=("latent", "timestep", "reference", "mask", "tokens", "pooled", "tokens_mask"),
            outputs=("velocity",),
            threads=threads,
        )
        self.name = path.stem
        self.channels = self._network.number("latent_channels")
        #: How many pictures it can look at.
        self.references = self._network.references()
        #: Sides of a picture in pixels that the model was trained for.
        self.min_side = self._network.number("min_side")
        self.max_side = self._network.number("max_side")
        self._patch = self._network.number("patch")

    def bind(
        self, *, reference: Array, mask: Array, tokens: Array, pooled: Array, tokens_mask: Array
    ) -> Velocity:
        """Return the velocity under conditions that stay the same over all steps.

        Args:
            reference: latents to look at, one behind the other and zeros where there is none, float32
                [batch, references * channels, height, width].
            mask: where to paint anew, float32 [batch, 1, height, width].
            tokens: float32 [batch, length, width], with `pooled` [batch, width] and
                `tokens_mask` [batch, length].
        """
        batch, _, height, width = reference.shape
        padding = ((0, 0), (0, 0), (0, -height % self._patch), (0, -width % self._patch))
        conditions = {
            "reference": np.pad(reference, padding, "edge"),
            "mask": np.pad(mask, padding, "edge"),
            "tokens": tokens,
            "pooled": pooled,
            "tokens_mask": tokens_mask,
        }
        chunks = [slice(start, start + _CHUNK) for start in range(0, batch, _CHUNK)]
        prepared = [(rows, {name: each[rows] for name, each in conditions.items()}) for rows in chunks]

        def velocity(latent: Array, sigma: float) -> Array:
            padded = np.pad(latent, padding, "edge")
            times = np.full(batch, sigma, np.float32)
            outputs = [
                self._network.run({"latent": padded[rows], "timestep": times[rows], **shown})[0]
                for rows, shown in prepared
            ]
            return np.concatenate(outputs)[:, :, :height, :width]

        return velocity
