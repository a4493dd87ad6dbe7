from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from training.rendering import render
from training.scenes import Scene, object_box, random_scene
from training.worlds import SMALL, WIDE, World

SHAPES = [(64, 64), (128, 128), (192, 192), (256, 256), (192, 128), (128, 192), (256, 128)]


def scene(seed: int = 7) -> Scene:
    return random_scene(Random(seed), SMALL)


@pytest.mark.parametrize("style", WIDE.styles)
def test_the_same_scene_gives_the_same_pixels(style: str) -> None:
    assert (render(replace(scene(), style=style)) == render(replace(scene(), style=style))).all()


@pytest.mark.parametrize(("width", "height"), SHAPES)
def test_a_picture_has_the_size_that_was_asked_for(width: int, height: int) -> None:
    picture = render(scene(), width, height)
    assert picture.shape == (height, width, 3)
    assert picture.dtype == np.uint8


@pytest.mark.parametrize("sky", WIDE.skies)
@pytest.mark.parametrize("land", WIDE.lands)
def test_a_wide_picture_shows_the_square_one_and_more_at_its_sides(sky: str, land: str) -> None:
    shown = replace(scene(), sky=sky, land=land, style="flat")
    square, wide, tall = render(shown), render(shown, 192, 128), render(shown, 128, 192)
    assert (wide[:, 32:160] == square).mean() > 0.97
    # The colours of the sky begin above the square in a tall picture.
    assert (tall[32:160] == square).mean() > 0.9


def test_more_than_twice_as_long_as_short_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        render(scene(), 257, 128)


@pytest.mark.parametrize("style", WIDE.styles)
def test_styles_look_different(style: str) -> None:
    picture = render(replace(scene(), style=style)).astype(int)
    for other in set(WIDE.styles) - {style}:
        assert np.abs(render(replace(scene(), style=other)).astype(int) - picture).mean() > 4


@pytest.mark.parametrize("season", WIDE.seasons)
@pytest.mark.parametrize("land", ["hills", "mountains"])
def test_seasons_look_different(season: str, land: str) -> None:
    shown = replace(random_scene(Random(7), WIDE), style="flat", land=land, sky="day", season=season)
    for other in set(WIDE.seasons) - {season}:
        difference = np.abs(render(replace(shown, season=other)).astype(int) - render(shown))
        assert difference[90:].mean() > 8


@pytest.mark.parametrize("world", [SMALL, WIDE], ids=lambda world: world.name)
def test_an_object_is_drawn_inside_its_box_and_nowhere_else(world: World) -> None:
    rng = Random(3)
    for _ in range(60):
        shown = replace(random_scene(rng, world), style="flat")
        for thing in shown.objects:
            without = replace(shown, objects=tuple(other for other in shown.objects if other != thing))
            changed = (render(shown) != render(without)).any(2)
            left, top, right, bottom = (value * 128 for value in object_box(shown, thing))
            rows, columns = np.nonzero(changed)
            assert rows.size
            assert columns.min() >= left - 7
            assert columns.max() <= right + 7
            assert rows.min() >= top - 5
            assert rows.max() <= bottom + 5
