"""Nodes that make, cut, join and recolour pictures, from EmptyImage to ImagePadForOutpaint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atelier.engine.node import MAX_RESOLUTION, NodeClass, Output, integer, number, socket
from atelier.engine.pictures import ensure_drawable
from atelier.engine.resampling import crop_to_aspect, resize
from atelier.errors import NodeInputInvalid

if TYPE_CHECKING:
    from atelier.engine.context import NodeContext
    from atelier.engine.values import Image, Mask

#: What ImagePadForOutpaint puts around a picture.
GREY = np.float32(0.5)


def empty(context: NodeContext, *, width: int, height: int, batch_size: int, color: int) -> tuple[Image]:
    """Return pictures of one colour, given as 0xRRGGBB."""
    ensure_drawable(batch_size, height, width)
    rgb = np.array([color >> 16 & 0xFF, color >> 8 & 0xFF, color & 0xFF], dtype=np.float32) / np.float32(255)
    return (np.full((batch_size, height, width, 3), rgb),)


def invert(context: NodeContext, *, image: Image) -> tuple[Image]:
    """Return the negative."""
    return (1 - image,)


def batch(context: NodeContext, *, image1: Image, image2: Image) -> tuple[Image]:
    """Put two batches one after the other; the second is scaled and cut to the size of the first."""
    rows, columns = image1.shape[1:3]
    if image1.shape[3] != image2.shape[3]:
        raise NodeInputInvalid(
            f"A picture with {image1.shape[3]} channels and one with {image2.shape[3]} do not make a batch. "
            "Take the alpha channel off the one, or add it to the other."
        )
    ensure_drawable(len(image1) + len(image2), rows, columns)
    if image1.shape[1:] != image2.shape[1:]:
        image2 = crop_to_aspect(image2, width=columns, height=rows)
        image2 = resize(image2, width=columns, height=rows, method="bilinear")
    return (np.concatenate([image1, image2]),)


def crop(context: NodeContext, *, image: Image, width: int, height: int, x: int, y: int) -> tuple[Image]:
    """Cut out a rectangle; what of it lies outside the picture is left out, but one pixel always remains."""
    x = min(x, image.shape[2] - 1)
    y = min(y, image.shape[1] - 1)
    return (image[:, y : y + height, x : x + width],)


def pad_for_outpaint(
    context: NodeContext, *, image: Image, left: int, top: int, right: int, bottom: int, feathering: int
) -> tuple[Image, Mask]:
    """Put grey around pictures, and return the mask of what is new, softened towards the old."""
    count, rows, columns, channels = image.shape
    height, width = top + rows + bottom, left + columns + right
    ensure_drawable(count, height, width)
    padded = np.full((count, height, width, channels), GREY)
    padded[:, top : top + rows, left : left + columns] = image
    mask = np.ones((1, height, width), dtype=np.float32)
    mask[0, top : top + rows, left : left + columns] = _softness(
        rows, columns, left=left, top=top, right=right, bottom=bottom, feathering=feathering
    )
    return padded, mask


def _softness(
    rows: int, columns: int, *, left: int, top: int, right: int, bottom: int, feathering: int
) -> Mask:
    """Return how much of the old picture is painted anew, [rows, columns]: 1 at a padded side, falling to 0.

    It falls with the square of the distance, over `feathering` pixels. A picture that is not wider and
    higher than two such bands has none.
    """
    if feathering == 0 or 2 * feathering >= min(rows, columns):
        return np.zeros((rows, columns), dtype=np.float32)
    far = np.float32(max(rows, columns))
    y, x = np.arange(rows, dtype=np.float32), np.arange(columns, dtype=np.float32)
    down = np.minimum(y if top else far, rows - y if bottom else far)
    across = np.minimum(x if left else far, columns - x if right else far)
    distance = np.minimum.outer(np.broadcast_to(down, rows), np.broadcast_to(across, columns))
    softness: Mask = np.square(np.maximum(feathering - distance, 0) / np.float32(feathering))
    return softness


def blur(context: NodeContext, *, image: Image, blur_radius: int, sigma: float) -> tuple[Image]:
    """Blur with a Gaussian over 2 * blur_radius + 1 pixels; the border is mirrored.

    `sigma` is in units of the radius: 1 is a bell that ends at one standard deviation.
    """
    rows, columns = image.shape[1:3]
    if blur_radius >= min(rows, columns):
        raise NodeInputInvalid(
            f"A blur of radius {blur_radius} needs a picture of more than {blur_radius} pixels a side, and "
            f"this one has {columns} x {rows}. Choose a smaller radius."
        )
    bell = np.exp(-np.square(np.linspace(-1, 1, 2 * blur_radius + 1)) / (2 * sigma**2))
    weights = (bell / bell.sum()).astype(np.float32)
    for axis in (1, 2):
        around = [(0, 0)] * image.ndim
        around[axis] = (blur_radius, blur_radius)
        windows = np.moveaxis(np.pad(image, around, mode="reflect"), axis, 0)
        blurred = np.zeros_like(image)
        total = np.moveaxis(blurred, axis, 0)
        for start, weight in enumerate(weights):
            context.check_interrupted()
            total += weight * windows[start : start + len(total)]
        image = blurred
    return (image,)


_IMAGE = Output(type="IMAGE", name="IMAGE")

NODES: tuple[NodeClass, ...] = (
    NodeClass(
        name="EmptyImage",
        display_name="EmptyImage",
        category="image",
        inputs=(
            integer("width", default=512, min=1, max=MAX_RESOLUTION, step=1),
            integer("height", default=512, min=1, max=MAX_RESOLUTION, step=1),
            integer("batch_size", default=1, min=1, max=4096),
            integer("color", default=0, min=0, max=0xFFFFFF, step=1, display="color"),
        ),
        outputs=(_IMAGE,),
        run=empty,
    ),
    NodeClass(
        name="ImageInvert",
        display_name="Invert Image",
        category="image",
        inputs=(socket("image", "IMAGE"),),
        outputs=(_IMAGE,),
        run=invert,
    ),
    NodeClass(
        name="ImageBatch",
        display_name="Batch Images",
        category="image",
        inputs=(socket("image1", "IMAGE"), socket("image2", "IMAGE")),
        outputs=(_IMAGE,),
        run=batch,
    ),
    NodeClass(
        name="ImageCrop",
        display_name="Image Crop",
        category="image/transform",
        python_module="comfy_extras.nodes_images",
        inputs=(
            socket("image", "IMAGE"),
            integer("width", default=512, min=1, max=MAX_RESOLUTION, step=1),
            integer("height", default=512, min=1, max=MAX_RESOLUTION, step=1),
            integer("x", default=0, min=0, max=MAX_RESOLUTION, step=1),
            integer("y", default=0, min=0, max=MAX_RESOLUTION, step=1),
        ),
        outputs=(_IMAGE,),
        run=crop,
    ),
    NodeClass(
        name="ImagePadForOutpaint",
        display_name="Pad Image for Outpainting",
        category="image",
        inputs=(
            socket("image", "IMAGE"),
            *(
                integer(side, default=0, min=0, max=MAX_RESOLUTION, step=8)
                for side in ("left", "top", "right", "bottom")
            ),
            integer("feathering", default=40, min=0, max=MAX_RESOLUTION, step=1),
        ),
        outputs=(_IMAGE, Output(type="MASK", name="MASK")),
        run=pad_for_outpaint,
    ),
    NodeClass(
        name="ImageBlur",
        category="image/postprocessing",
        python_module="comfy_extras.nodes_post_processing",
        dialect="new",
        inputs=(
            socket("image", "IMAGE"),
            integer("blur_radius", default=1, min=1, max=31, step=1),
            number("sigma", default=1.0, min=0.1, max=10.0, step=0.1),
        ),
        outputs=(_IMAGE,),
        run=blur,
    ),
)
