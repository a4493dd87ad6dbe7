"""Kernels that every size must keep; the recorded pictures hold the values."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from atelier.engine.resampling import crop_to_aspect, resize, taps
from atelier.errors import NodeInputInvalid

Tapped = Literal["nearest-exact", "bilinear", "area", "bicubic"]
sides = st.integers(1, 300)
methods = st.sampled_from(("nearest-exact", "bilinear", "area", "bicubic"))


@given(methods, sides, sides)
def test_the_weights_of_each_position_sum_to_one_and_stay_inside(
    method: Tapped, size: int, target: int
) -> None:
    found = taps(method, size, target)
    assert found.weights.shape[0] == target
    np.testing.assert_allclose(found.weights.sum(axis=1), 1, atol=1e-5)
    assert found.positions.min() >= 0
    assert found.positions.max() < size


@given(methods, sides)
def test_the_same_size_changes_nothing(method: Tapped, size: int) -> None:
    found = taps(method, size, size)
    values = np.arange(size, dtype=np.float32)
    np.testing.assert_allclose((values[found.positions] * found.weights).sum(axis=1), values, atol=1e-3)


# Between two pixels nearest-exact takes the later one, so its ties are not symmetric.
@given(st.sampled_from(("bilinear", "area", "bicubic")), sides, sides)
def test_a_mirrored_axis_gives_a_mirrored_result(method: Tapped, size: int, target: int) -> None:
    values = np.random.default_rng(size).random((1, size, 1), dtype=np.float32)
    forth = resize(values, width=1, height=target, method=method)
    back = resize(values[:, ::-1], width=1, height=target, method=method)
    np.testing.assert_allclose(forth, back[:, ::-1], atol=1e-3)


def test_latents_are_scaled_along_their_own_axes() -> None:
    latent = np.random.default_rng(0).random((2, 4, 6, 8), dtype=np.float32)
    ours = resize(latent, width=5, height=9, method="bicubic", axes=(2, 3))
    picture = resize(np.moveaxis(latent, 1, -1), width=5, height=9, method="bicubic")
    assert ours.shape == (2, 4, 9, 5)
    np.testing.assert_array_equal(ours, np.moveaxis(picture, -1, 1))


def test_a_side_of_nothing_is_refused() -> None:
    with pytest.raises(NodeInputInvalid, match="at least one pixel"):
        resize(np.zeros((1, 4, 4, 3), np.float32), width=0, height=3, method="area")


@given(sides, sides, sides, sides)
@example(rows=4, columns=4, width=4, height=1)
def test_the_middle_has_the_aspect_to_within_a_pixel(
    rows: int, columns: int, width: int, height: int
) -> None:
    image = np.empty((1, rows, columns, 1), np.float32)
    try:
        cut = crop_to_aspect(image, width=width, height=height)
    except NodeInputInvalid:
        # One pixel would be left at most, and the rounding of both margins may take it.
        assert max(columns * height, rows * width) >= min(columns * height, rows * width) * min(rows, columns)
        return
    _, cut_rows, cut_columns, _ = cut.shape
    assert cut_rows == rows or cut_columns == columns
    assert abs(cut_columns - cut_rows * width / height) <= max(1, width / height) + 1e-6
