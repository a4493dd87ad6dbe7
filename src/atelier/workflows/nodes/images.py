"""Nodes that load, change and save pictures.

Written by scripts/generate_nodes.py from what ComfyUI 0.3.64 declares; change that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from atelier.workflows.graph import Link, Node
from atelier.workflows.sockets import Image, Mask


@dataclass(frozen=True, kw_only=True)
class LoadImage(Node[tuple[Link[Image], Link[Mask]]]):
    """Load Image; gives IMAGE, MASK."""

    CLASS_TYPE: ClassVar[str] = "LoadImage"
    OUTPUT_COUNT: ClassVar[int] = 2

    image: str


@dataclass(frozen=True, kw_only=True)
class SaveImage(Node[None]):
    """Save Image; gives nothing."""

    CLASS_TYPE: ClassVar[str] = "SaveImage"
    OUTPUT_COUNT: ClassVar[int] = 0

    images: Link[Image]
    filename_prefix: str = "ComfyUI"


@dataclass(frozen=True, kw_only=True)
class EmptyImage(Node[Link[Image]]):
    """EmptyImage; gives IMAGE."""

    CLASS_TYPE: ClassVar[str] = "EmptyImage"
    OUTPUT_COUNT: ClassVar[int] = 1

    #: 1 to 16384.
    width: int = 512
    #: 1 to 16384.
    height: int = 512
    #: 1 to 4096.
    batch_size: int = 1
    #: 0 to 16777215.
    color: int = 0


@dataclass(frozen=True, kw_only=True)
class ImageScale(Node[Link[Image]]):
    """Upscale Image; gives IMAGE."""

    CLASS_TYPE: ClassVar[str] = "ImageScale"
    OUTPUT_COUNT: ClassVar[int] = 1

    image: Link[Image]
    upscale_method: Literal["nearest-exact", "bilinear", "area", "bicubic", "lanczos"] = "nearest-exact"
    #: 0 to 16384.
    width: int = 512
    #: 0 to 16384.
    height: int = 512
    crop: Literal["disabled", "center"] = "disabled"


@dataclass(frozen=True, kw_only=True)
class ImageScaleBy(Node[Link[Image]]):
    """Upscale Image By; gives IMAGE."""

    CLASS_TYPE: ClassVar[str] = "ImageScaleBy"
    OUTPUT_COUNT: ClassVar[int] = 1

    image: Link[Image]
    upscale_method: Literal["nearest-exact", "bilinear", "area", "bicubic", "lanczos"] = "nearest-exact"
    #: 0.01 to 8.0.
    scale_by: float = 1.0


@dataclass(frozen=True, kw_only=True)
class ImageScaleToTotalPixels(Node[Link[Image]]):
    """ImageScaleToTotalPixels; gives IMAGE."""

    CLASS_TYPE: ClassVar[str] = "ImageScaleToTotalPixels"
    OUTPUT_COUNT: ClassVar[int] = 1

    image: Link[Image]
    upscale_method: Literal["nearest-exact", "bilinear", "area", "bicubic", "lanczos"] = "nearest-exact"
    #: 0.01 to 16.0.
    megapixels: float = 1.0


@dataclass(frozen=True, kw_only=True)
class ImagePadForOutpaint(Node[tuple[Link[Image], Link[Mask]]]):
    """Pad Image for Outpainting; gives IMAGE, MASK."""

    CLASS_TYPE: ClassVar[str] = "ImagePadForOutpaint"
    OUTPUT_COUNT: ClassVar[int] = 2

    image: Link[Image]
    #: 0 to 16384, in steps of 8.
    left: int = 0
    #: 0 to 16384, in steps of 8.
    top: int = 0
    #: 0 to 16384, in steps of 8.
    right: int = 0
    #: 0 to 16384, in steps of 8.
    bottom: int = 0
    #: 0 to 16384.
    feathering: int = 40


@dataclass(frozen=True, kw_only=True)
class ImageCompositeMasked(Node[Link[Image]]):
    """ImageCompositeMasked; gives IMAGE."""

    CLASS_TYPE: ClassVar[str] = "ImageCompositeMasked"
    OUTPUT_COUNT: ClassVar[int] = 1

    destination: Link[Image]
    source: Link[Image]
    #: 0 to 16384.
    x: int = 0
    #: 0 to 16384.
    y: int = 0
    resize_source: bool = False
    mask: Link[Mask] | None = None
