"""Draws the land of a scene: mountains, sea, hills, desert or snow."""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING

from training.canvas import MARGIN
from training.palettes import LAND_LIGHT, Color, Light, blend, lit

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.canvas import Canvas, Point
    from training.scenes import Scene

#: Distance between a summit and the pass beside it, in scene units.
RIDGE_STEP = 1.1 / 6


def draw_land(canvas: Canvas, scene: Scene) -> None:
    """Draw the land over the lower part of the sky, in the light of the sky."""
    rng, light = Random(scene.land_seed), LAND_LIGHT[scene.sky]
    draw: dict[str, Callable[[Canvas, Random, float, Light], None]] = {
        "sea": _sea,
        "desert": _desert,
        "snow": _snow,
    }
    if scene.land == "mountains":
        _mountains(canvas, rng, scene.horizon, light, scene.season)
    elif scene.land == "hills":
        _hills(canvas, rng, scene.horizon, light, scene.season)
    else:
        draw[scene.land](canvas, rng, scene.horizon, light)
    if scene.season != "summer":
        _season(canvas, Random(scene.land_seed + 1), scene, light)


def _wave(rng: Random, y: float, height: float) -> list[Point]:
    first, second = rng.uniform(0, 6.3), rng.uniform(0, 6.3)
    slow, fast = rng.uniform(0.6, 1.1), rng.uniform(1.4, 2.2)
    return [
        (
            x,
            y
            + height * (0.65 * math.sin(6.28 * slow * x + first) + 0.35 * math.sin(6.28 * fast * x + second)),
        )
        for x in (-MARGIN + step / 24 for step in range(round(24 * (1 + 2 * MARGIN)) + 1))
    ]


def _ridge(rng: Random, y: float, height: float) -> list[Point]:
    """Passes at even numbers, summits at odd ones; the same in the middle at every shape."""
    beyond = 2 * math.ceil(MARGIN / RIDGE_STEP / 2)
    return [
        (
            -0.05 + RIDGE_STEP * number,
            y - height * (rng.uniform(0.55, 1.0) if number % 2 else rng.uniform(0.0, 0.3)),
        )
        for number in range(-beyond, 7 + beyond)
    ]


#: Grass in each season, far away first.
GRASS: dict[str, tuple[Color, Color, Color]] = {
    "summer": ((132, 190, 112), (104, 170, 84), (80, 146, 62)),
    "spring": ((196, 226, 128), (176, 214, 104), (154, 200, 84)),
    "autumn": ((222, 170, 84), (204, 134, 58), (172, 104, 46)),
    "winter": ((214, 222, 234), (228, 234, 242), (240, 244, 248)),
}
#: The same at the feet of mountains.
MEADOW: dict[str, tuple[Color, Color]] = {
    "summer": ((104, 158, 82), (84, 138, 66)),
    "spring": ((180, 214, 112), (156, 200, 88)),
    "autumn": ((206, 142, 66), (174, 108, 48)),
    "winter": ((222, 228, 238), (238, 242, 248)),
}


def _season(canvas: Canvas, rng: Random, scene: Scene, light: Light) -> None:
    """Strew what a season leaves over the meadow: blossoms, bushes with red leaves, or bare ones."""
    for _ in range(round(26 * (1 + 2 * MARGIN))):
        x, depth = rng.uniform(-MARGIN, 1 + MARGIN), rng.random()
        y, size = scene.horizon + 0.17 + 0.2 * depth, 0.6 + 0.6 * depth
        if scene.season == "spring":
            blossom = rng.choice(((255, 246, 250), (250, 172, 204), (252, 226, 108)))
            canvas.circle(x, y, 0.009 * size, lit(blossom, light))
        elif scene.season == "autumn":
            leaves = rng.choice(((196, 66, 34), (226, 108, 32), (150, 70, 34)))
            canvas.ellipse(x, y, 0.022 * size, 0.015 * size, lit(leaves, light))
        elif rng.random() < 0.45:
            twig = lit((92, 76, 68), light)
            for lean in (-0.018, 0.0, 0.018):
                canvas.line((x, y), (x + lean * size, y - 0.035 * size), 1 / 150, twig)


def _mountains(canvas: Canvas, rng: Random, horizon: float, light: Light, season: str) -> None:
    for lower, height, rock in ((0.06, 0.30, (128, 140, 170)), (0.12, 0.24, (92, 104, 132))):
        ridge = _ridge(rng, horizon + lower, height)
        canvas.layer(ridge, lit(rock, light))
        for number in range(1, len(ridge) - 1, 2):
            _snow_cap(
                canvas, ridge[number - 1], ridge[number], ridge[number + 1], lit((244, 248, 255), light)
            )
    far, near = MEADOW[season]
    canvas.layer(_wave(rng, horizon + 0.14, 0.012), lit(far, light))
    canvas.layer(_wave(rng, horizon + 0.24, 0.014), lit(near, light))


