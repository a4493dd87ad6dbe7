"""Damage to a picture: what the restoration of old pictures starts from."""

from __future__ import annotations

from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter


def damaged(picture: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    """Return a picture [H, W, 3] with scratches and spots, faded, blurred, grainy; the same for a seed."""
    rng = Random(seed)
    image = Image.fromarray(picture)
    unit = min(image.size)
    if rng.random() < 0.4:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 1.1) * unit / 128))
    draw = ImageDraw.Draw(image)
    width, height = image.size
    for _ in range(rng.randint(3, 8)):
        start = rng.uniform(0, width), rng.uniform(0, height)
        end = start[0] + rng.uniform(-0.3, 0.3) * unit, start[1] + rng.uniform(-0.8, 0.8) * unit
        shade = rng.choice((245, 235, 40))
        draw.line((*start, *end), fill=(shade, shade, shade - 8), width=max(1, round(unit / 110)))
    for _ in range(rng.randint(2, 7)):
        x, y, radius = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0.01, 0.05) * unit
        shade = rng.choice((240, 200, 60))
        draw.ellipse(
            (x - radius, y - radius * 0.8, x + radius, y + radius * 0.8), fill=(shade, shade - 6, shade - 16)
        )
    fading = rng.uniform(0, 0.35)
    grain = np.random.default_rng(seed).normal(0, rng.uniform(0, 14), (height, width, 1))
    values = np.asarray(image, np.float32)
    return np.clip(values * (1 - fading) + 168 * fading + grain, 0, 255).astype(np.uint8)
