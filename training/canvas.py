"""A canvas that is drawn on in scene units, whatever the size and shape of the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from training.palettes import Color

Point = tuple[float, float]

#: How far any picture may reach beyond the central square, on each side, in scene units.
MARGIN = 0.5


class Canvas:
    """An RGB picture of `width` x `height` pixels, at most twice as long as it is short."""

    def __init__(self, width: int, height: int) -> None:
        self.unit = min(width, height)
        #: What the picture shows: left, top, right, bottom in scene units.
        self.left = 0.5 - width / self.unit / 2
        self.right = 0.5 + width / self.unit / 2
        self.top = 0.5 - height / self.unit / 2
        self.bottom = 0.5 + height / self.unit / 2
        self.image = Image.new("RGB", (width, height))
        self._draw = ImageDraw.Draw(self.image)

    def vertical_gradient(self, colors: tuple[Color, Color, Color], end: float) -> None:
        """Fill everything: the first colour at y <= 0, the last at y >= `end`."""
        width, height = self.image.size
        y = (np.arange(height) + 0.5) / self.unit + self.top
        share = np.clip(y / end, 0, 1)
        rows: NDArray[np.float64] = np.stack(
            [np.interp(share, (0, 0.5, 1), channel) for channel in zip(*colors, strict=True)], 1
        )
        filled = np.broadcast_to(rows[:, None, :], (height, width, 3)).astype(np.uint8)
        self.image.paste(Image.fromarray(filled))

    def ellipse(self, x: float, y: float, radius_x: float, radius_y: float, color: Color) -> None:
        """Fill an ellipse around (x, y)."""
        box = (*self._at((x - radius_x, y - radius_y)), *self._at((x + radius_x, y + radius_y)))
        self._draw.ellipse(box, fill=color)

    def circle(self, x: float, y: float, radius: float, color: Color) -> None:
        """Fill a circle around (x, y)."""
        self.ellipse(x, y, radius, radius, color)

    def rectangle(self, left: float, top: float, right: float, bottom: float, color: Color) -> None:
        """Fill a rectangle."""
        self._draw.rectangle((*self._at((left, top)), *self._at((right, bottom))), fill=color)

    def rounded(
        self, left: float, top: float, right: float, bottom: float, radius: float, color: Color
    ) -> None:
        """Fill a rectangle with round corners."""
        box = (*self._at((left, top)), *self._at((right, bottom)))
        self._draw.rounded_rectangle(box, radius=radius * self.unit, fill=color)

    def polygon(self, points: Sequence[Point], color: Color) -> None:
        """Fill a polygon."""
        self._draw.polygon([self._at(point) for point in points], fill=color)

    def line(self, start: Point, end: Point, width: float, color: Color) -> None:
        """Draw a line, at least one pixel wide."""
        pixels = max(1, int(width * self.unit))
        self._draw.line((*self._at(start), *self._at(end)), fill=color, width=pixels)

    def layer(self, outline: Sequence[Point], color: Color) -> None:
        """Fill everything below an outline that crosses the picture from left to right."""
        below = 1 + MARGIN
        self.polygon([*outline, (outline[-1][0], below), (outline[0][0], below)], color)

    def _at(self, point: Point) -> Point:
        return (point[0] - self.left) * self.unit, (point[1] - self.top) * self.unit
