"""The styles: what turns a drawn scene into a watercolor, pixel art, a sketch, an oil painting and so on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from training.textures import COARSE_COUNT, GRAIN_COUNT, textures

Picture = NDArray[np.uint8]
#: Blocks of pixel art along the shorter side.
BLOCKS = 32


def stylize(image: Image.Image, style: str, seed: int) -> Picture:
    """Return [height, width, 3] in one of the styles; `seed` picks its textures."""
    draw = {
        "flat": _flat,
        "watercolor": _watercolor,
        "pixel": _pixel,
        "sketch": _sketch,
        "sepia": _sepia,
        "oil": _oil,
        "cartoon": _cartoon,
        "blueprint": _blueprint,
    }[style]
    return draw(image, seed)


def _flat(image: Image.Image, seed: int) -> Picture:
    return np.asarray(image)


def _scale(image: Image.Image) -> float:
    """Return how much larger than 128 px a picture is: brushes and pencils grow with it."""
    return min(image.size) / 128


def _blurred(image: Image.Image, radius: float) -> NDArray[np.float32]:
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), dtype=np.float32)


def _watercolor(image: Image.Image, seed: int) -> Picture:
    """Paint with wobbling outlines, dark rims, blotches and the bare edge of the paper."""
    scale, paper = _scale(image), textures(*image.size)
    height, width = image.size[1], image.size[0]
    painted = image.filter(ImageFilter.GaussianBlur(1.1 * scale))
    shift_x = ((paper.middle[seed % COARSE_COUNT] - 0.5) * 9 * scale).astype(np.int32)
    shift_y = ((paper.middle[seed // 24 % COARSE_COUNT] - 0.5) * 9 * scale).astype(np.int32)
    rows, columns = np.mgrid[0:height, 0:width]
    rows, columns = np.clip(rows + shift_y, 0, height - 1), np.clip(columns + shift_x, 0, width - 1)
    color = (np.asarray(painted, dtype=np.float32) / 255)[rows, columns]
    wash = (
        0.62
        + 0.30 * paper.broad[seed // 7 % COARSE_COUNT]
        + 0.22 * (paper.middle[seed // 11 % COARSE_COUNT] - 0.5)
        + 0.12 * (paper.grain[seed % GRAIN_COUNT] - 0.5)
    )
    tinted = 1 - (1 - color) * wash[..., None]
    rim = _blurred(painted, 2.5 * scale)[rows, columns] / 255 - color
    tinted = tinted - 0.35 * np.clip(rim, 0, 0.35)
    covered = np.clip((paper.edge - 0.012 - 0.05 * paper.middle[seed // 5 % COARSE_COUNT]) / 0.02, 0, 1)
    tinted = tinted * covered[..., None] + np.array([0.975, 0.965, 0.94]) * (1 - covered[..., None])
    return _bytes(np.clip(tinted, 0, 1) * 255)


def _pixel(image: Image.Image, seed: int) -> Picture:
    """Average over blocks and round to a few levels."""
    unit = min(image.size)
    blocks = (round(BLOCKS * image.size[0] / unit), round(BLOCKS * image.size[1] / unit))
    small = np.asarray(image.resize(blocks, Image.Resampling.BOX), dtype=np.float32)
    levels = np.clip(np.round((small - 128) * 1.12 / 36) * 36 + 128, 0, 255).astype(np.uint8)
    return np.asarray(Image.fromarray(levels).resize(image.size, Image.Resampling.NEAREST))


def _sketch(image: Image.Image, seed: int) -> Picture:
    """Draw outlines where colours change and hatch what is dark."""
    scale, paper = _scale(image), textures(*image.size)
    tone = _blurred(image.convert("L"), 1.6 * scale)
    color = _blurred(image, 0.5 * scale)
    change = np.zeros(tone.shape, np.float32)
    change[:, 1:] += np.abs(np.diff(color, axis=1)).max(-1)
    change[1:] += np.abs(np.diff(color, axis=0)).max(-1)
    # A change is spread over more pixels where the pencil is thicker.
    outline = np.clip((change * max(1.0, scale) - 10) / 70, 0, 1)
    darkness = np.clip((190 - tone) / 190, 0, 1)
    crossed = np.maximum(paper.hatch_left, paper.hatch_right)
    hatching = np.where(tone < 70, crossed, np.where(tone < 150, paper.hatch_left, 0))
    grain = paper.grain[seed % GRAIN_COUNT] - 0.5
    brightness = 1 - 0.78 * outline - 0.30 * darkness * hatching - 0.22 * darkness - 0.05 * grain
    return _bytes(np.clip(brightness, 0.08, 1)[..., None] * np.array([250, 248, 242]))


def _sepia(image: Image.Image, seed: int) -> Picture:
    """Lose the colours, fade and brown, with dark corners."""
    scale, paper = _scale(image), textures(*image.size)
    tone = _blurred(image.convert("L"), 0.7 * scale) / 255
    tone = (
        0.14
        + 0.80 * tone
        + 0.06 * (paper.grain[seed % GRAIN_COUNT] - 0.5)
        + 0.05 * (paper.broad[seed % COARSE_COUNT] - 0.5)
    )
    brown = tone[..., None] ** np.array([0.85, 1.1, 1.55]) * np.array([250, 232, 200])
    return _bytes(brown * paper.vignette[..., None])


def _oil(image: Image.Image, seed: int) -> Picture:
    """Lay thick strokes side by side, each of one colour, and light them from the left."""
    scale, paper = _scale(image), textures(*image.size)
    height, width = image.size[1], image.size[0]
    stroke = paper.strokes[seed % COARSE_COUNT]
    across = (
        paper.strokes[seed // 24 % COARSE_COUNT].T if height == width else paper.middle[seed % COARSE_COUNT]
    )
    rows, columns = np.mgrid[0:height, 0:width]
    rows = np.clip(rows + ((across - 0.5) * 2.8 * scale).astype(np.int32), 0, height - 1)
    columns = np.clip(columns + ((stroke - 0.5) * 3.4 * scale).astype(np.int32), 0, width - 1)
    color = _blurred(image, 0.5 * scale)[rows, columns]
    grey = color.mean(-1, keepdims=True)
    vivid = grey + (color - grey) * 1.18
    relief = np.zeros(stroke.shape, np.float32)
    relief[1:] = np.diff(stroke, axis=0) * scale
    shade = 1 + 0.8 * np.clip(relief, -0.2, 0.2) + 0.22 * (stroke - 0.5)
    return _bytes(np.clip(vivid * shade[..., None], 0, 255))


def _outlines(image: Image.Image, sharpness: float) -> NDArray[np.float32]:
    """Return how strongly colours change at each pixel, 0 to 255 and more."""
    color = _blurred(image, sharpness * _scale(image))
    change = np.zeros(color.shape[:2], np.float32)
    change[:, 1:] += np.abs(np.diff(color, axis=1)).max(-1)
    change[1:] += np.abs(np.diff(color, axis=0)).max(-1)
    # A change is spread over more pixels where the pencil is thicker.
    return change * max(1.0, _scale(image))


def _cartoon(image: Image.Image, seed: int) -> Picture:
    """Fill with few bright colours and go round everything with a thick black pen."""
    color = _blurred(image, 0.4 * _scale(image))
    grey = color.mean(-1, keepdims=True)
    bright = np.clip((grey + (color - grey) * 1.45) * 1.08 + 6, 0, 255)
    few = np.round(bright / 51) * 51
    ink = np.clip((_outlines(image, 0.9) - 12) / 22, 0, 1)[..., None]
    return _bytes(few * (1 - ink) + np.array([18, 16, 28]) * ink)


def _blueprint(image: Image.Image, seed: int) -> Picture:
    """Draw white lines on squared blue paper."""
    scale, paper = _scale(image), textures(*image.size)
    rows, columns = np.mgrid[0 : image.size[1], 0 : image.size[0]]
    step, pen = max(4, round(10.67 * scale)), max(1, round(scale * 0.6))
    squares = ((rows % step < pen) | (columns % step < pen)).astype(np.float32)
    line = np.clip((_outlines(image, 0.5) - 8) / 46, 0, 1)
    tone = _blurred(image.convert("L"), 1.2 * scale) / 255
    light = 0.26 * tone + 0.05 * (paper.broad[seed % COARSE_COUNT] - 0.5) + 0.13 * squares + 0.9 * line
    blue, white = np.array([24, 62, 138]), np.array([236, 244, 255])
    return _bytes(blue + (white - blue) * np.clip(light, 0, 1)[..., None])


def _bytes(values: NDArray[np.floating]) -> Picture:
    return values.clip(0, 255).astype(np.uint8)
