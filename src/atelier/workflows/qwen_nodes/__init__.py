"""The 28 Qwen nodes in ten groups: what each is for, where it comes from, and how ComfyUI alone does it.

Sources: ComfyUI's `GET /object_info` at 0.3.64 and its history for the native ones; for the others the pack
ComfyUI-QwenImageWanBridge at bba3f0913bb8a15f974901e14fe18a9ac7debb47 (2025-10-19) and
8a275a2c8d046f3cd7ee7b317c99ef85237dac05 (2025-12-02), whose code was read; its nodes were not run.
"""

from __future__ import annotations

from atelier.workflows.qwen_nodes import (
    control,
    latents,
    management,
    model_loading,
    processing,
    sampling,
    templates,
    text_encoding,
    tokens,
    utilities,
)
from atelier.workflows.qwen_nodes.node import NativeOrigin, NativeWay, PackOrigin, QwenNode, Wire

_MODULES = (
    model_loading,
    text_encoding,
    sampling,
    latents,
    control,
    templates,
    tokens,
    processing,
    utilities,
    management,
)

#: The ten groups in their order.
GROUPS: tuple[str, ...] = tuple(module.GROUP for module in _MODULES)
#: By class name, group by group.
QWEN_NODES: dict[str, QwenNode] = {node.name: node for module in _MODULES for node in module.NODES}

__all__ = ["GROUPS", "QWEN_NODES", "NativeOrigin", "NativeWay", "PackOrigin", "QwenNode", "Wire"]
