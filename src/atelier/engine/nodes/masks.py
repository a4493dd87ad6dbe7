"""Nodes that make and change masks, and turn them into pictures and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atelier.engine.node import MAX_RESOLUTION, NodeClass, Output, boolean, combo, integer, number, socket
from atelier.engine.picture_files import CHANNELS
from atelier.engine.pictures import ensure_drawable
from atelier.errors import NodeInputInvalid

if TYPE_CHECKING:
    from atelier.engine.context import NodeContext
    from atelier.engine.values import Image, Mask


def solid(context: NodeContext, *, value: float, width: int, height: int) -> tuple[Mask]:
    """Return a mask of one value."""
    ensure_drawable(1, height, width)
    return (np.full((1, height, width), value, dtype=np.float32),)


def invert(context: NodeContext, *, mask: Mask) -> tuple[Mask]:
    """Swap inside and outside."""
    return (1 - mask,)


def to_image(context: NodeContext, *, mask: Mask) -> tuple[Image]:
    """Return a grey picture of a mask."""
    return (np.repeat(_batched(mask)[..., None], 3, axis=-1),)


def from_image(context: NodeContext, *, image: Image, channel: str) -> tuple[Mask]:
    """Return one channel of a picture as a mask."""
    index = CHANNELS[channel]
    if index >= image.shape[-1]:
        raise NodeInputInvalid(f"The picture has no {channel} channel. Choose red, green or blue.")
    return (image[..., index],)


def grow(context: NodeContext, *, mask: Mask, expand: int, tapered_corners: bool) -> tuple[Mask]:
    """Widen a mask by `expand` pixels, or narrow it where that is negative.

    A grey dilation (erosion) by a square, or with tapered corners by a diamond, a pixel at a time.
    """
    mask = _batched(mask)
    pick = np.maximum if expand > 0 else np.minimum
    # After as many steps as the mask has rows and columns it is the same everywhere.
    for _ in range(min(abs(expand), sum(mask.shape[1:]))):
        context.check_interrupted()
        if tapered_corners:
            mask = pick(_widest(mask, 1, pick), _widest(mask, 2, pick))
        else:
            mask = _widest(_widest(mask, 1, pick), 2, pick)
    return (mask,)


def _widest(mask: Mask, axis: int, pick: np.ufunc) -> Mask:
    """Return the most (or least) of each pixel and its two neighbours along an axis."""
    picked = mask.copy()
    here, before = np.moveaxis(picked, axis, 0), np.moveaxis(mask, axis, 0)
    pick(here[1:], before[:-1], out=here[1:])
    pick(here[:-1], before[1:], out=here[:-1])
    return picked


def feather(context: NodeContext, *, mask: Mask, left: int, top: int, right: int, bottom: int) -> tuple[Mask]:
    """Let a mask fade towards its sides, over that many pixels each."""
    mask = _batched(mask)
    rows, columns = mask.shape[1:]
    across = _rise(columns, left) * _fall(columns, right)
    down = _rise(rows, top) * _fall(rows, bottom)
    return (mask * across * down[:, None],)


def _rise(size: int, width: int) -> Mask:
    """Return factors that rise from the first position to 1 over `width` of them, [size]."""
    width = min(width, size)
    factors = np.ones(size, dtype=np.float32)
    factors[:width] = np.arange(1, width + 1, dtype=np.float32) / np.float32(max(width, 1))
    return factors


def _fall(size: int, width: int) -> Mask:
    """Return factors that fall to the last position over `width` of them, [size].

    ComfyUI's ramp is one position late: its lowest factor lands on the first position of the axis, at the
    opposite side, and the last position gets the second lowest. Workflows show it, so it is kept.
    """
    return np.roll(_rise(size, width)[::-1], 1)


def _batched(mask: Mask) -> Mask:
    return mask.reshape(-1, *mask.shape[-2:])


_MASK = Output(type="MASK", name="MASK")

NODES: tuple[NodeClass, ...] = (
    NodeClass(
        name="SolidMask",
        display_name="SolidMask",
        category="mask",
        python_module="comfy_extras.nodes_mask",
        inputs=(
            number("value", default=1.0, min=0.0, max=1.0, step=0.01),
            integer("width", default=512, min=1, max=MAX_RESOLUTION, step=1),
            integer("height", default=512, min=1, max=MAX_RESOLUTION, step=1),
        ),
        outputs=(_MASK,),
        run=solid,
    ),
    NodeClass(
        name="InvertMask",
        display_name="InvertMask",
        category="mask",
        python_module="comfy_extras.nodes_mask",
        inputs=(socket("mask", "MASK"),),
        outputs=(_MASK,),
        run=invert,
    ),
    NodeClass(
        name="GrowMask",
        display_name="GrowMask",
        category="mask",
        python_module="comfy_extras.nodes_mask",
        inputs=(
            socket("mask", "MASK"),
            integer("expand", default=0, min=-MAX_RESOLUTION, max=MAX_RESOLUTION, step=1),
            boolean("tapered_corners", default=True),
        ),
        outputs=(_MASK,),
        run=grow,
    ),
    NodeClass(
        name="FeatherMask",
        display_name="FeatherMask",
        category="mask",
        python_module="comfy_extras.nodes_mask",
        inputs=(
            socket("mask", "MASK"),
            *(
                integer(side, default=0, min=0, max=MAX_RESOLUTION, step=1)
                for side in ("left", "top", "right", "bottom")
            ),
        ),
        outputs=(_MASK,),
        run=feather,
    ),
    NodeClass(
        name="MaskToImage",
        display_name="Convert Mask to Image",
        category="mask",
        python_module="comfy_extras.nodes_mask",
        inputs=(socket("mask", "MASK"),),
        outputs=(Output(type="IMAGE", name="IMAGE"),),
        run=to_image,
    ),
    NodeClass(
        name="ImageToMask",
        display_name="Convert Image to Mask",
        category="mask",
        python_module="comfy_extras.nodes_mask",
        inputs=(socket("image", "IMAGE"), combo("channel", tuple(CHANNELS))),
        outputs=(_MASK,),
        run=from_image,
    ),
)
