"""Nodes that lay one picture over another: ImageBlend, ImageCompositeMasked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from atelier.engine.diffusion.latents import repeated_to
from atelier.engine.node import MAX_RESOLUTION, NodeClass, Output, boolean, combo, integer, number, socket
from atelier.engine.resampling import crop_to_aspect, resize
from atelier.errors import NodeInputInvalid

if TYPE_CHECKING:
    from atelier.engine.context import NodeContext
    from atelier.engine.values import Image, Mask

BlendMode = Literal["normal", "multiply", "screen", "overlay", "soft_light", "difference"]


def blend(
    context: NodeContext, *, image1: Image, image2: Image, blend_factor: float, blend_mode: BlendMode
) -> tuple[Image]:
    """Mix the first picture with the blend of both; the second is scaled and cut to the first's size."""
    image2 = _with_channels_of(image1, image2)
    rows, columns = image1.shape[1:3]
    if image2.shape[1:3] != (rows, columns):
        image2 = crop_to_aspect(image2, width=columns, height=rows)
        image2 = resize(image2, width=columns, height=rows, method="bicubic")
    if 1 not in (len(image1), len(image2)) and len(image1) != len(image2):
        raise NodeInputInvalid(
            f"A batch of {len(image1)} pictures cannot be blended with one of {len(image2)}. Use batches of "
            "one size, or a single picture."
        )
    factor = np.float32(blend_factor)
    return (np.clip(image1 * (1 - factor) + _blended(image1, image2, blend_mode) * factor, 0, 1),)


def _blended(below: Image, above: Image, mode: BlendMode) -> Image:
    """Return the blend of two pictures.

    The formulas are those of W3C Compositing and Blending Level 1, section 10.1, but that ComfyUI's
    difference keeps its sign.
    """
    match mode:
        case "normal":
            return above
        case "multiply":
            return below * above
        case "screen":
            return 1 - (1 - below) * (1 - above)
        case "overlay":
            return np.where(below <= 0.5, 2 * below * above, 1 - 2 * (1 - below) * (1 - above))
        case "soft_light":
            darker = below - (1 - 2 * above) * below * (1 - below)
            curve = np.where(
                below <= 0.25, ((16 * below - 12) * below + 4) * below, np.sqrt(np.maximum(below, 0))
            )
            return np.where(above <= 0.5, darker, below + (2 * above - 1) * (curve - below))
        case "difference":
            return below - above
        case _:
            raise NodeInputInvalid(
                f"There is no blend mode '{mode}'. Choose one of {', '.join(BLEND_MODES)}."
            )


def composite(
    context: NodeContext,
    *,
    destination: Image,
    source: Image,
    x: int,
    y: int,
    resize_source: bool,
    mask: Mask | None = None,
) -> tuple[Image]:
    """Lay the source over the destination with its corner at (x, y), where the mask says so.

    The mask is scaled to the source; source and mask are repeated or cut to the destination's batch.
    """
    count, rows, columns, _ = destination.shape
    source = _with_channels_of(destination, source)
    if resize_source:
        source = resize(source, width=columns, height=rows, method="bilinear")
    source = repeated_to(source, count)
    # What lies over the right and lower border is cut off; slices past the border are empty.
    visible = source[:, : max(rows - y, 0), : max(columns - x, 0)]
    place = (slice(None), slice(y, y + source.shape[1]), slice(x, x + source.shape[2]))
    result = destination.copy()
    if mask is None:
        result[place] = visible
        return (result,)
    share = resize(
        mask.reshape(-1, *mask.shape[-2:]), width=source.shape[2], height=source.shape[1], method="bilinear"
    )
    share = repeated_to(share, count)[:, : visible.shape[1], : visible.shape[2], None]
    result[place] = share * visible + (1 - share) * result[place]
    return (result,)


def _with_channels_of(image: Image, other: Image) -> Image:
    """Return `other` with as many channels as `image`: alpha is cut off, or added as 1."""
    missing = image.shape[-1] - other.shape[-1]
    if missing <= 0:
        return other[..., : image.shape[-1]]
    return np.pad(other, [(0, 0)] * 3 + [(0, missing)], constant_values=1)


BLEND_MODES: tuple[BlendMode, ...] = ("normal", "multiply", "screen", "overlay", "soft_light", "difference")

_IMAGE = Output(type="IMAGE", name="IMAGE")

NODES: tuple[NodeClass, ...] = (
    NodeClass(
        name="ImageBlend",
        category="image/postprocessing",
        python_module="comfy_extras.nodes_post_processing",
        dialect="new",
        inputs=(
            socket("image1", "IMAGE"),
            socket("image2", "IMAGE"),
            number("blend_factor", default=0.5, min=0.0, max=1.0, step=0.01),
            combo("blend_mode", BLEND_MODES),
        ),
        outputs=(_IMAGE,),
        run=blend,
    ),
    NodeClass(
        name="ImageCompositeMasked",
        display_name="ImageCompositeMasked",
        category="image",
        python_module="comfy_extras.nodes_mask",
        inputs=(
            socket("destination", "IMAGE"),
            socket("source", "IMAGE"),
            integer("x", default=0, min=0, max=MAX_RESOLUTION, step=1),
            integer("y", default=0, min=0, max=MAX_RESOLUTION, step=1),
            boolean("resize_source", default=False),
            socket("mask", "MASK", required=False),
        ),
        outputs=(_IMAGE,),
        run=composite,
    ),
)
