"""Nodes that load and change masks.

Written by scripts/generate_nodes.py from what ComfyUI 0.3.64 declares; change that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from atelier.workflows.graph import Link, Node
from atelier.workflows.sockets import Mask


@dataclass(frozen=True, kw_only=True)
class LoadImageMask(Node[Link[Mask]]):
    """Load Image (as Mask); gives MASK."""

    CLASS_TYPE: ClassVar[str] = "LoadImageMask"
    OUTPUT_COUNT: ClassVar[int] = 1

    image: str
    channel: Literal["alpha", "red", "green", "blue"] = "alpha"


@dataclass(frozen=True, kw_only=True)
class GrowMask(Node[Link[Mask]]):
    """GrowMask; gives MASK."""

    CLASS_TYPE: ClassVar[str] = "GrowMask"
    OUTPUT_COUNT: ClassVar[int] = 1

    mask: Link[Mask]
    #: -16384 to 16384.
    expand: int = 0
    tapered_corners: bool = True


@dataclass(frozen=True, kw_only=True)
class InvertMask(Node[Link[Mask]]):
    """InvertMask; gives MASK."""

    CLASS_TYPE: ClassVar[str] = "InvertMask"
    OUTPUT_COUNT: ClassVar[int] = 1

    mask: Link[Mask]
