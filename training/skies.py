"""Draws the sky of a scene: its colours, sun or moon, stars, clouds and lightning."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from training.canvas import MARGIN
from training.palettes import CLOUD, SKY_GRADIENT, blend, darker

if TYPE_CHECKING:
    from training.canvas import Canvas
    from training.scenes import Scene

#: Puffs of a cloud: offset and radius in the cloud's width.
PUFFS = ((-0.6, 0.1, 0.45), (0.0, -0.12, 0.62), (0.6, 0.08, 0.48), (0.15, 0.15, 0.55))


def draw_sky(canvas: Canvas, scene: Scene) -> None:
    """Draw the whole sky; the land is drawn over its lower part."""
    canvas.vertical_gradient(SKY_GRADIENT[scene.sky], scene.horizon)
    {
        "day": _sun,
        "sunset": _setting_sun,
        "night": _moon_and_stars,
        "stormy": _nothing,
        "dawn": _rising_sun,
    }[scene.sky](canvas, scene)
    rng = Random(scene.sky_seed + 1)
    if scene.sky == "stormy":
        _storm(canvas, rng)
    elif scene.clouds:
        _clouds(canvas, scene, rng)


def _nothing(canvas: Canvas, scene: Scene) -> None:
    """A storm hides sun and moon."""


def _sun(canvas: Canvas, scene: Scene) -> None:
    for radius, share in ((0.115, 0.35), (0.09, 0.7)):
        glow = blend(SKY_GRADIENT["day"][1], (255, 244, 190), share)
        canvas.circle(scene.light_x, scene.light_y, radius, glow)
    canvas.circle(scene.light_x, scene.light_y, 0.068, (255, 236, 120))


def _setting_sun(canvas: Canvas, scene: Scene) -> None:
    y = scene.horizon - 0.06
    for radius, share in ((0.17, 0.35), (0.135, 0.7)):
        canvas.circle(scene.light_x, y, radius, blend((240, 130, 90), (255, 214, 120), share))
    canvas.circle(scene.light_x, y, 0.10, (255, 240, 180))


def _rising_sun(canvas: Canvas, scene: Scene) -> None:
    for radius, share in ((0.24, 0.25), (0.16, 0.45), (0.1, 0.7)):
        glow = blend(SKY_GRADIENT["dawn"][1], (255, 250, 226), share)
        canvas.circle(scene.light_x, scene.horizon, radius, glow)
    canvas.circle(scene.light_x, scene.horizon, 0.07, (255, 252, 236))


def _moon_and_stars(canvas: Canvas, scene: Scene) -> None:
    rng = Random(scene.sky_seed)
    lowest = scene.horizon * 0.95
    for _ in range(round(26 / lowest * (1 + 2 * MARGIN) * (lowest + MARGIN))):
        x, y = rng.uniform(-MARGIN, 1 + MARGIN), rng.uniform(-MARGIN, lowest)
        canvas.circle(x, y, rng.choice((0.004, 0.006, 0.009)), (235, 238, 255))
    canvas.circle(scene.light_x, scene.light_y, 0.10, (26, 32, 84))
    canvas.circle(scene.light_x, scene.light_y, 0.072, (244, 240, 214))
    if scene.sky_seed % 2:
        canvas.circle(scene.light_x + 0.032, scene.light_y - 0.016, 0.060, (24, 29, 80))


def _clouds(canvas: Canvas, scene: Scene, rng: Random) -> None:
    for _ in range(rng.randint(2, 3)):
        _cloud(canvas, rng.random(), rng.uniform(0.08, 0.34), rng.uniform(0.10, 0.17), scene.sky)
    for beyond in (-MARGIN, 1.0):
        _cloud(canvas, beyond + rng.uniform(0.2, 0.3), rng.uniform(0.08, 0.34), 0.12, scene.sky)
        _cloud(canvas, rng.uniform(0.1, 0.9), rng.uniform(-0.4, -0.2), 0.14, scene.sky)


def _storm(canvas: Canvas, rng: Random) -> None:
    for number in range(-3, 9):
        x = (number + 0.5) / 6 + rng.uniform(-0.06, 0.06)
        _cloud(canvas, x, rng.uniform(0.02, 0.17), rng.uniform(0.10, 0.17) * 1.35, "stormy")
    x = rng.uniform(0.15, 0.85)
    steps = ((0, 0.2), (-0.05, 0.36), (-0.015, 0.36), (-0.05, 0.5), (0.045, 0.32), (0.01, 0.32), (0.04, 0.2))
    canvas.polygon([(x + dx, y) for dx, y in steps], (255, 244, 150))


def _cloud(canvas: Canvas, x: float, y: float, width: float, sky: str) -> None:
    for color, lower in ((darker(CLOUD[sky], 0.86), 0.012), (CLOUD[sky], 0.0)):
        for dx, dy, radius in PUFFS:
            canvas.ellipse(
                x + dx * width, y + dy * width + lower, radius * width * 1.1, radius * width * 0.72, color
            )
