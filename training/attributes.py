"""Scenes as vectors of attributes: what the classifier tells and what the scores count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training.scenes import COLORS, KINDS, LANDS, PLACES, SIZES, SKIES, STYLES

if TYPE_CHECKING:
    from training.scenes import Scene

#: A column for each attribute; UNKNOWN where it does not apply or cannot be seen.
Attributes = NDArray[np.int64]
UNKNOWN = -1
SKY, LAND, STYLE, CLOUDS = range(4)
WHOLE_PICTURE = {"sky": SKY, "land": LAND, "style": STYLE, "clouds": CLOUDS}
#: For each kind of object: is it there, its colour, its place, its size.
PRESENT, COLOR, PLACE, SIZE = range(4)
#: How many values each attribute has.
VALUES = (
    len(SKIES),
    len(LANDS),
    len(STYLES),
    2,
    *(2, len(COLORS), len(PLACES), len(SIZES)) * len(KINDS),
)
COUNT = len(VALUES)
#: Styles in which a colour can be told.
COLORFUL = frozenset({"flat", "watercolor", "pixel"})


def column(kind: str, attribute: int) -> int:
    """Return the column of an object's attribute."""
    return 4 + 4 * KINDS.index(kind) + attribute


PRESENCE = tuple(column(kind, PRESENT) for kind in KINDS)


def attributes(scene: Scene) -> Attributes:
    """Return what can be seen of a scene: storms hide whether there are clouds, grey styles the colours."""
    vector = np.full(COUNT, UNKNOWN, np.int64)
    vector[SKY] = SKIES.index(scene.sky)
    vector[LAND] = LANDS.index(scene.land)
    vector[STYLE] = STYLES.index(scene.style)
    if scene.sky != "stormy":
        vector[CLOUDS] = int(scene.clouds)
    vector[list(PRESENCE)] = 0
    for thing in scene.objects:
        vector[column(thing.kind, PRESENT)] = 1
        if scene.style in COLORFUL:
            vector[column(thing.kind, COLOR)] = COLORS.index(thing.color)
        vector[column(thing.kind, PLACE)] = PLACES.index(thing.place)
        vector[column(thing.kind, SIZE)] = SIZES.index(thing.size)
    return vector


def wanted(scene: Scene) -> Attributes:
    """Return what a complete caption asks for: a medium size is not said."""
    vector = attributes(scene)
    for thing in scene.objects:
        if thing.size == "medium":
            vector[column(thing.kind, SIZE)] = UNKNOWN
    return vector
