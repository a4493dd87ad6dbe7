"""Scenes: what the training pictures show, as data."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from training.worlds import World

SIZES = ("small", "medium", "large")
PLACES = ("left", "center", "right")
#: Where the places are, in scene units.
PLACE_X = {"left": 0.22, "center": 0.5, "right": 0.78}
#: Factor on an object's measures.
SCALE = {"small": 0.62, "medium": 1.0, "large": 1.4}
MOST_OBJECTS = 3
#: What is only at sea, and the lands that look different in every season.
SWIMMING = frozenset({"boat", "fish"})
SEASONED = frozenset({"mountains", "hills"})


@dataclass(frozen=True, kw_only=True)
class SceneObject:
    """A thing in a scene."""

    kind: str
    color: str
    size: str
    place: str
    #: How far from its place it stands, in scene units.
    jitter_x: float
    jitter_y: float
    #: How many of it stand there, side by side.
    count: int = 1


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Everything that a picture shows; each part has its own seed, so that one can change alone.

    Scene units: the shorter side of a picture is 1 and the square from (0, 0) to (1, 1) is its middle, with y
    pointing down. Longer pictures show more scene around that square.
    """

    world: World = field(repr=False)
    sky: str
    land: str
    style: str
    clouds: bool
    #: Where sun or moon stand, in scene units.
    light_x: float
    light_y: float
    #: Where the sky ends, in scene units.
    horizon: float
    sky_seed: int
    land_seed: int
    style_seed: int
    objects: tuple[SceneObject, ...]
    season: str = "summer"


def random_object(rng: Random, world: World, land: str, others: tuple[SceneObject, ...]) -> SceneObject:
    """Think of one more object: another kind, at a free place; what swims only at sea."""
    taken = {other.kind for other in others}
    kinds = [kind for kind in world.kinds if kind not in taken and suits(kind, land)]
    swimming = [kind for kind in kinds if kind in SWIMMING]
    if swimming and rng.random() < 0.3:
        kind = swimming[0] if len(swimming) == 1 else rng.choice(swimming)
    else:
        kind = rng.choice(kinds)
    places = [place for place in PLACES if place not in {other.place for other in others}]
    thing = SceneObject(
        kind=kind,
        color="green" if kind == "tree" and rng.random() < 0.5 else rng.choice(world.colors),
        size=rng.choice(SIZES),
        place=rng.choice(places),
        jitter_x=rng.uniform(-0.045, 0.045),
        jitter_y=rng.uniform(-0.03, 0.03),
    )
    if world.most > 1 and rng.random() < world.several:
        # Small ones would be too small to tell.
        size = "medium" if thing.size == "small" else thing.size
        return replace(thing, count=rng.randint(2, world.most), size=size)
    return thing


def random_scene(rng: Random, world: World) -> Scene:
    """Think of a scene; every choice is independent, so that any combination may turn up."""
    land = rng.choice(world.lands)
    objects: tuple[SceneObject, ...] = ()
    for _ in range(rng.choices((0, 1, 2, 3), (0.08, 0.47, 0.38, 0.07))[0]):
        objects = (*objects, random_object(rng, world, land, objects))
    scene = Scene(
        world=world,
        sky=rng.choice(world.skies),
        land=land,
        style=rng.choice(world.styles),
        clouds=rng.random() < 0.5,
        light_x=rng.uniform(0.12, 0.88),
        light_y=rng.uniform(0.1, 0.3),
        horizon=rng.uniform(0.54, 0.64),
        sky_seed=rng.randrange(1 << 30),
        land_seed=rng.randrange(1 << 30),
        style_seed=rng.randrange(1 << 30),
        objects=objects,
    )
    if shows_seasons(scene):
        return replace(scene, season=rng.choice(world.seasons))
    return scene


def suits(kind: str, land: str) -> bool:
    """Return whether a kind of object can be on a land."""
    return kind not in SWIMMING or land == "sea"


def shows_seasons(scene: Scene) -> bool:
    """Return whether a scene looks different in another season."""
    return len(scene.world.seasons) > 1 and scene.land in SEASONED


def figures(thing: SceneObject) -> list[tuple[float, float]]:
    """Place the figures of an object: the x of each and the factor on its measures."""
    x, scale = PLACE_X[thing.place] + thing.jitter_x, SCALE[thing.size]
    if thing.count == 1:
        return [(x, scale)]
    return [(x + side * 0.1 * scale, scale * 0.68) for side in (-1, 1)]


def object_box(scene: Scene, thing: SceneObject) -> tuple[float, float, float, float]:
    """Bound an object: left, top, right, bottom in scene units."""
    boxes = [_figure_box(scene, thing, x, scale) for x, scale in figures(thing)]
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _figure_box(
    scene: Scene, thing: SceneObject, x: float, scale: float
) -> tuple[float, float, float, float]:
    ground = 0.86 + thing.jitter_y
    if thing.kind == "balloon":
        radius = 0.115 * scale
        y = sky_height(thing)
        return x - radius, y - radius, x + radius, y + radius * 1.8
    if thing.kind == "bird":
        y = sky_height(thing)
        return x - 0.14 * scale, y - 0.1 * scale, x + 0.14 * scale, y + 0.07 * scale
    if thing.kind == "boat":
        water = waterline(scene, thing)
        return x - 0.13 * scale, water - 0.26 * scale, x + 0.13 * scale, water + 0.03 * scale
    if thing.kind == "fish":
        water = waterline(scene, thing)
        return x - 0.14 * scale, water - 0.15 * scale, x + 0.13 * scale, water + 0.03 * scale
    height = GROUND_HEIGHT[thing.kind]
    return x - 0.16 * scale, ground - height * scale, x + 0.16 * scale, ground + 0.03


#: How high over the ground things reach, before scaling.
GROUND_HEIGHT = {"tree": 0.4, "house": 0.28, "car": 0.16, "lighthouse": 0.4, "windmill": 0.4, "cat": 0.24}


def sky_height(thing: SceneObject) -> float:
    """Return the y of the middle of what is in the sky; a balloon never leaves the central square."""
    return max(0.27 + thing.jitter_y * 2, 0.115 * SCALE[thing.size] + 0.02)


def waterline(scene: Scene, thing: SceneObject) -> float:
    """Return the y at which a boat floats and out of which a fish jumps."""
    return scene.horizon + 0.17 + thing.jitter_y
