"""Resize pictures, masks and latents with the kernels of `torch.nn.functional.interpolate` and of Pillow.

Each kernel but lanczos is separable: an output position is a weighted sum of a few input positions along
one axis (`Taps`), and a picture is resampled along its two axes in turn. Positions are pixel centres
(align_corners=False) and nothing is prefiltered. Positions outside are clamped to the border.

Sources: the PyTorch documentation of `interpolate` and `adaptive_avg_pool2d`; for the cubic kernel
R. Keys, Cubic convolution interpolation for digital image processing, 1981, with a = -0.75; for lanczos
the Pillow documentation of `Image.resize`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast, get_args

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage

from atelier.engine.pictures import eight_bit, ensure_drawable
from atelier.errors import NodeInputInvalid

Method = Literal["nearest-exact", "bilinear", "area", "bicubic", "lanczos"]
METHODS: tuple[Method, ...] = get_args(Method)

Floats = npt.NDArray[np.float32]

#: Keys' parameter of the cubic kernel, as PyTorch sets it.
CUBIC_A = -0.75


@dataclass(frozen=True, kw_only=True)
class Taps:
    """The input positions that each output position is made of."""

    #: int [output size, taps]
    positions: npt.NDArray[np.intp]
    #: float32 [output size, taps]; each row sums to 1.
    weights: Floats


def resize(
    array: Floats, *, width: int, height: int, method: Method, axes: tuple[int, int] = (1, 2)
) -> Floats:
    """Return the array with `axes` (rows, columns) resampled to `height` and `width`.

    Lanczos goes through 8-bit pictures and takes float32 [batch, height, width, channels] only, 0 to 1;
    the other methods take any shape and range.

    Raises:
        NodeInputInvalid: an input or output side is empty, the result is too large to hold, or the method
            is unknown.
    """
    if method not in METHODS:
        raise NodeInputInvalid(
            f"There is no method '{method}' to scale by. Choose one of {', '.join(METHODS)}."
        )
    if min(width, height, array.shape[axes[0]], array.shape[axes[1]]) < 1:
        raise NodeInputInvalid(
            f"A picture of {array.shape[axes[1]]} x {array.shape[axes[0]]} pixels cannot be scaled to "
            f"{width} x {height}: each side needs at least one pixel. Choose another size."
        )
    ensure_drawable(array.shape[0], height, width)
    if method == "lanczos":
        return _lanczos(array, width=width, height=height)
    for axis, size in zip(axes, (height, width), strict=True):
        if array.shape[axis] != size:
            array = _apply(taps(method, array.shape[axis], size), array, axis)
    return array


def crop_to_aspect(image: Floats, *, width: int, height: int) -> Floats:
    """Return the middle of a picture [batch, height, width, channels], cut to the aspect of the size given.

    What is cut away is the same on both sides, so the aspect is met to within one pixel.

    Raises:
        NodeInputInvalid: nothing would be left, since one aspect is extremely far from the other.
    """
    rows, columns = image.shape[1], image.shape[2]
    old, new = columns / rows, width / height
    # ComfyUI rounds half to even, as Python's round does.
    x = round((columns - columns * (new / old)) / 2) if old > new else 0
    y = round((rows - rows * (old / new)) / 2) if old < new else 0
    if columns - 2 * x < 1 or rows - 2 * y < 1:
        raise NodeInputInvalid(
            f"A picture of {columns} x {rows} pixels has no middle of the aspect {width} : {height}. "
            "Choose crop 'disabled' or another size."
        )
    return image[:, y : rows - y, x : columns - x]


def taps(method: Method, size: int, target: int) -> Taps:
    """Return the taps that take an axis of `size` to `target` positions, both at least 1.

    Raises:
        ValueError: the method has no taps: lanczos, or an unknown name.
    """
    match method:
        case "nearest-exact":
            return _nearest_exact(size, target)
        case "bilinear":
            return _bilinear(size, target)
        case "bicubic":
            return _bicubic(size, target)
        case "area":
            return _area(size, target)
        case _:
            raise ValueError(f"'{method}' is not made of taps")


def _centres(size: int, target: int) -> Floats:
    """Return where the output's pixel centres lie on the input's axis, in float32 as PyTorch does."""
    scale = np.float32(size) / np.float32(target)
    return (np.arange(target, dtype=np.float32) + np.float32(0.5)) * scale - np.float32(0.5)


def _nearest_exact(size: int, target: int) -> Taps:
    positions = np.floor(_centres(size, target) + np.float32(0.5)).astype(np.intp)
    return Taps(
        positions=np.minimum(positions, size - 1)[:, None], weights=np.ones((target, 1), dtype=np.float32)
    )


def _bilinear(size: int, target: int) -> Taps:
    centres = np.maximum(_centres(size, target), np.float32(0))
    first = np.minimum(np.floor(centres).astype(np.intp), size - 1)
    share = np.clip(centres - first, 0, 1).astype(np.float32)
    return Taps(
        positions=np.stack([first, np.minimum(first + 1, size - 1)], axis=1),
        weights=np.stack([1 - share, share], axis=1),
    )


def _bicubic(size: int, target: int) -> Taps:
    centres = _centres(size, target)
    first = np.floor(centres).astype(np.intp)
    offsets = np.arange(-1, 3)
    distance = np.abs((centres - first)[:, None] - offsets.astype(np.float32))
    near = ((CUBIC_A + 2) * distance - (CUBIC_A + 3)) * distance**2 + 1
    far = CUBIC_A * (((distance - 5) * distance + 8) * distance - 4)
    return Taps(
        positions=np.clip(first[:, None] + offsets, 0, size - 1),
        weights=np.where(distance <= 1, near, far).astype(np.float32),
    )


def _area(size: int, target: int) -> Taps:
    index = np.arange(target)
    start = index * size // target
    end = -(-(index + 1) * size // target)
    offsets = np.arange(int((end - start).max()))
    positions = start[:, None] + offsets
    inside = positions < end[:, None]
    return Taps(
        positions=np.minimum(positions, size - 1),
        weights=(inside / (end - start)[:, None]).astype(np.float32),
    )


def _apply(along: Taps, array: Floats, axis: int) -> Floats:
    shape = [1] * array.ndim
    shape[axis] = len(along.positions)
    total: Floats | None = None
    for positions, weights in zip(along.positions.T, along.weights.T, strict=True):
        part = np.take(array, positions, axis=axis)
        part *= weights.reshape(shape)
        total = part if total is None else np.add(total, part, out=total)
    return cast("Floats", total)


def _lanczos(image: Floats, *, width: int, height: int) -> Floats:
    resized = [
        np.asarray(PillowImage.fromarray(each).resize((width, height), PillowImage.Resampling.LANCZOS))
        for each in eight_bit(image)
    ]
    return np.stack(resized).astype(np.float32) / np.float32(255)
