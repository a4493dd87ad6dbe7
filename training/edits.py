"""Edits: an instruction, and the scene after it; everything that it does not mention stays the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from training.captions import LAND, PLACE, STYLE_BEHIND, object_phrase, with_article
from training.scenes import COLORS, KINDS, LANDS, MOST_OBJECTS, PLACES, SKIES, STYLES, random_object

if TYPE_CHECKING:
    from random import Random

    from training.scenes import Scene, SceneObject

SKY_INSTRUCTIONS = {
    "day": (
        "make it day",
        "make the sky day",
        "change it to a sunny day",
        "turn it into day",
        "make it sunny",
    ),
    "sunset": (
        "make it sunset",
        "make the sky sunset",
        "change it to the evening",
        "turn it into a sunset",
        "make it evening",
    ),
    "night": ("make it night", "make the sky night", "turn it into night", "change it to night"),
    "stormy": ("make it stormy", "make the sky stormy", "change it to a storm", "turn it into a storm"),
}
#: The words for what is there, when one thing takes another's place.
SKY_NAME = {"day": "day", "sunset": "sunset", "night": "night", "stormy": "storm"}
LAND_NAME = {"mountains": "mountains", "sea": "sea", "hills": "hills", "desert": "desert", "snow": "snow"}


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One instruction and what it does."""

    #: What changes: sky, style, land, clouds, add, remove, color, replace or move.
    kind: str
    instruction: str
    target: Scene


def random_edit(scene: Scene, rng: Random) -> Edit:
    """Think of an edit that this scene allows; the kinds that change the whole picture come up oftener."""
    kinds = ["sky", "sky", "style", "style", "style"]
    if not any(thing.kind == "boat" for thing in scene.objects):
        kinds += ["land", "land"]
    if scene.sky != "stormy":
        kinds.append("clouds")
    if len(scene.objects) < MOST_OBJECTS:
        kinds.append("add")
    if scene.objects:
        kinds += ["remove", "remove", "color", "color", "replace"]
    if 0 < len(scene.objects) < MOST_OBJECTS:
        kinds.append("move")
    return edit(scene, rng.choice(kinds), rng)


def edit(scene: Scene, kind: str, rng: Random) -> Edit:
    """Think of an edit of one kind; the scene must allow it (see `random_edit`)."""
    if kind in _WHOLE:
        instruction, target = _WHOLE[kind](scene, rng)
    else:
        thing = rng.choice(scene.objects)
        instruction, changed = _ONE_OBJECT[kind](scene, thing, rng)
        others = tuple(other for other in scene.objects if other is not thing)
        target = replace(scene, objects=(*others, *changed))
    return Edit(kind=kind, instruction=instruction, target=target)


def _sky(scene: Scene, rng: Random) -> tuple[str, Scene]:
    sky = rng.choice([sky for sky in SKIES if sky != scene.sky])
    options = [
        *SKY_INSTRUCTIONS[sky],
        f"turn {SKY_NAME[scene.sky]} to {SKY_NAME[sky]}",
        f"change {SKY_NAME[scene.sky]} to {SKY_NAME[sky]}",
    ]
    return rng.choice(options), replace(scene, sky=sky)


def _style(scene: Scene, rng: Random) -> tuple[str, Scene]:
    style = rng.choice([style for style in STYLES if style != scene.style])
    name = rng.choice(STYLE_BEHIND[style])
    starts = ("make it", "turn it into", "change it to", "change the style to")
    return f"{rng.choice(starts)} {name}", replace(scene, style=style)


def _land(scene: Scene, rng: Random) -> tuple[str, Scene]:
    land = rng.choice([land for land in LANDS if land != scene.land])
    start = rng.choice(
        (
            "change the land to",
            "change the background to",
            "make the land",
            f"replace the {LAND_NAME[scene.land]} with",
            f"turn the {LAND_NAME[scene.land]} into",
        )
    )
    return f"{start} {rng.choice(LAND[land])}", replace(scene, land=land)


def _clouds(scene: Scene, rng: Random) -> tuple[str, Scene]:
    options = (
        ("remove the clouds", "clear sky", "clear the sky", "make the sky clear")
        if scene.clouds
        else ("add clouds", "add clouds to the sky", "make it with clouds")
    )
    return rng.choice(options), replace(scene, clouds=not scene.clouds)


def _add(scene: Scene, rng: Random) -> tuple[str, Scene]:
    thing = random_object(rng, scene.land, scene.objects)
    return f"add {object_phrase(thing, rng)}", replace(scene, objects=(*scene.objects, thing))


Changed = tuple[str, tuple["SceneObject", ...]]


def _remove(scene: Scene, thing: SceneObject, rng: Random) -> Changed:
    verb = rng.choice(("remove", "delete"))
    name = rng.choice((thing.kind, f"{thing.color} {thing.kind}"))
    return f"{verb} the {name}", ()


def _color(scene: Scene, thing: SceneObject, rng: Random) -> Changed:
    color = rng.choice([color for color in COLORS if color != thing.color])
    options = (f"make the {thing.kind} {color}", f"change the {thing.kind} to {color}")
    return rng.choice(options), (replace(thing, color=color),)


def _replace(scene: Scene, thing: SceneObject, rng: Random) -> Changed:
    taken = {other.kind for other in scene.objects}
    kind = rng.choice([k for k in KINDS if k not in taken and (k != "boat" or scene.land == "sea")])
    name = with_article(kind)
    options = (f"replace the {thing.kind} with {name}", f"change the {thing.kind} into {name}")
    return rng.choice(options), (replace(thing, kind=kind),)


def _move(scene: Scene, thing: SceneObject, rng: Random) -> Changed:
    taken = {other.place for other in scene.objects}
    place = rng.choice([place for place in PLACES if place not in taken])
    return f"move the {thing.kind} {rng.choice(PLACE[place])}", (replace(thing, place=place),)


_WHOLE = {"sky": _sky, "style": _style, "land": _land, "clouds": _clouds, "add": _add}
_ONE_OBJECT = {"remove": _remove, "color": _color, "replace": _replace, "move": _move}
