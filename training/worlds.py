"""Worlds: what a model's pictures can show."""

from __future__ import annotations

from dataclasses import dataclass

COLORS = ("red", "blue", "yellow", "green", "white", "purple", "orange", "pink")


@dataclass(frozen=True, kw_only=True)
class World:
    """The values that the parts of a scene take; every tuple's order is that of the judge's answers."""

    name: str
    skies: tuple[str, ...]
    lands: tuple[str, ...]
    styles: tuple[str, ...]
    kinds: tuple[str, ...]
    colors: tuple[str, ...] = COLORS
    #: The first is how everything looks where seasons do not show.
    seasons: tuple[str, ...] = ("summer",)
    #: How many of a kind stand together at most, and the share of objects that do.
    most: int = 1
    several: float = 0.0
    #: Share of objects whose place a caption names. A model learns places the sooner the oftener.
    placed: float = 0.75
    #: Share of captions and instructions in French.
    french: float = 0.0


#: The world of the small model. Its scenes follow from its seeds and must stay what they are.
SMALL = World(
    name="small",
    skies=("day", "sunset", "night", "stormy"),
    lands=("mountains", "sea", "hills", "desert", "snow"),
    styles=("flat", "watercolor", "pixel", "sketch", "sepia"),
    kinds=("house", "tree", "boat", "car", "balloon"),
)
WIDE = World(
    name="wide",
    skies=(*SMALL.skies, "dawn"),
    lands=SMALL.lands,
    styles=(*SMALL.styles, "oil", "cartoon", "blueprint"),
    kinds=(*SMALL.kinds, "fish", "bird", "lighthouse", "windmill", "cat"),
    seasons=("summer", "spring", "autumn", "winter"),
    most=2,
    several=0.15,
    placed=0.95,
    french=0.2,
)
WORLDS = {world.name: world for world in (SMALL, WIDE)}
