"""Noise that a seed decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from atelier.engine.values import Array

#: The highest seed; ComfyUI's.
MAX_SEED = 2**64 - 1


class Noise:
    """Standard normal noise for a batch of latents; each call draws more of it.

    Every element of the batch has a generator of its own (PCG64, seeded by the pair of the seed and the
    element's place), so the second picture of a batch of four is the second of a batch of two, and
    pictures of different seeds share nothing. The numbers are numpy's, not torch's: the same seed gives
    another picture than a ComfyUI server would draw.
    """

    def __init__(self, seed: int, shape: tuple[int, ...]) -> None:
        """Take a seed of 0 to 2**64 - 1 and the shape [batch, channels, height, width]."""
        batch, *self._shape = shape
        self._generators = [
            np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(place,))) for place in range(batch)
        ]

    def __call__(self) -> Array:
        """Return the next noise, float32, of the whole batch's shape."""
        return np.stack([each.standard_normal(self._shape, np.float32) for each in self._generators])
