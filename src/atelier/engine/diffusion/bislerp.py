"""Scaling latents by spherical interpolation between neighbouring cells: ComfyUI's `bislerp`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atelier.engine.resampling import taps

if TYPE_CHECKING:
    from atelier.engine.values import Array

#: Cosines within this of 1 and -1 count as the same and the opposite direction.
_MARGIN = np.float32(1e-5)


def bislerp(samples: Array, *, width: int, height: int) -> Array:
    """Return latents [batch, channels, rows, columns] with `height` rows and `width` columns.

    The positions are those of bilinear scaling. Between two cells the vector of channels turns from the one
    direction to the other (Shoemake, Animating rotation with quaternion curves, 1985), and its length goes
    straight: averages of noise lose length, this does not.
    """
    for axis, size in ((3, width), (2, height)):
        along = taps("bilinear", samples.shape[axis], size)
        first, second = (np.take(samples, positions, axis) for positions in along.positions.T)
        share = along.weights[:, 1]
        samples = _slerp(first, second, share if axis == 3 else share[:, None])
    return samples


def _slerp(first: Array, second: Array, share: Array) -> Array:
    """Return the vectors along axis 1 that lie between two, a share of 0 to 1 of the way from the first."""
    lengths = [np.linalg.norm(each, axis=1, keepdims=True) for each in (first, second)]
    one, other = (
        np.divide(each, length, out=np.zeros_like(each), where=length > 0)
        for each, length in zip((first, second), lengths, strict=True)
    )
    cosine = np.sum(one * other, axis=1, keepdims=True)
    same, opposite = cosine > 1 - _MARGIN, cosine < _MARGIN - 1
    angle = np.arccos(np.where(same | opposite, 0, cosine))
    turned = (np.sin((1 - share) * angle) * one + np.sin(share * angle) * other) / np.sin(angle)
    turned *= lengths[0] * (1 - share) + lengths[1] * share
    straight = first * (1 - share) + second * share
    return np.where(same, first, np.where(opposite, straight, turned))
