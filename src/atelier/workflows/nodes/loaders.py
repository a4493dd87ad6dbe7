"""Nodes that load models.

Written by scripts/generate_nodes.py from what ComfyUI 0.3.64 declares; change that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from atelier.workflows.graph import Link, Node
from atelier.workflows.sockets import Clip, Model, Vae


@dataclass(frozen=True, kw_only=True)
class UNETLoader(Node[Link[Model]]):
    """Load Diffusion Model; gives MODEL."""

    CLASS_TYPE: ClassVar[str] = "UNETLoader"
    OUTPUT_COUNT: ClassVar[int] = 1

    unet_name: str
    weight_dtype: Literal["default", "fp8_e4m3fn", "fp8_e4m3fn_fast", "fp8_e5m2"] = "default"


@dataclass(frozen=True, kw_only=True)
class CLIPLoader(Node[Link[Clip]]):
    """Load CLIP; gives CLIP."""

    CLASS_TYPE: ClassVar[str] = "CLIPLoader"
    OUTPUT_COUNT: ClassVar[int] = 1

    clip_name: str
    type: str
    device: Literal["default", "cpu"] = "default"


@dataclass(frozen=True, kw_only=True)
class DualCLIPLoader(Node[Link[Clip]]):
    """DualCLIPLoader; gives CLIP."""

    CLASS_TYPE: ClassVar[str] = "DualCLIPLoader"
    OUTPUT_COUNT: ClassVar[int] = 1

    clip_name1: str
    clip_name2: str
    type: str
    device: Literal["default", "cpu"] = "default"


@dataclass(frozen=True, kw_only=True)
class VAELoader(Node[Link[Vae]]):
    """Load VAE; gives VAE."""

    CLASS_TYPE: ClassVar[str] = "VAELoader"
    OUTPUT_COUNT: ClassVar[int] = 1

    vae_name: str


@dataclass(frozen=True, kw_only=True)
class CheckpointLoaderSimple(Node[tuple[Link[Model], Link[Clip], Link[Vae]]]):
    """Load Checkpoint; gives MODEL, CLIP, VAE."""

    CLASS_TYPE: ClassVar[str] = "CheckpointLoaderSimple"
    OUTPUT_COUNT: ClassVar[int] = 3

    ckpt_name: str


@dataclass(frozen=True, kw_only=True)
class LoraLoaderModelOnly(Node[Link[Model]]):
    """LoraLoaderModelOnly; gives MODEL."""

    CLASS_TYPE: ClassVar[str] = "LoraLoaderModelOnly"
    OUTPUT_COUNT: ClassVar[int] = 1

    model: Link[Model]
    lora_name: str
    #: -100.0 to 100.0.
    strength_model: float = 1.0
