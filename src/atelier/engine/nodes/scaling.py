"""Nodes that scale pictures: ImageScale, ImageScaleBy, ImageScaleToTotalPixels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from atelier.engine.node import MAX_RESOLUTION, NodeClass, Output, combo, integer, number, socket
from atelier.engine.resampling import METHODS, Method, crop_to_aspect, resize

if TYPE_CHECKING:
    from atelier.engine.context import NodeContext
    from atelier.engine.values import Image

#: What ImageScaleToTotalPixels takes for a megapixel.
MEGAPIXEL = 1024 * 1024


def scale(
    context: NodeContext,
    *,
    image: Image,
    upscale_method: Method,
    width: int,
    height: int,
    crop: Literal["disabled", "center"],
) -> tuple[Image]:
    """Scale to a size; a side of 0 follows the other by the aspect, and two of them change nothing."""
    if width == 0 and height == 0:
        return (image,)
    rows, columns = image.shape[1:3]
    if width == 0:
        width = max(1, round(columns * height / rows))
    elif height == 0:
        height = max(1, round(rows * width / columns))
    if crop == "center":
        image = crop_to_aspect(image, width=width, height=height)
    return (resize(image, width=width, height=height, method=upscale_method),)


def scale_by(context: NodeContext, *, image: Image, upscale_method: Method, scale_by: float) -> tuple[Image]:
    """Scale both sides by a factor, rounded to whole pixels."""
    return (_scaled(image, upscale_method, scale_by),)


def scale_to_total_pixels(
    context: NodeContext, *, image: Image, upscale_method: Method, megapixels: float
) -> tuple[Image]:
    """Scale to about that many pixels in all, keeping the aspect; a megapixel is 1024 x 1024."""
    rows, columns = image.shape[1:3]
    return (_scaled(image, upscale_method, math.sqrt(int(megapixels * MEGAPIXEL) / (columns * rows))),)


def _scaled(image: Image, method: Method, factor: float) -> Image:
    rows, columns = image.shape[1:3]
    return resize(image, width=round(columns * factor), height=round(rows * factor), method=method)


_IMAGE = Output(type="IMAGE", name="IMAGE")

NODES: tuple[NodeClass, ...] = (
    NodeClass(
        name="ImageScale",
        display_name="Upscale Image",
        category="image/upscaling",
        inputs=(
            socket("image", "IMAGE"),
            combo("upscale_method", METHODS),
            integer("width", default=512, min=0, max=MAX_RESOLUTION, step=1),
            integer("height", default=512, min=0, max=MAX_RESOLUTION, step=1),
            combo("crop", ("disabled", "center")),
        ),
        outputs=(_IMAGE,),
        run=scale,
    ),
    NodeClass(
        name="ImageScaleBy",
        display_name="Upscale Image By",
        category="image/upscaling",
        inputs=(
            socket("image", "IMAGE"),
            combo("upscale_method", METHODS),
            number("scale_by", default=1.0, min=0.01, max=8.0, step=0.01),
        ),
        outputs=(_IMAGE,),
        run=scale_by,
    ),
    NodeClass(
        name="ImageScaleToTotalPixels",
        category="image/upscaling",
        python_module="comfy_extras.nodes_post_processing",
        dialect="new",
        inputs=(
            socket("image", "IMAGE"),
            combo("upscale_method", METHODS),
            number("megapixels", default=1.0, min=0.01, max=16.0, step=0.01),
        ),
        outputs=(_IMAGE,),
        run=scale_to_total_pixels,
    ),
)
