"""Nodes that say what to draw.

Written by scripts/generate_nodes.py from what ComfyUI 0.3.64 declares; change that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from atelier.workflows.graph import Link, Node
from atelier.workflows.sockets import Clip, Conditioning, Image, Vae


@dataclass(frozen=True, kw_only=True)
class CLIPTextEncode(Node[Link[Conditioning]]):
    """CLIP Text Encode (Prompt); gives CONDITIONING."""

    CLASS_TYPE: ClassVar[str] = "CLIPTextEncode"
    OUTPUT_COUNT: ClassVar[int] = 1

    text: str
    clip: Link[Clip]


@dataclass(frozen=True, kw_only=True)
class TextEncodeQwenImageEdit(Node[Link[Conditioning]]):
    """TextEncodeQwenImageEdit; gives CONDITIONING."""

    CLASS_TYPE: ClassVar[str] = "TextEncodeQwenImageEdit"
    OUTPUT_COUNT: ClassVar[int] = 1

    clip: Link[Clip]
    prompt: str
    vae: Link[Vae] | None = None
    image: Link[Image] | None = None


@dataclass(frozen=True, kw_only=True)
class TextEncodeQwenImageEditPlus(Node[Link[Conditioning]]):
    """TextEncodeQwenImageEditPlus; gives CONDITIONING."""

    CLASS_TYPE: ClassVar[str] = "TextEncodeQwenImageEditPlus"
    OUTPUT_COUNT: ClassVar[int] = 1

    clip: Link[Clip]
    prompt: str
    vae: Link[Vae] | None = None
    image1: Link[Image] | None = None
    image2: Link[Image] | None = None
    image3: Link[Image] | None = None


@dataclass(frozen=True, kw_only=True)
class ConditioningZeroOut(Node[Link[Conditioning]]):
    """ConditioningZeroOut; gives CONDITIONING."""

    CLASS_TYPE: ClassVar[str] = "ConditioningZeroOut"
    OUTPUT_COUNT: ClassVar[int] = 1

    conditioning: Link[Conditioning]


@dataclass(frozen=True, kw_only=True)
class FluxGuidance(Node[Link[Conditioning]]):
    """FluxGuidance; gives CONDITIONING."""

    CLASS_TYPE: ClassVar[str] = "FluxGuidance"
    OUTPUT_COUNT: ClassVar[int] = 1

    conditioning: Link[Conditioning]
    #: 0.0 to 100.0.
    guidance: float = 3.5
