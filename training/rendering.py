"""Renders a scene at any size and shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.canvas import Canvas
from training.landscapes import draw_land
from training.objects import draw_objects
from training.scenes import Scene
from training.skies import draw_sky
from training.styles import stylize

#: Drawn this many times larger and averaged, for smooth outlines.
SUPERSAMPLING = 2


def render(scene: Scene, width: int = 128, height: int = 128) -> NDArray[np.uint8]:
    """Return the picture of a scene, [height, width, 3]; the same scene gives the same pixels.

    A picture may be up to twice as long as it is short: it then shows more of the scene, not a stretched one.
    """
    if max(width, height) > 2 * min(width, height):
        raise ValueError(f"{width}x{height} is more than twice as long as it is short")
    canvas = Canvas(width * SUPERSAMPLING, height * SUPERSAMPLING)
    draw_sky(canvas, scene)
    draw_land(canvas, scene)
    draw_objects(canvas, scene)
    return stylize(canvas.image.reduce(SUPERSAMPLING), scene.style, scene.style_seed)
