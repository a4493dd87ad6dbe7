"""The sizes of pictures and latents, as far as a workflow itself tells them.

Source: what the nodes of ComfyUI 0.3.64 give, recorded in tests/reference/comfyui/checks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from atelier.workflows import wiring

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """The size of a picture, a mask or a latent; what is not known is None."""

    #: Pixels, of latents too.
    width: int | None = None
    height: int | None = None
    #: Numbers for each place of a latent.
    channels: int | None = None


UNKNOWN = Shape()

#: The channels of the latents that a class makes out of nothing.
_CHANNELS = {"EmptyLatentImage": 4, "EmptySD3LatentImage": 16}

#: Classes whose result is as large as one of their inputs.
_AS_LARGE_AS = {
    "ImageInvert": "image",
    "ImageBlur": "image",
    "ImageSharpen": "image",
    "ImageAddNoise": "image",
    "Canny": "image",
    "ImageToMask": "image",
    "MaskToImage": "mask",
    "InvertMask": "mask",
    "GrowMask": "mask",
    "ImageBlend": "image1",
    "ImageBatch": "image1",
    "ImageCompositeMasked": "destination",
    "RepeatImageBatch": "image",
    "RepeatLatentBatch": "samples",
    "LatentAdd": "samples1",
    "LatentSubtract": "samples1",
    "LatentMultiply": "samples",
    "LatentFromBatch": "samples",
    "SetLatentNoiseMask": "samples",
}


def shapes(workflow: Mapping[str, Any], sources: wiring.Sources) -> Mapping[str, Shape]:
    """Return the size of each node's first output, for the nodes outside of loops."""
    found: dict[str, Shape] = {}
    # The map is filled from the sources on, each node behind what it links to.
    for node_id in wiring.longest_chains(sources):
        node = workflow[node_id]
        found[node_id] = _shape(wiring.class_of(node), wiring.inputs_of(node), found)
    return found


def linked(inputs: Mapping[str, Any], name: str, known: Mapping[str, Shape]) -> Shape:
    """Return the size of what an input is linked to."""
    link = inputs.get(name)
    if not wiring.is_link(link) or link[1] != 0:
        return UNKNOWN
    return known.get(link[0], UNKNOWN)


def whole(inputs: Mapping[str, Any], name: str) -> int | None:
    """Return a whole number of an input as a server reads it; None for a link and for what is none."""
    return _number(inputs.get(name), int)


def fraction(inputs: Mapping[str, Any], name: str) -> float | None:
    """Return a number of an input as a server reads it; None for a link and for what is none."""
    return _number(inputs.get(name), float)


def _number(value: object, conversion: Callable[[Any], Number]) -> Number | None:
    if not isinstance(value, (int, float, str)):
        return None
    try:
        return conversion(value)
    except (ValueError, OverflowError):
        return None


def _shape(class_type: str | None, inputs: Mapping[str, Any], known: Mapping[str, Shape]) -> Shape:
    if class_type in ("EmptyImage", "SolidMask", "EmptyLatentImage", "EmptySD3LatentImage"):
        return Shape(
            width=whole(inputs, "width"), height=whole(inputs, "height"), channels=_CHANNELS.get(class_type)
        )
    if class_type in ("ImageScale", "LatentUpscale"):
        width, height = whole(inputs, "width"), whole(inputs, "height")
        source = linked(inputs, "image" if class_type == "ImageScale" else "samples", known)
        # A side of 0 keeps the proportions.
        fixed = Shape(width=width, height=height) if width and height else UNKNOWN
        return Shape(width=fixed.width, height=fixed.height, channels=source.channels)
    if class_type == "ImageScaleBy":
        return scaled(linked(inputs, "image", known), fraction(inputs, "scale_by"))
    if class_type in _AS_LARGE_AS:
        return linked(inputs, _AS_LARGE_AS[class_type], known)
    return UNKNOWN


def scaled(shape: Shape, factor: float | None) -> Shape:
    """Return the size of a picture that is scaled by a factor, rounded as ComfyUI does."""
    if factor is None or shape.width is None or shape.height is None or not 0 <= factor <= 1000:
        return UNKNOWN
    return Shape(width=round(shape.width * factor), height=round(shape.height * factor))
