"""What to do about a node class that a server does not have."""

from __future__ import annotations

from atelier.workflows.node_packs import pack_of
from atelier.workflows.qwen_nodes import QWEN_NODES, NativeOrigin
from atelier.workflows.qwen_nodes.node import PACK


def way_to_get(name: str) -> str | None:
    """Return how to get what a class does, as part of a sentence; None for a class that nobody knows."""
    node = QWEN_NODES.get(name)
    if node is None:
        pack = pack_of(name)
        return None if pack is None else f"install the pack {pack.name}"
    origin = node.origin
    if isinstance(origin, NativeOrigin):
        return f"update the server to ComfyUI {origin.version} or newer"
    # A class that stands in a native way twice is called after its role the second time.
    classes = ", ".join(dict.fromkeys(each.partition(" (")[0] for each in node.native_way.nodes))
    if origin.dropped:
        return f"use {classes} instead: its pack dropped it after {origin.last.day}"
    return f"use {classes} instead, or install the pack {PACK}"
