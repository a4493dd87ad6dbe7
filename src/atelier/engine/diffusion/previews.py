"""Previews of a latent while it is being denoised, without the VAE: ComfyUI's latent2rgb."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as PillowImage
from PIL import ImageOps

if TYPE_CHECKING:
    import numpy.typing as npt

    from atelier.engine.values import Array

#: The longer side of a preview in pixels; small pictures are enlarged to it, as ComfyUI does.
PREVIEW_SIDE = 512

#: Red, green and blue of a latent cell, -1 to 1: its channels times these, plus the last row. Least squares
#: against the shipped VAE; made by `python scripts/fit_latent_previews.py`, and a test holds them to it.
FACTORS: npt.NDArray[np.float32] = np.array(
    [
        [0.3391, 0.1985, 0.1316],
        [-0.1067, 0.0281, 0.0016],
        [0.0160, -0.0964, 0.0692],
        [0.0959, 0.3217, 0.4485],
        [-0.0351, -0.0883, -0.0219],
        [-0.0846, -0.0012, 0.1468],
        [-0.0058, -0.0223, -0.0330],
        [0.0526, 0.0548, -0.0171],
        [0.0998, 0.0641, 0.0216],
    ],
    np.float32,
)


def preview_jpeg(latent: Array) -> bytes:
    """Return the first picture of a latent batch as a JPEG of at most 512 pixels a side.

    Args:
        latent: float32 [batch, channels, height, width], with the shipped model's channels.
    """
    cells = latent[0].transpose(1, 2, 0)
    colours = cells @ FACTORS[:-1] + FACTORS[-1]
    pixels = (np.clip((colours + 1) / 2, 0, 1) * 255).astype(np.uint8)
    picture = ImageOps.contain(
        PillowImage.fromarray(pixels), (PREVIEW_SIDE, PREVIEW_SIDE), PillowImage.Resampling.BILINEAR
    )
    encoded = io.BytesIO()
    picture.save(encoded, format="JPEG", quality=95)
    return encoded.getvalue()
