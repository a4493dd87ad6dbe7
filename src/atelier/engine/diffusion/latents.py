"""Latents that are asked for with another shape than they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atelier.errors import NodeInputInvalid

if TYPE_CHECKING:
    from atelier.engine.values import Array


def with_channels(samples: Array, channels: int) -> Array:
    """Return latents with the channels that a model needs.

    An empty latent is all zeros, and ComfyUI's empty latents have the channels of other models: an
    all-zero one gets the channels that are needed.

    Raises:
        NodeInputInvalid: the latents are not empty and belong to another model.
    """
    batch, found, height, width = samples.shape
    if found == channels:
        return samples
    if samples.any():
        raise NodeInputInvalid(
            f"The latent has {found} channels and the embedded model works with {channels}: "
            "it was encoded with another model's VAE. Encode the picture with the VAE of the model."
        )
    return np.zeros((batch, channels, height, width), np.float32)


def repeated_to(batch: Array, size: int) -> Array:
    """Return a batch of exactly `size` elements: its own, over and over."""
    return batch if len(batch) == size else np.take(batch, np.arange(size) % len(batch), axis=0)
