"""The ComfyUI that a deployment builds by default."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ComfyUIRelease:
    """A commit of ComfyUI and the torch that it is built with."""

    version: str
    repository: str
    commit: str
    torch: str


#: The release whose protocol Atelier was measured against.
COMFYUI = ComfyUIRelease(
    version="0.3.64",
    repository="https://github.com/Comfy-Org/ComfyUI",
    commit="637221995f7424a561bd825de3e61ea117dfe1e3",
    torch="2.9.0",
)

#: Indexes of torch's wheels.
TORCH_CUDA = "https://download.pytorch.org/whl/cu128"
TORCH_CPU = "https://download.pytorch.org/whl/cpu"
