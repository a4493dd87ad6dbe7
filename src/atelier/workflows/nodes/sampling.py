"""Nodes that sample.

Written by scripts/generate_nodes.py from what ComfyUI 0.3.64 declares; change that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from atelier.workflows.graph import Link, Node
from atelier.workflows.sockets import Conditioning, Latent, Model, Sampler, Sigmas


@dataclass(frozen=True, kw_only=True)
class KSampler(Node[Link[Latent]]):
    """KSampler; gives LATENT."""

    CLASS_TYPE: ClassVar[str] = "KSampler"
    OUTPUT_COUNT: ClassVar[int] = 1

    model: Link[Model]
    #: 0 to 18446744073709551615.
    seed: int = 0
    #: 1 to 10000.
    steps: int = 20
    #: 0.0 to 100.0.
    cfg: float = 8.0
    sampler_name: str
    scheduler: str
    positive: Link[Conditioning]
    negative: Link[Conditioning]
    latent_image: Link[Latent]
    #: 0.0 to 1.0.
    denoise: float = 1.0


@dataclass(frozen=True, kw_only=True)
class SamplerCustom(Node[tuple[Link[Latent], Link[Latent]]]):
    """SamplerCustom; gives output, denoised_output."""

    CLASS_TYPE: ClassVar[str] = "SamplerCustom"
    OUTPUT_COUNT: ClassVar[int] = 2

    model: Link[Model]
    add_noise: bool = True
    #: 0 to 18446744073709551615.
    noise_seed: int = 0
    #: 0.0 to 100.0.
    cfg: float = 8.0
    positive: Link[Conditioning]
    negative: Link[Conditioning]
    sampler: Link[Sampler]
    sigmas: Link[Sigmas]
    latent_image: Link[Latent]


@dataclass(frozen=True, kw_only=True)
class KSamplerSelect(Node[Link[Sampler]]):
    """KSamplerSelect; gives SAMPLER."""

    CLASS_TYPE: ClassVar[str] = "KSamplerSelect"
    OUTPUT_COUNT: ClassVar[int] = 1

    sampler_name: str


@dataclass(frozen=True, kw_only=True)
class SDTurboScheduler(Node[Link[Sigmas]]):
    """SDTurboScheduler; gives SIGMAS."""

    CLASS_TYPE: ClassVar[str] = "SDTurboScheduler"
    OUTPUT_COUNT: ClassVar[int] = 1

    model: Link[Model]
    #: 1 to 10.
    steps: int = 1
    #: 0 to 1.0.
    denoise: float = 1.0
