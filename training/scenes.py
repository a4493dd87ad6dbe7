"""Scenes: what the training pictures show, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

SKIES = ("day", "sunset", "night", "stormy")
LANDS = ("mountains", "sea", "hills", "desert", "snow")
STYLES = ("flat", "watercolor", "pixel", "sketch", "sepia")
KINDS = ("house", "tree", "boat", "car", "balloon")
COLORS = ("red", "blue", "yellow", "green", "white", "purple", "orange", "pink")
SIZES = ("small", "medium", "large")
PLACES = ("left", "center", "right")
#: Where the places are, in scene units.
PLACE_X = {"left": 0.22, "center": 0.5, "right": 0.78}
#: Factor on an object's measures.
SCALE = {"small": 0.62, "medium": 1.0, "large": 1.4}
MOST_OBJECTS = 3


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


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Everything that a picture shows; each part has its own seed, so that one can change alone.

    Scene units: the shorter side of a picture is 1 and the square from (0, 0) to (1, 1) is its middle, with y
    pointing down. Longer pictures show more scene around that square.
    """

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


def random_object(rng: Random, land: str, others: tuple[SceneObject, ...]) -> SceneObject:
    """Think of one more object: another kind, at a free place; boats only at sea."""
    taken = {other.kind for other in others}
    kinds = [kind for kind in KINDS if kind not in taken and (kind != "boat" or land == "sea")]
    boat = "boat" in kinds and rng.random() < 0.3
    kind = "boat" if boat else rng.choice(kinds)
    places = [place for place in PLACES if place not in {other.place for other in others}]
    return SceneObject(
        kind=kind,
        color="green" if kind == "tree" and rng.random() < 0.5 else rng.choice(COLORS),
        size=rng.choice(SIZES),
        place=rng.choice(places),
        jitter_x=rng.uniform(-0.045, 0.045),
        jitter_y=rng.uniform(-0.03, 0.03),
    )


def random_scene(rng: Random) -> Scene:
    """Think of a scene; every choice is independent, so that any combination may turn up."""
    land = rng.choice(LANDS)
    objects: tuple[SceneObject, ...] = ()
    for _ in range(rng.choices((0, 1, 2, 3), (0.08, 0.47, 0.38, 0.07))[0]):
        objects = (*objects, random_object(rng, land, objects))
    return Scene(
        sky=rng.choice(SKIES),
        land=land,
        style=rng.choice(STYLES),
        clouds=rng.random() < 0.5,
        light_x=rng.uniform(0.12, 0.88),
        light_y=rng.uniform(0.1, 0.3),
        horizon=rng.uniform(0.54, 0.64),
        sky_seed=rng.randrange(1 << 30),
        land_seed=rng.randrange(1 << 30),
        style_seed=rng.randrange(1 << 30),
        objects=objects,
    )


def object_box(scene: Scene, thing: SceneObject) -> tuple[float, float, float, float]:
    """Bound an object: left, top, right, bottom in scene units."""
    scale = SCALE[thing.size]
    x = PLACE_X[thing.place] + thing.jitter_x
    ground = 0.86 + thing.jitter_y
    if thing.kind == "balloon":
        radius = 0.115 * scale
        y = balloon_height(thing)
        return x - radius, y - radius, x + radius, y + radius * 1.8
    if thing.kind == "boat":
        water = boat_waterline(scene, thing)
        return x - 0.13 * scale, water - 0.26 * scale, x + 0.13 * scale, water + 0.03 * scale
    height = {"tree": 0.4, "house": 0.28, "car": 0.16}[thing.kind]
    return x - 0.16 * scale, ground - height * scale, x + 0.16 * scale, ground + 0.03


def balloon_height(thing: SceneObject) -> float:
    """Return the y of a balloon's middle; it never leaves the central square."""
    return max(0.27 + thing.jitter_y * 2, 0.115 * SCALE[thing.size] + 0.02)


def boat_waterline(scene: Scene, thing: SceneObject) -> float:
    """Return the y at which a boat floats."""
    return scene.horizon + 0.17 + thing.jitter_y
