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
#: against the shipped VAEs; made by `python scripts/fit_latent_previews.py`, and a test holds them to it.
_NANO: npt.NDArray[np.float32] = np.array(
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
_MINI: npt.NDArray[np.float32] = np.array(
    [
        [-0.0394, -0.2984, -0.1443],
        [0.0082, 0.0068, 0.0031],
        [0.0057, 0.0148, 0.0025],
        [-0.0325, 0.0576, 0.3164],
        [-0.0048, -0.0017, -0.0030],
        [0.0022, 0.0191, -0.0060],
        [-0.0278, -0.0268, -0.0088],
        [0.0008, 0.0097, 0.0089],
        [-0.0288, -0.0243, -0.0211],
        [0.0076, 0.0279, -0.0000],
        [0.0601, 0.0115, 0.0349],
        [0.0062, 0.0098, 0.0144],
        [0.0377, 0.0313, 0.0244],
        [-0.5055, -0.2408, -0.0658],
        [-0.0513, 0.0226, -0.0718],
        [-0.0022, -0.0062, -0.0029],
        [0.0933, 0.0762, 0.1255],
    ],
    np.float32,
)
#: By the channels of a latent.
FACTORS = {len(each) - 1: each for each in (_NANO, _MINI)}


def preview_jpeg(latent: Array) -> bytes:
    """Return the first picture of a latent batch as a JPEG of at most 512 pixels a side.

    Args:
        latent: float32 [batch, channels, height, width], with the channels of a model of Atelier's.
    """
    cells = latent[0].transpose(1, 2, 0)
    factors = FACTORS[cells.shape[-1]]
    colours = cells @ factors[:-1] + factors[-1]
    pixels = (np.clip((colours + 1) / 2, 0, 1) * 255).astype(np.uint8)
    picture = ImageOps.contain(
        PillowImage.fromarray(pixels), (PREVIEW_SIDE, PREVIEW_SIDE), PillowImage.Resampling.BILINEAR
    )
    encoded = io.BytesIO()
    picture.save(encoded, format="JPEG", quality=95)
    return encoded.getvalue()
