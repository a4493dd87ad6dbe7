"""The node classes that the engine knows, one concept a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from atelier.engine.node import NodeClass


def all_nodes() -> tuple[NodeClass, ...]:
    """Return every node class of the engine; loads the modules that define them."""
    from atelier.engine.nodes import (
        compositing,
        conditioning,
        files,
        images,
        latents,
        loaders,
        masks,
        sampling,
        scaling,
        vae,
    )

    modules = (
        loaders,
        conditioning,
        latents,
        sampling,
        vae,
        files,
        images,
        scaling,
        masks,
        compositing,
    )
    return tuple(node for module in modules for node in module.NODES)
