"""Which sizes a picture may have where the server scales it to megapixels."""

from __future__ import annotations

import pytest

from atelier.verify.sample import Sample


@pytest.mark.parametrize(
    ("side", "size", "fits"),
    [
        (1024, (1024, 1024), True),
        (1024, (1176, 880), True),
        (1024, (512, 512), False),
        (1024, (1200, 1024), False),
        # A hundredth of a megapixel, rounded down to what the model takes.
        (102, (96, 96), True),
        (102, (64, 64), False),
    ],
)
def test_a_scaled_picture_fits_by_its_area_and_the_steps_of_the_model(
    side: int, size: tuple[int, int], fits: bool
) -> None:
    made = Sample(workflow={}, width=side, height=side, scaled=True)
    assert made.fits(*size) is fits
