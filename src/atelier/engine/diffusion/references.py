"""Pictures that a model looks at: brought to a size that it knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atelier.engine.diffusion.limits import MAX_SIDE, MIN_SIDE
from atelier.engine.resampling import resize
from atelier.errors import SizeBeyondLimit

if TYPE_CHECKING:
    from atelier.engine.values import Image

#: Sides become multiples of this many pixels: whole patches of latent cells.
_STEP = 16


def fitted_size(width: int, height: int) -> tuple[int, int]:
    """Return the size in pixels within the model's limits that keeps the aspect best.

    Raises:
        SizeBeyondLimit: the picture is so long and narrow that no such size exists.
    """
    scale = min(1.0, MAX_SIDE / max(width, height))
    scale = max(scale, MIN_SIDE / min(width, height))
    fitted = round(width * scale / _STEP) * _STEP, round(height * scale / _STEP) * _STEP
    if max(fitted) > MAX_SIDE:
        raise SizeBeyondLimit(
            f"A picture of {width} x {height} pixels is too long and narrow: the model takes at most "
            f"{MAX_SIDE // MIN_SIDE} times as long as wide. Crop it first, with ImageCrop."
        )
    return fitted


def fitted(pixels: Image) -> Image:
    """Return pictures scaled, as an area average, to a size that the model knows."""
    _, height, width, _ = pixels.shape
    fitted_width, fitted_height = fitted_size(width, height)
    return resize(pixels, width=fitted_width, height=fitted_height, method="area")
