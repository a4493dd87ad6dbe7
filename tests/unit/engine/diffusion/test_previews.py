from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from atelier.engine.diffusion.previews import preview_jpeg
from atelier.engine.diffusion.vae import Vae
from atelier.engine.folders import WEIGHTS
from tests import mini


@pytest.mark.parametrize("channels", [8, 16])
@pytest.mark.parametrize(("rows", "columns", "size"), [(8, 8, (512, 512)), (16, 32, (512, 256))])
def test_a_preview_is_a_jpeg_of_up_to_512_pixels(
    channels: int, rows: int, columns: int, size: tuple[int, int]
) -> None:
    picture = Image.open(io.BytesIO(preview_jpeg(np.zeros((2, channels, rows, columns), np.float32))))
    assert (picture.format, picture.size) == ("JPEG", size)


@pytest.mark.parametrize("folder", [WEIGHTS, mini.WEIGHTS], ids=["nano", "mini"])
def test_a_preview_has_the_colours_of_the_picture(folder: Path) -> None:
    """Fails when the weights were replaced: then run scripts/fit_latent_previews.py."""
    rows, columns = np.mgrid[0:128, 0:128] / 127
    pixels = np.stack([rows, columns, 1 - rows], axis=-1, dtype=np.float32)[None]
    vae = Vae(next((folder / "vae").iterdir()))
    latent = vae.encode(pixels)
    preview = Image.open(io.BytesIO(preview_jpeg(latent))).resize((16, 16), Image.Resampling.BOX)
    decoded = vae.decode(latent)[0].reshape(16, 8, 16, 8, 3).mean(axis=(1, 3))
    assert np.abs(np.asarray(preview) / 255 - decoded).mean() < 0.1
