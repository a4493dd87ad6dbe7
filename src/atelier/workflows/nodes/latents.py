"""Nodes that make and change latents.

Written by scripts/generate_nodes.py from what ComfyUI 0.3.64 declares; change that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from atelier.workflows.graph import Link, Node
from atelier.workflows.sockets import Image, Latent, Mask, Vae


@dataclass(frozen=True, kw_only=True)
class EmptyLatentImage(Node[Link[Latent]]):
    """Empty Latent Image; gives LATENT."""

    CLASS_TYPE: ClassVar[str] = "EmptyLatentImage"
    OUTPUT_COUNT: ClassVar[int] = 1

    #: 16 to 16384, in steps of 8.
    width: int = 512
    #: 16 to 16384, in steps of 8.
    height: int = 512
    #: 1 to 4096.
    batch_size: int = 1


@dataclass(frozen=True, kw_only=True)
class EmptySD3LatentImage(Node[Link[Latent]]):
    """EmptySD3LatentImage; gives LATENT."""

    CLASS_TYPE: ClassVar[str] = "EmptySD3LatentImage"
    OUTPUT_COUNT: ClassVar[int] = 1

    #: 16 to 16384, in steps of 16.
    width: int = 1024
    #: 16 to 16384, in steps of 16.
    height: int = 1024
    #: 1 to 4096.
    batch_size: int = 1


@dataclass(frozen=True, kw_only=True)
class VAEEncode(Node[Link[Latent]]):
    """VAE Encode; gives LATENT."""

    CLASS_TYPE: ClassVar[str] = "VAEEncode"
    OUTPUT_COUNT: ClassVar[int] = 1

    pixels: Link[Image]
    vae: Link[Vae]


@dataclass(frozen=True, kw_only=True)
class VAEDecode(Node[Link[Image]]):
    """VAE Decode; gives IMAGE."""

    CLASS_TYPE: ClassVar[str] = "VAEDecode"
    OUTPUT_COUNT: ClassVar[int] = 1

    samples: Link[Latent]
    vae: Link[Vae]


@dataclass(frozen=True, kw_only=True)
class RepeatLatentBatch(Node[Link[Latent]]):
    """Repeat Latent Batch; gives LATENT."""

    CLASS_TYPE: ClassVar[str] = "RepeatLatentBatch"
    OUTPUT_COUNT: ClassVar[int] = 1

    samples: Link[Latent]
    #: 1 to 64.
    amount: int = 1


@dataclass(frozen=True, kw_only=True)
class SetLatentNoiseMask(Node[Link[Latent]]):
    """Set Latent Noise Mask; gives LATENT."""

    CLASS_TYPE: ClassVar[str] = "SetLatentNoiseMask"
    OUTPUT_COUNT: ClassVar[int] = 1

    samples: Link[Latent]
    mask: Link[Mask]
