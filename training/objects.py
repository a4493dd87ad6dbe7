"""Draws the objects of a scene: house, tree, boat, car and balloon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.palettes import (
    LAND_LIGHT,
    OBJECT_COLOR,
    OBJECT_LIGHT,
    SHADOW,
    Color,
    Light,
    blend,
    darker,
    lit,
)
from training.scenes import PLACE_X, SCALE, SceneObject, balloon_height, boat_waterline

if TYPE_CHECKING:
    from training.canvas import Canvas
    from training.scenes import Scene

#: Far things first: balloons hang behind everything, boats float behind what stands on the shore.
DEPTH = {"balloon": 0, "boat": 1, "house": 2, "tree": 2, "car": 2}


@dataclass(frozen=True, kw_only=True)
class _Paint:
    """Where an object stands, how large it is and in which colours."""

    x: float
    ground: float
    scale: float
    light: Light
    main: Color
    dark: Color
    bright: Color
    window: Color


def draw_objects(canvas: Canvas, scene: Scene) -> None:
    """Draw all objects, the far ones first."""
    for thing in sorted(scene.objects, key=lambda thing: DEPTH[thing.kind]):
        light = OBJECT_LIGHT[scene.sky]
        main = lit(OBJECT_COLOR[thing.color], light)
        paint = _Paint(
            x=PLACE_X[thing.place] + thing.jitter_x,
            ground=0.86 + thing.jitter_y,
            scale=SCALE[thing.size],
            light=light,
            main=main,
            dark=darker(main, 0.72),
            bright=blend(main, (255, 255, 255), 0.25),
            window=(255, 226, 120) if scene.sky == "night" else lit((170, 214, 240), light),
        )
        if thing.kind in SHADOW_WIDTH:
            shade = lit(SHADOW[scene.land], LAND_LIGHT[scene.sky])
            width = SHADOW_WIDTH[thing.kind] * paint.scale
            canvas.ellipse(paint.x + 0.02, paint.ground, width, 0.022 * paint.scale, shade)
        if thing.kind == "house":
            _house(canvas, paint, thing)
        elif thing.kind == "tree":
            _tree(canvas, paint)
        elif thing.kind == "car":
            _car(canvas, paint)
        elif thing.kind == "boat":
            _boat(canvas, paint, boat_waterline(scene, thing))
        else:
            _balloon(canvas, paint, thing)


SHADOW_WIDTH = {"house": 0.128, "tree": 0.128, "car": 0.16}


def _house(canvas: Canvas, paint: _Paint, thing: SceneObject) -> None:
    x, base = paint.x, paint.ground
    width, height = 0.125 * paint.scale, 0.16 * paint.scale
    slate, tile = (70, 72, 92), (112, 64, 50)
    roof = lit(slate if thing.color in {"red", "orange"} else tile, paint.light)
    chimney = (x + width * 0.42, base - height * 1.62, x + width * 0.66, base - height * 1.0)
    canvas.rectangle(*chimney, darker(roof, 0.8))
    canvas.rectangle(x - width, base - height, x + width, base, paint.main)
    canvas.rectangle(x + width * 0.55, base - height, x + width, base, darker(paint.main, 0.86))
    eaves = base - height * 0.97
    canvas.polygon([(x - width * 1.22, eaves), (x, base - height * 1.72), (x + width * 1.22, eaves)], roof)
    canvas.rectangle(
        x - width * 0.2, base - height * 0.55, x + width * 0.2, base, lit((96, 62, 42), paint.light)
    )
    for side in (-0.62, 0.62):
        middle = x + width * side
        canvas.rectangle(
            middle - width * 0.19,
            base - height * 0.74,
            middle + width * 0.19,
            base - height * 0.38,
            paint.window,
        )


def _tree(canvas: Canvas, paint: _Paint) -> None:
    x, base, scale = paint.x, paint.ground, paint.scale
    trunk = lit((104, 72, 48), paint.light)
    canvas.rectangle(x - 0.018 * scale, base - 0.17 * scale, x + 0.018 * scale, base, trunk)
    for dx, dy, radius, color in (
        (0.0, -0.20, 0.105, paint.dark),
        (-0.075, -0.20, 0.075, paint.dark),
        (0.075, -0.20, 0.075, paint.dark),
        (-0.045, -0.26, 0.08, paint.main),
        (0.05, -0.265, 0.075, paint.main),
        (0.0, -0.32, 0.075, paint.main),
        (-0.03, -0.31, 0.04, paint.bright),
    ):
        canvas.ellipse(x + dx * scale, base + dy * scale, radius * scale, radius * scale * 0.95, color)


def _car(canvas: Canvas, paint: _Paint) -> None:
    x, width, height = paint.x, 0.15 * paint.scale, 0.062 * paint.scale
    base = paint.ground - 0.03 * paint.scale

    def cabin(left: float, left_top: float, right_top: float, right: float, top: float, color: Color) -> None:
        canvas.polygon(
            [
                (x + width * left, base - height),
                (x + width * left_top, base - height * top),
                (x + width * right_top, base - height * top),
                (x + width * right, base - height),
            ],
            color,
        )

    cabin(-0.58, -0.36, 0.30, 0.60, 1.95, paint.dark)
    cabin(-0.46, -0.30, -0.04, -0.04, 1.75, paint.window)
    cabin(0.04, 0.04, 0.25, 0.46, 1.75, paint.window)
    canvas.rounded(x - width, base - height, x + width, base, height * 0.45, paint.main)
    canvas.rectangle(x + width * 0.88, base - height * 0.75, x + width, base - height * 0.45, (255, 240, 160))
    for side in (-0.55, 0.55):
        canvas.circle(x + width * side, base, 0.036 * paint.scale, (34, 34, 40))
        canvas.circle(x + width * side, base, 0.016 * paint.scale, (170, 170, 176))


def _boat(canvas: Canvas, paint: _Paint, water: float) -> None:
    x, scale, width = paint.x, paint.scale, 0.125 * paint.scale
    hull = [
        (x - width, water - 0.045 * scale),
        (x + width, water - 0.045 * scale),
        (x + width * 0.68, water + 0.02 * scale),
        (x - width * 0.68, water + 0.02 * scale),
    ]
    canvas.polygon(hull, paint.main)
    canvas.rectangle(x - width, water - 0.047 * scale, x + width, water - 0.034 * scale, paint.dark)
    mast = lit((90, 64, 44), paint.light)
    canvas.rectangle(x - 0.006 * scale, water - 0.26 * scale, x + 0.006 * scale, water - 0.045 * scale, mast)
    for near, far, top, sail in (
        (0.012, 0.11, 0.255, (250, 248, 238)),
        (-0.012, -0.08, 0.22, (226, 224, 214)),
    ):
        foot = water - 0.06 * scale
        triangle = [
            (x + near * scale, water - top * scale),
            (x + near * scale, foot),
            (x + far * scale, foot),
        ]
        canvas.polygon(triangle, lit(sail, paint.light))


def _balloon(canvas: Canvas, paint: _Paint, thing: SceneObject) -> None:
    x, y, radius = paint.x, balloon_height(thing), 0.115 * paint.scale
    rope = lit((70, 50, 40), paint.light)
    for side in (-1, 1):
        start = (x + side * radius * 0.6, y + radius * 0.7)
        canvas.line(start, (x + side * radius * 0.16, y + radius * 1.5), 1 / 150, rope)
    stripe = (214, 214, 220) if thing.color == "white" else paint.bright
    for share, shoulder, neck, color in (
        (1.0, 0.86, 0.28, paint.main),
        (0.62, 0.53, 0.2, stripe),
        (0.26, 0.23, 0.08, paint.main),
    ):
        canvas.polygon(
            [
                (x - radius * shoulder, y + radius * 0.5),
                (x + radius * shoulder, y + radius * 0.5),
                (x + radius * neck, y + radius * 1.2),
                (x - radius * neck, y + radius * 1.2),
            ],
            color,
        )
        canvas.ellipse(x, y, radius * share, radius, color)
    basket = lit((140, 96, 58), paint.light)
    canvas.rectangle(x - radius * 0.24, y + radius * 1.42, x + radius * 0.24, y + radius * 1.75, basket)
