"""Draws the objects of a scene."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.palettes import (
    LAND_LIGHT,
    OBJECT_COLOR,
    OBJECT_LIGHT,
    SEASON_SHADOW,
    SHADOW,
    Color,
    Light,
    blend,
    darker,
    lit,
)
from training.scenes import SceneObject, figures, sky_height, waterline

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.canvas import Canvas, Point
    from training.scenes import Scene

#: Far things first: what is in the sky is behind everything, what swims behind what stands on the shore.
DEPTH = {"balloon": 0, "bird": 0, "boat": 1, "fish": 1}
ASHORE = 2


@dataclass(frozen=True, kw_only=True)
class _Paint:
    """Where an object stands, how large it is and in which colours."""

    thing: SceneObject
    x: float
    #: Where its feet are, or the middle of what is in the sky, or where the water is.
    base: float
    scale: float
    light: Light
    main: Color
    dark: Color
    bright: Color
    window: Color


def draw_objects(canvas: Canvas, scene: Scene) -> None:
    """Draw all objects, the far ones first."""
    draw: dict[str, Callable[[Canvas, _Paint], None]] = {
        "house": _house,
        "tree": _tree,
        "boat": _boat,
        "car": _car,
        "balloon": _balloon,
        "fish": _fish,
        "bird": _bird,
        "lighthouse": _lighthouse,
        "windmill": _windmill,
        "cat": _cat,
    }
    for thing in sorted(scene.objects, key=lambda thing: DEPTH.get(thing.kind, ASHORE)):
        light = OBJECT_LIGHT[scene.sky]
        main = lit(OBJECT_COLOR[thing.color], light)
        for x, scale in figures(thing):
            paint = _Paint(
                thing=thing,
                x=x,
                base=_base(scene, thing),
                scale=scale,
                light=light,
                main=main,
                dark=darker(main, 0.72),
                bright=blend(main, (255, 255, 255), 0.25),
                window=(255, 226, 120) if scene.sky == "night" else lit((170, 214, 240), light),
            )
            if thing.kind in SHADOW_WIDTH:
                shade = lit(SEASON_SHADOW.get(scene.season, SHADOW[scene.land]), LAND_LIGHT[scene.sky])
                width = SHADOW_WIDTH[thing.kind] * scale
                canvas.ellipse(x + 0.02, paint.base, width, 0.022 * scale, shade)
            draw[thing.kind](canvas, paint)


def _base(scene: Scene, thing: SceneObject) -> float:
    depth = DEPTH.get(thing.kind, ASHORE)
    if depth == 0:
        return sky_height(thing)
    return waterline(scene, thing) if depth == 1 else 0.86 + thing.jitter_y


SHADOW_WIDTH = {"house": 0.128, "tree": 0.128, "car": 0.16, "lighthouse": 0.07, "windmill": 0.09, "cat": 0.09}


def _house(canvas: Canvas, paint: _Paint) -> None:
    x, base = paint.x, paint.base
    width, height = 0.125 * paint.scale, 0.16 * paint.scale
    slate, tile = (70, 72, 92), (112, 64, 50)
    roof = lit(slate if paint.thing.color in {"red", "orange"} else tile, paint.light)
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
    x, base, scale = paint.x, paint.base, paint.scale
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
    base = paint.base - 0.03 * paint.scale

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


def _boat(canvas: Canvas, paint: _Paint) -> None:
    x, water, scale, width = paint.x, paint.base, paint.scale, 0.125 * paint.scale
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


def _balloon(canvas: Canvas, paint: _Paint) -> None:
    x, y, radius = paint.x, paint.base, 0.115 * paint.scale
    rope = lit((70, 50, 40), paint.light)
    for side in (-1, 1):
        start = (x + side * radius * 0.6, y + radius * 0.7)
        canvas.line(start, (x + side * radius * 0.16, y + radius * 1.5), 1 / 150, rope)
    stripe = (214, 214, 220) if paint.thing.color == "white" else paint.bright
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


def _fish(canvas: Canvas, paint: _Paint) -> None:
    """A fish that jumps out of the water, to the right, over the rings that it left."""
    x, water, scale = paint.x, paint.base, paint.scale
    foam = lit((226, 240, 246), paint.light)
    canvas.ellipse(x - 0.01 * scale, water, 0.12 * scale, 0.02 * scale, foam)
    canvas.ellipse(
        x - 0.01 * scale, water - 0.002, 0.09 * scale, 0.012 * scale, lit((52, 130, 186), paint.light)
    )
    y = water - 0.085 * scale
    tail = [(-0.06, 0.0), (-0.135, -0.055), (-0.115, 0.0), (-0.135, 0.055)]
    canvas.polygon([(x + dx * scale, y + dy * scale) for dx, dy in tail], paint.dark)
    fin = [(-0.03, -0.035), (0.0, -0.07), (0.045, -0.03)]
    canvas.polygon([(x + dx * scale, y + dy * scale) for dx, dy in fin], paint.dark)
    canvas.ellipse(x + 0.012 * scale, y, 0.095 * scale, 0.046 * scale, paint.main)
    canvas.ellipse(x + 0.005 * scale, y + 0.018 * scale, 0.06 * scale, 0.018 * scale, paint.bright)
    canvas.circle(x + 0.07 * scale, y - 0.01 * scale, 0.013 * scale, lit((255, 255, 255), paint.light))
    canvas.circle(x + 0.073 * scale, y - 0.01 * scale, 0.007 * scale, (24, 24, 30))


def _bird(canvas: Canvas, paint: _Paint) -> None:
    """A bird in flight, to the right, with both wings up."""
    x, y, scale = paint.x, paint.base, paint.scale

    def shape(points: tuple[tuple[float, float], ...], color: Color) -> None:
        canvas.polygon([(x + dx * scale, y + dy * scale) for dx, dy in points], color)

    shape(((0.02, 0.0), (-0.02, -0.095), (-0.075, -0.075), (-0.045, 0.01)), paint.dark)
    shape(((-0.06, 0.01), (-0.135, -0.012), (-0.125, 0.04), (-0.05, 0.035)), paint.dark)
    canvas.ellipse(x, y + 0.018 * scale, 0.085 * scale, 0.04 * scale, paint.main)
    canvas.circle(x + 0.075 * scale, y - 0.008 * scale, 0.034 * scale, paint.main)
    shape(((0.035, 0.005), (0.045, -0.095), (-0.03, -0.07), (-0.04, 0.015)), paint.bright)
    shape(((0.1, -0.018), (0.14, -0.002), (0.1, 0.012)), lit((250, 170, 40), paint.light))
    canvas.circle(x + 0.085 * scale, y - 0.015 * scale, 0.009 * scale, (24, 24, 30))


def _lighthouse(canvas: Canvas, paint: _Paint) -> None:
    """A tower with two bands, and a lantern under a roof."""
    x, base, scale = paint.x, paint.base, paint.scale
    wall = lit((244, 240, 230) if paint.thing.color != "white" else (120, 128, 140), paint.light)
    rock = lit((96, 96, 104), paint.light)
    canvas.ellipse(x, base - 0.005 * scale, 0.095 * scale, 0.032 * scale, rock)
    foot, top, height = 0.062, 0.038, 0.27

    def half(share: float) -> float:
        return (foot + (top - foot) * share) * scale

    stripes = 5
    for number in range(stripes):
        low, high = number / stripes, (number + 1) / stripes
        y_low, y_high = base - height * scale * low, base - height * scale * high
        canvas.polygon(
            [
                (x - half(low), y_low),
                (x + half(low), y_low),
                (x + half(high), y_high),
                (x - half(high), y_high),
            ],
            wall if number % 2 else paint.main,
        )
    y = base - height * scale
    canvas.rectangle(x - 0.052 * scale, y - 0.014 * scale, x + 0.052 * scale, y, paint.dark)
    lamp = (255, 236, 130)
    canvas.rectangle(x - 0.03 * scale, y - 0.062 * scale, x + 0.03 * scale, y - 0.014 * scale, lamp)
    roof = [
        (x - 0.044 * scale, y - 0.06 * scale),
        (x, y - 0.115 * scale),
        (x + 0.044 * scale, y - 0.06 * scale),
    ]
    canvas.polygon(roof, paint.main)
    canvas.rectangle(
        x - 0.014 * scale, base - 0.05 * scale, x + 0.014 * scale, base, lit((70, 54, 46), paint.light)
    )


def _windmill(canvas: Canvas, paint: _Paint) -> None:
    """A mill with four sails, crosswise."""
    x, base, scale = paint.x, paint.base, paint.scale
    height = 0.21 * scale
    tower = [
        (x - 0.075 * scale, base),
        (x + 0.075 * scale, base),
        (x + 0.048 * scale, base - height),
        (x - 0.048 * scale, base - height),
    ]
    canvas.polygon(tower, paint.main)
    canvas.polygon([*tower[1:3], (x + 0.012 * scale, base - height), (x + 0.03 * scale, base)], paint.dark)
    cap = lit((104, 68, 52), paint.light)
    canvas.ellipse(x, base - height, 0.056 * scale, 0.05 * scale, cap)
    door = lit((86, 58, 42), paint.light)
    canvas.rectangle(x - 0.018 * scale, base - 0.06 * scale, x + 0.018 * scale, base, door)
    hub = base - height - 0.01 * scale
    sail, spar = lit((250, 246, 232), paint.light), lit((92, 66, 48), paint.light)
    for along_x, along_y in ((0.72, 0.69), (-0.69, 0.72), (-0.72, -0.69), (0.69, -0.72)):
        across_x, across_y = -along_y, along_x

        def at(
            along: float, across: float, way: tuple[float, ...] = (along_x, along_y, across_x, across_y)
        ) -> Point:
            dx, dy = along * way[0] + across * way[2], along * way[1] + across * way[3]
            return x + dx * scale, hub + dy * scale

        canvas.polygon([at(0.045, 0.0), at(0.165, 0.0), at(0.165, 0.044), at(0.045, 0.034)], sail)
        canvas.line(at(0, 0), at(0.17, 0), 0.011 * scale, spar)
    canvas.circle(x, hub, 0.016 * scale, spar)


def _cat(canvas: Canvas, paint: _Paint) -> None:
    """A cat that sits and looks at whoever looks at it."""
    x, base, scale = paint.x, paint.base, paint.scale

    def shape(points: tuple[tuple[float, float], ...], color: Color) -> None:
        canvas.polygon([(x + dx * scale, base + dy * scale) for dx, dy in points], color)

    shape(
        ((0.05, -0.01), (0.115, -0.02), (0.13, -0.11), (0.105, -0.115), (0.09, -0.045), (0.05, -0.04)),
        paint.dark,
    )
    canvas.ellipse(x, base - 0.065 * scale, 0.068 * scale, 0.075 * scale, paint.main)
    canvas.ellipse(x, base - 0.05 * scale, 0.034 * scale, 0.05 * scale, paint.bright)
    for side in (-1, 1):
        canvas.ellipse(
            x + side * 0.036 * scale, base - 0.008 * scale, 0.026 * scale, 0.016 * scale, paint.main
        )
        shape(((side * 0.066, -0.175), (side * 0.07, -0.245), (side * 0.018, -0.2)), paint.dark)
    canvas.ellipse(x, base - 0.16 * scale, 0.072 * scale, 0.06 * scale, paint.main)
    for side in (-1, 1):
        eye = lit((250, 240, 150), paint.light)
        canvas.ellipse(x + side * 0.028 * scale, base - 0.168 * scale, 0.015 * scale, 0.013 * scale, eye)
        canvas.ellipse(
            x + side * 0.028 * scale, base - 0.168 * scale, 0.006 * scale, 0.012 * scale, (20, 20, 26)
        )
    shape(((-0.011, -0.148), (0.011, -0.148), (0.0, -0.134)), (214, 110, 120))