def _snow_cap(canvas: Canvas, before: Point, summit: Point, after: Point, snow: Color) -> None:
    share = 0.34
    x, y = summit
    left_x, left_y = x + (before[0] - x) * share, y + (before[1] - y) * share
    right_x, right_y = x + (after[0] - x) * share, y + (after[1] - y) * share
    canvas.polygon(
        [
            summit,
            (left_x, left_y),
            ((left_x * 2 + x) / 3, left_y),
            (x, left_y * 0.6 + right_y * 0.4 + 0.02),
            ((right_x * 2 + x) / 3, right_y),
            (right_x, right_y),
        ],
        snow,
    )


def _sea(canvas: Canvas, rng: Random, horizon: float, light: Light) -> None:
    stripes = 10
    for number in range(stripes):
        water = lit(blend((34, 96, 168), (70, 176, 200), number / stripes), light)
        canvas.rectangle(-MARGIN, horizon + 0.28 * number / stripes, 1 + MARGIN, 1 + MARGIN, water)
    for _ in range(round(16 * (1 + 2 * MARGIN))):
        x, y = rng.uniform(-MARGIN, 1 + MARGIN), horizon + 0.02 + 0.24 * rng.random()
        canvas.line((x, y), (x + rng.uniform(0.04, 0.12), y), 1 / 110, lit((190, 226, 240), light))
    canvas.layer(_wave(rng, horizon + 0.275, 0.012), lit((250, 250, 240), light))
    canvas.layer(_wave(rng, horizon + 0.29, 0.012), lit((234, 208, 150), light))


def _hills(canvas: Canvas, rng: Random, horizon: float, light: Light, season: str) -> None:
    for (lower, height), grass in zip(
        ((0.02, 0.05), (0.10, 0.05), (0.20, 0.035)), GRASS[season], strict=True
    ):
        canvas.layer(_wave(rng, horizon + lower, height), lit(grass, light))


def _desert(canvas: Canvas, rng: Random, horizon: float, light: Light) -> None:
    for lower, height, sand in (
        (0.03, 0.045, (240, 200, 132)),
        (0.11, 0.045, (228, 178, 104)),
        (0.22, 0.03, (212, 158, 84)),
    ):
        canvas.layer(_wave(rng, horizon + lower, height), lit(sand, light))
    green = lit((70, 130, 70), light)
    for _ in range(2):
        _cactus(canvas, rng.uniform(0.08, 0.92), horizon + 0.10, green)
    for beyond in (-MARGIN, 1.0):
        _cactus(canvas, beyond + rng.uniform(0.2, 0.4), horizon + 0.10, green)


def _cactus(canvas: Canvas, x: float, y: float, green: Color) -> None:
    height = 0.07
    canvas.rectangle(x - 0.010, y - height, x + 0.010, y, green)
    canvas.rectangle(x - 0.036, y - height * 0.7, x - 0.02, y - height * 0.3, green)
    canvas.rectangle(x - 0.036, y - height * 0.42, x, y - height * 0.26, green)
    canvas.rectangle(x + 0.02, y - height * 0.85, x + 0.036, y - height * 0.42, green)
    canvas.rectangle(x, y - height * 0.56, x + 0.036, y - height * 0.42, green)


def _snow(canvas: Canvas, rng: Random, horizon: float, light: Light) -> None:
    canvas.layer(_wave(rng, horizon + 0.02, 0.04), lit((206, 220, 238), light))
    for _ in range(8):
        _fir(canvas, rng.random(), rng, horizon, light)
    for beyond in (-MARGIN, 1.0):
        for _ in range(4):
            _fir(canvas, beyond + rng.random() * MARGIN, rng, horizon, light)
    canvas.layer(_wave(rng, horizon + 0.10, 0.03), lit((226, 236, 248), light))
    canvas.layer(_wave(rng, horizon + 0.22, 0.025), lit((240, 246, 254), light))


def _fir(canvas: Canvas, x: float, rng: Random, horizon: float, light: Light) -> None:
    y, height = horizon + 0.06 + rng.random() * 0.02, rng.uniform(0.08, 0.13)
    canvas.polygon([(x, y - height), (x - 0.035, y), (x + 0.035, y)], lit((58, 98, 92), light))
    snow = [(x, y - height), (x - 0.014, y - height * 0.6), (x + 0.014, y - height * 0.6)]
    canvas.polygon(snow, lit((240, 246, 252), light))
