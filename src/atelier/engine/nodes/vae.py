"""Nodes between pictures and latents: VAEEncode, VAEDecode, VAEEncodeForInpaint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atelier.engine.diffusion.latents import repeated_to
from atelier.engine.node import NodeClass, Output, integer, socket
from atelier.engine.resampling import resize
from atelier.engine.values import Latent

if TYPE_CHECKING:
    from atelier.engine.context import NodeContext
    from atelier.engine.diffusion.vae import Vae
    from atelier.engine.values import Array, Image, Mask


def encode(context: NodeContext, *, pixels: Image, vae: Vae) -> tuple[Latent]:
    """Encode pictures, cropped to whole latent cells."""
    return (Latent(samples=vae.encode(pixels)),)


def decode(context: NodeContext, *, samples: Latent, vae: Vae) -> tuple[Image]:
    """Decode latents."""
    return (vae.decode(samples.samples),)


def encode_for_inpaint(
    context: NodeContext, *, pixels: Image, vae: Vae, mask: Mask, grow_mask_by: int
) -> tuple[Latent]:
    """Encode pictures that are grey under a mask, with the grown mask as the place to draw in."""
    _, height, width, _ = pixels.shape
    mask = resize(
        mask.reshape(-1, 1, *mask.shape[-2:]), width=width, height=height, method="bilinear", axes=(2, 3)
    )
    top, left = (side % vae.downscale // 2 for side in (height, width))
    height, width = (side - side % vae.downscale for side in (height, width))
    pixels = pixels[:, top : top + height, left : left + width, :3]
    # Like torch, numpy rounds halves to even.
    mask = np.round(mask[:, :, top : top + height, left : left + width])
    kept = repeated_to(1 - mask[:, 0, :, :, None], len(pixels))
    grey = np.float32(0.5)
    return (
        Latent(
            samples=vae.encode((pixels - grey) * kept + grey),
            noise_mask=_grown(_grown(mask, grow_mask_by, axis=2), grow_mask_by, axis=3),
        ),
    )


def _grown(mask: Array, size: int, *, axis: int) -> Array:
    """Return a mask of zeros and ones, grown along an axis as by a kernel of `size` pixels.

    An even kernel has no middle; like ComfyUI's, it reaches one pixel further down and to the right.
    """
    if size <= 1:
        return mask
    before, after = size // 2, (size - 1) // 2
    padding = [(0, 0)] * mask.ndim
    padding[axis] = (before, after)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(mask, padding), size, axis=axis)
    return np.asarray(windows.max(axis=-1), np.float32)


_LATENT = Output(type="LATENT", name="LATENT")

NODES: tuple[NodeClass, ...] = (
    NodeClass(
        name="VAEEncode",
        display_name="VAE Encode",
        category="latent",
        inputs=(socket("pixels", "IMAGE"), socket("vae", "VAE")),
        outputs=(_LATENT,),
        run=encode,
    ),
    NodeClass(
        name="VAEDecode",
        display_name="VAE Decode",
        category="latent",
        inputs=(socket("samples", "LATENT"), socket("vae", "VAE")),
        outputs=(Output(type="IMAGE", name="IMAGE"),),
        run=decode,
    ),
    NodeClass(
        name="VAEEncodeForInpaint",
        display_name="VAE Encode (for Inpainting)",
        category="latent/inpaint",
        inputs=(
            socket("pixels", "IMAGE"),
            socket("vae", "VAE"),
            socket("mask", "MASK"),
            integer("grow_mask_by", default=6, min=0, max=64, step=1),
        ),
        outputs=(_LATENT,),
        run=encode_for_inpaint,
    ),
)
