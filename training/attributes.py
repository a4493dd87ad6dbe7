"""Scenes as vectors of attributes: what the classifier tells and what the scores count."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training.scenes import PLACES, SIZES, shows_seasons

if TYPE_CHECKING:
    from training.scenes import Scene
    from training.worlds import World

#: A column for each attribute; UNKNOWN where it does not apply or cannot be seen.
Attributes = NDArray[np.int64]
UNKNOWN = -1
#: Columns that the pictures of every world have.
SKY, LAND, STYLE, CLOUDS = range(4)
#: For each kind of object: is it there, its colour, its place, its size, and in some worlds how many.
PRESENT, COLOR, PLACE, SIZE, NUMBER = range(5)
#: Styles in which a colour can be told.
COLORFUL = frozenset({"flat", "watercolor", "pixel", "oil", "cartoon"})


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Where the attributes of a world's scenes are in a vector."""

    kinds: tuple[str, ...]
    #: Columns of what concerns the whole picture.
    whole: dict[str, int]
    #: Columns of each object.
    each: int
    #: How many values each column has.
    values: tuple[int, ...]

    def of(self, kind: str, attribute: int) -> int:
        """Return the column of an object's attribute."""
        return len(self.whole) + self.each * self.kinds.index(kind) + attribute

    def all_of(self, attribute: int) -> list[int]:
        """Return the columns of one attribute of all kinds of objects."""
        return [self.of(kind, attribute) for kind in self.kinds]


@lru_cache
def columns(world: World) -> Columns:
    """Lay out the attributes of a world."""
    whole = {"sky": SKY, "land": LAND, "style": STYLE, "clouds": CLOUDS}
    pictures = [len(world.skies), len(world.lands), len(world.styles), 2]
    things = [2, len(world.colors), len(PLACES), len(SIZES)]
    if len(world.seasons) > 1:
        whole["season"] = len(whole)
        pictures.append(len(world.seasons))
    if world.most > 1:
        things.append(world.most)
    return Columns(
        kinds=world.kinds,
        whole=whole,
        each=len(things),
        values=(*pictures, *things * len(world.kinds)),
    )


def attributes(scene: Scene) -> Attributes:
    """Return what can be seen of a scene.

    Storms hide whether there are clouds, styles without colours the colours and the seasons.
    """
    world = scene.world
    at = columns(world)
    vector = np.full(len(at.values), UNKNOWN, np.int64)
    vector[SKY] = world.skies.index(scene.sky)
    vector[LAND] = world.lands.index(scene.land)
    vector[STYLE] = world.styles.index(scene.style)
    if scene.sky != "stormy":
        vector[CLOUDS] = int(scene.clouds)
    if shows_seasons(scene) and scene.style in COLORFUL:
        vector[at.whole["season"]] = world.seasons.index(scene.season)
    vector[at.all_of(PRESENT)] = 0
    for thing in scene.objects:
        vector[at.of(thing.kind, PRESENT)] = 1
        if scene.style in COLORFUL:
            vector[at.of(thing.kind, COLOR)] = world.colors.index(thing.color)
        vector[at.of(thing.kind, PLACE)] = PLACES.index(thing.place)
        vector[at.of(thing.kind, SIZE)] = SIZES.index(thing.size)
        if world.most > 1:
            vector[at.of(thing.kind, NUMBER)] = thing.count - 1
    return vector


def wanted(scene: Scene) -> Attributes:
    """Return what a complete caption asks for: a medium size is not said."""
    vector = attributes(scene)
    for thing in scene.objects:
        if thing.size == "medium":
            vector[columns(scene.world).of(thing.kind, SIZE)] = UNKNOWN
    return vector
