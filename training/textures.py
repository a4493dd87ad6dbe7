"""Paper, grain and hatching: the textures that the styles lay over a picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Plane = NDArray[np.float32]

#: How many of each there are; a scene's style seed picks.
COARSE_COUNT, GRAIN_COUNT = 24, 12


@dataclass(frozen=True, kw_only=True)
class Textures:
    """Textures of one picture size, each [height, width] with values in [0, 1]."""

    #: Smooth noise with features of a fifth and a fourteenth of the shorter side.
    broad: tuple[Plane, ...]
    middle: tuple[Plane, ...]
    #: Smooth noise, drawn out from left to right.
    strokes: tuple[Plane, ...]
    #: White noise.
    grain: tuple[Plane, ...]
    #: Hatching to the left and to the right.
    hatch_left: Plane
    hatch_right: Plane
    #: Darkening towards the corners.
    vignette: Plane
    #: Distance to the nearest edge, in scene units.
    edge: Plane


@lru_cache(maxsize=8)
def textures(width: int, height: int) -> Textures:
    """Make the textures for a picture size; the same every time."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    unit = min(width, height)
    hatch = 128 / unit
    corner = (columns / width - 0.5) ** 2 + (rows / height - 0.5) ** 2
    across = np.minimum(columns, width - 1 - columns)
    along = np.minimum(rows, height - 1 - rows)
    return Textures(
        broad=tuple(_smooth(width, height, 5, seed) for seed in range(COARSE_COUNT)),
        middle=tuple(_smooth(width, height, 14, 100 + seed) for seed in range(COARSE_COUNT)),
        strokes=tuple(_smooth(width, height, 13, 300 + seed, along=3) for seed in range(COARSE_COUNT)),
        grain=tuple(
            np.random.default_rng(200 + seed).random((height, width), dtype=np.float32)
            for seed in range(GRAIN_COUNT)
        ),
        hatch_left=(((rows + columns) * hatch) % 6 < 2).astype(np.float32),
        hatch_right=(((rows - columns) * hatch) % 6 < 2).astype(np.float32),
        vignette=np.clip(1.12 - 1.5 * corner, 0, 1),
        edge=np.minimum(across, along) / unit,
    )


def _smooth(width: int, height: int, cells: int, seed: int, along: int = 1) -> Plane:
    """Make noise of so many cells along the shorter side, and `along` times as many from top to bottom."""
    unit = min(width, height)
    shape = (round(cells * along * height / unit), round(cells * width / unit))
    noise = (np.random.default_rng(seed).random(shape) * 255).astype(np.uint8)
    large = Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)
    plane: Plane = np.asarray(large, dtype=np.float32) / np.float32(255)
    return plane
