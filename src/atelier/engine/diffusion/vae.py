"""The variational autoencoder: pictures to latents and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atelier.engine.diffusion.latents import with_channels
from atelier.engine.diffusion.limits import check_batch, check_coded
from atelier.engine.diffusion.network import Network
from atelier.errors import NodeInputInvalid

if TYPE_CHECKING:
    from pathlib import Path

    from atelier.engine.values import Array, Image

#: Pictures coded at once; more need more memory and are no faster.
_CHUNK = 4


class Vae:
    """ComfyUI's VAE: encoder and decoder of one file."""

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        """Load a VAE.

        Raises:
            ModelFileInvalid: the file is missing, damaged or no VAE.
        """
        self._network = Network(
            path, kind="vae", inputs=("decode", "input"), outputs=("output",), threads=threads
        )
        self.channels = self._network.number("latent_channels")
        #: Pixels a latent cell stands for, along each side.
        self.downscale = self._network.number("downscale")

    def encode(self, pixels: Image) -> Array:
        """Return the latents of pictures, which are cropped around their centre to whole latent cells.

        Raises:
            SizeBeyondLimit: the pictures are larger than the VAE's memory allows.
            NodeInputInvalid: they are smaller than one latent cell.
        """
        _, height, width, _ = pixels.shape
        check_coded(width, height)
        if min(width, height) < self.downscale:
            raise NodeInputInvalid(
                f"A picture of {width} x {height} pixels has no latent: "
                f"the VAE needs at least {self.downscale} pixels a side."
            )
        top, left = (side % self.downscale // 2 for side in (height, width))
        height, width = (side - side % self.downscale for side in (height, width))
        pixels = pixels[:, top : top + height, left : left + width, :3]
        return self._run(pixels.transpose(0, 3, 1, 2) * np.float32(2) - np.float32(1), decode=False)

    def decode(self, samples: Array) -> Image:
        """Return the pictures of latents.

        Raises:
            NodeInputInvalid: the latents belong to another VAE, or are too many.
            SizeBeyondLimit: the pictures would be larger than the VAE's memory allows.
        """
        batch, _, height, width = samples.shape
        check_batch(batch)
        check_coded(width * self.downscale, height * self.downscale)
        pixels = self._run(with_channels(samples, self.channels), decode=True).transpose(0, 2, 3, 1)
        return np.ascontiguousarray(np.clip((pixels + np.float32(1)) / np.float32(2), 0, 1))

    def _run(self, batch: Array, *, decode: bool) -> Array:
        chunks = [batch[start : start + _CHUNK] for start in range(0, len(batch), _CHUNK)]
        outputs = [
            self._network.run({"decode": np.array(decode), "input": np.ascontiguousarray(each)})[0]
            for each in chunks
        ]
        return np.concatenate(outputs)
