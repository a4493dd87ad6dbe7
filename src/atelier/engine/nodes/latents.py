"""Nodes that make and change latents, from EmptyLatentImage to RepeatLatentBatch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from atelier.engine.diffusion.bislerp import bislerp
from atelier.engine.diffusion.latents import repeated_to
from atelier.engine.diffusion.limits import (
    DOWNSCALE,
    check_batch,
    check_coded,
    check_drawable,
    side_problem,
)
from atelier.engine.node import MAX_RESOLUTION, Input, NodeClass, Output, combo, integer, socket
from atelier.engine.resampling import crop_to_aspect, resize
from atelier.engine.values import Latent

if TYPE_CHECKING:
    from atelier.engine.context import NodeContext
    from atelier.engine.folders import Folders
    from atelier.engine.resampling import Method
    from atelier.engine.values import Mask

_UPSCALE_METHODS = ("nearest-exact", "bilinear", "area", "bicubic", "bislerp")
_CROPS = ("disabled", "center")
#: The least side in pixels that ComfyUI scales a latent to.
_LEAST_SIDE = 64


def _empty(channels: int) -> Callable[..., tuple[Latent]]:
    def empty(context: NodeContext, *, width: int, height: int, batch_size: int) -> tuple[Latent]:
        """Return an empty latent; the sampler gives it the channels of its model."""
        rows, columns = height // DOWNSCALE, width // DOWNSCALE
        check_batch(batch_size)
        check_drawable(columns * DOWNSCALE, rows * DOWNSCALE)
        return (Latent(samples=np.zeros((batch_size, channels, rows, columns), np.float32)),)

    return empty


def empty_problem(folders: Folders, values: Mapping[str, Any]) -> str | None:
    """Return what is wrong with the literal size of an empty latent, or None."""
    sides = (side_problem(name, values[name]) for name in ("width", "height") if name in values)
    return next(filter(None, sides), None)


def set_noise_mask(context: NodeContext, *, samples: Latent, mask: Mask) -> tuple[Latent]:
    """Say where a sampler may change a latent."""
    height, width = mask.shape[-2:]
    return (Latent(samples=samples.samples, noise_mask=mask.reshape(-1, 1, height, width)),)


def upscale(
    context: NodeContext,
    *,
    samples: Latent,
    upscale_method: Method | Literal["bislerp"],
    width: int,
    height: int,
    crop: str,
) -> tuple[Latent]:
    """Scale a latent to a size in pixels; a side of 0 keeps the aspect, two of them the latent.

    Raises:
        SizeBeyondLimit: the latent would be larger than the VAE decodes.
    """
    if width == 0 and height == 0:
        return (samples,)
    rows, columns = samples.samples.shape[-2:]
    if width == 0:
        height = max(_LEAST_SIDE, height)
        width = max(_LEAST_SIDE, round(columns * height / rows))
    elif height == 0:
        width = max(_LEAST_SIDE, width)
        height = max(_LEAST_SIDE, round(rows * width / columns))
    width, height = max(_LEAST_SIDE, width), max(_LEAST_SIDE, height)
    check_coded(width, height)
    columns, rows = width // DOWNSCALE, height // DOWNSCALE
    source = samples.samples
    if crop == "center":
        middle = crop_to_aspect(source.transpose(0, 2, 3, 1), width=columns, height=rows)
        source = middle.transpose(0, 3, 1, 2)
    if upscale_method == "bislerp":
        return (samples.with_samples(bislerp(source, width=columns, height=rows)),)
    scaled = resize(source, width=columns, height=rows, method=upscale_method, axes=(2, 3))
    return (samples.with_samples(scaled),)


def repeat_batch(context: NodeContext, *, samples: Latent, amount: int) -> tuple[Latent]:
    """Repeat a batch of latents, with its masks.

    Raises:
        NodeInputInvalid: the batch would be too large.
    """
    size = len(samples.samples) * amount
    check_batch(size)
    mask = samples.noise_mask
    if mask is not None and len(mask) > 1:
        mask = repeated_to(repeated_to(mask, len(samples.samples)), size)
    return (Latent(samples=repeated_to(samples.samples, size), noise_mask=mask),)


_LATENT = Output(type="LATENT", name="LATENT")


def _size_inputs(*, default: int, step: int) -> tuple[Input, ...]:
    return (
        integer("width", default=default, min=16, max=MAX_RESOLUTION, step=step),
        integer("height", default=default, min=16, max=MAX_RESOLUTION, step=step),
        integer("batch_size", default=1, min=1, max=4096),
    )


NODES: tuple[NodeClass, ...] = (
    NodeClass(
        name="EmptyLatentImage",
        display_name="Empty Latent Image",
        category="latent",
        inputs=_size_inputs(default=512, step=8),
        outputs=(_LATENT,),
        run=_empty(4),
        validated=("width", "height"),
        validate=empty_problem,
    ),
    NodeClass(
        name="EmptySD3LatentImage",
        category="latent/sd3",
        python_module="comfy_extras.nodes_sd3",
        dialect="new",
        inputs=_size_inputs(default=1024, step=16),
        outputs=(_LATENT,),
        run=_empty(16),
        validated=("width", "height"),
        validate=empty_problem,
    ),
    NodeClass(
        name="SetLatentNoiseMask",
        display_name="Set Latent Noise Mask",
        category="latent/inpaint",
        inputs=(socket("samples", "LATENT"), socket("mask", "MASK")),
        outputs=(_LATENT,),
        run=set_noise_mask,
    ),
    NodeClass(
        name="LatentUpscale",
        display_name="Upscale Latent",
        category="latent",
        inputs=(
            socket("samples", "LATENT"),
            combo("upscale_method", _UPSCALE_METHODS),
            integer("width", default=512, min=0, max=MAX_RESOLUTION, step=8),
            integer("height", default=512, min=0, max=MAX_RESOLUTION, step=8),
            combo("crop", _CROPS),
        ),
        outputs=(_LATENT,),
        run=upscale,
    ),
    NodeClass(
        name="RepeatLatentBatch",
        display_name="Repeat Latent Batch",
        category="latent/batch",
        inputs=(socket("samples", "LATENT"), integer("amount", default=1, min=1, max=64)),
        outputs=(_LATENT,),
        run=repeat_batch,
    ),
)
