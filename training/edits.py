"""Edits: an instruction, and the scene after it; everything that it does not mention stays the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from training.captions import LAND, PLACE, STYLE_BEHIND, SUMMERLY, object_phrase, with_article
from training.scenes import (
    MOST_OBJECTS,
    PLACES,
    SWIMMING,
    random_object,
    random_scene,
    shows_seasons,
    suits,
)

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
    "dawn": ("make it dawn", "make the sky dawn", "change it to sunrise", "turn it into dawn"),
}
#: The words for what is there, when one thing takes another's place.
SKY_NAME = {"day": "day", "sunset": "sunset", "night": "night", "stormy": "storm", "dawn": "dawn"}
LAND_NAME = {"mountains": "mountains", "sea": "sea", "hills": "hills", "desert": "desert", "snow": "snow"}


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One instruction and what it does."""

    #: What changes: sky, style, land, clouds, add, remove, color, replace, move; in the wide world also
    #: season, restore (the picture is damaged), compose and imitate (another picture's object or style).
    kind: str
    instruction: str
    target: Scene
    #: Pictures 2 and 3, where the instruction speaks of them.
    others: tuple[Scene, ...] = ()
    #: What stays as it is but for the change: the picture with this number.
    base: int = 1
    #: What damaged the first picture; None for nothing.
    damage: int | None = None

    def before(self, scene: Scene) -> Scene:
        """Return the scene that the instruction changes, `scene` being picture 1."""
        return (scene, *self.others)[self.base - 1]


def random_edit(scene: Scene, rng: Random) -> Edit:
    """Think of an edit that this scene allows; the kinds that change the whole picture come up oftener."""
    kinds = ["sky", "sky", "style", "style", "style"]
    if not any(thing.kind in SWIMMING for thing in scene.objects):
        kinds += ["land", "land"]
    if scene.sky != "stormy":
        kinds.append("clouds")
    if len(scene.objects) < MOST_OBJECTS:
        kinds.append("add")
    if scene.objects:
        kinds += ["remove", "remove", "color", "color", "replace"]
    if 0 < len(scene.objects) < MOST_OBJECTS:
        kinds.append("move")
    if len(scene.world.seasons) > 1:
        kinds += ["restore", "imitate", "imitate"]
        if shows_seasons(scene):
            kinds += ["season", "season"]
        if scene.objects:
            kinds += ["compose"] * 4
    return edit(scene, rng.choice(kinds), rng)


def edit(scene: Scene, kind: str, rng: Random) -> Edit:
    """Think of an edit of one kind; the scene must allow it (see `random_edit`)."""
    if kind in _PICTURES:
        return _PICTURES[kind](scene, rng)
    if kind in _WHOLE:
        instruction, target = _WHOLE[kind](scene, rng)
    else:
        thing = rng.choice(scene.objects)
        instruction, changed = _ONE_OBJECT[kind](scene, thing, rng)
        others = tuple(other for other in scene.objects if other is not thing)
        target = replace(scene, objects=(*others, *changed))
    return Edit(kind=kind, instruction=instruction, target=target)


def _sky(scene: Scene, rng: Random) -> tuple[str, Scene]:
    sky = rng.choice([sky for sky in scene.world.skies if sky != scene.sky])
    options = [
        *SKY_INSTRUCTIONS[sky],
        f"turn {SKY_NAME[scene.sky]} to {SKY_NAME[sky]}",
        f"change {SKY_NAME[scene.sky]} to {SKY_NAME[sky]}",
    ]
    return rng.choice(options), replace(scene, sky=sky)


def _style(scene: Scene, rng: Random) -> tuple[str, Scene]:
    style = rng.choice([style for style in scene.world.styles if style != scene.style])
    name = rng.choice(STYLE_BEHIND[style])
    starts = ("make it", "turn it into", "change it to", "change the style to")
    return f"{rng.choice(starts)} {name}", replace(scene, style=style)


def _land(scene: Scene, rng: Random) -> tuple[str, Scene]:
    land = rng.choice([land for land in scene.world.lands if land != scene.land])
    start = rng.choice(
        (
            "change the land to",
            "change the background to",
            "make the land",
            f"replace the {LAND_NAME[scene.land]} with",
            f"turn the {LAND_NAME[scene.land]} into",
        )
    )
    name = rng.choice(LAND[land])
    target = replace(scene, land=land)
    if scene.season != "summer":
        # The season stays where it shows; where it does not, a scene has none.
        target = target if shows_seasons(target) else replace(target, season="summer")
        name = name.replace(SUMMERLY, "hills")
    return f"{start} {name}", target


def _season(scene: Scene, rng: Random) -> tuple[str, Scene]:
    season = rng.choice([season for season in scene.world.seasons if season != scene.season])
    start = rng.choice(("make it", "turn it into", "change it to", "turn the land into"))
    return f"{start} {season}", replace(scene, season=season)


def _clouds(scene: Scene, rng: Random) -> tuple[str, Scene]:
    options = (
        ("remove the clouds", "clear sky", "clear the sky", "make the sky clear")
        if scene.clouds
        else ("add clouds", "add clouds to the sky", "make it with clouds")
    )
    return rng.choice(options), replace(scene, clouds=not scene.clouds)


def _add(scene: Scene, rng: Random) -> tuple[str, Scene]:
    thing = random_object(rng, scene.world, scene.land, scene.objects)
    return f"add {object_phrase(thing, rng, placed=scene.world.placed)}", replace(
        scene, objects=(*scene.objects, thing)
    )


Changed = tuple[str, tuple["SceneObject", ...]]


def _remove(scene: Scene, thing: SceneObject, rng: Random) -> Changed:
    verb = rng.choice(("remove", "delete"))
    name = rng.choice((thing.kind, f"{thing.color} {thing.kind}"))
    return f"{verb} the {name}", ()


def _color(scene: Scene, thing: SceneObject, rng: Random) -> Changed:
    color = rng.choice([color for color in scene.world.colors if color != thing.color])
    options = (f"make the {thing.kind} {color}", f"change the {thing.kind} to {color}")
    return rng.choice(options), (replace(thing, color=color),)


def _replace(scene: Scene, thing: SceneObject, rng: Random) -> Changed:
    taken = {other.kind for other in scene.objects}
    kind = rng.choice([k for k in scene.world.kinds if k not in taken and suits(k, scene.land)])
    name = with_article(kind)
    options = (f"replace the {thing.kind} with {name}", f"change the {thing.kind} into {name}")
    return rng.choice(options), (replace(thing, kind=kind),)


def _move(scene: Scene, thing: SceneObject, rng: Random) -> Changed:
    taken = {other.place for other in scene.objects}
    place = rng.choice([place for place in PLACES if place not in taken])
    return f"move the {thing.kind} {rng.choice(PLACE[place])}", (replace(thing, place=place),)


PICTURE = (
    ("picture 1", "the first picture"),
    ("picture 2", "the second picture"),
    ("picture 3", "the third picture"),
)


def _restore(scene: Scene, rng: Random) -> Edit:
    verb = rng.choice(("restore", "repair"))
    name = rng.choice(("the picture", "the photo", "it", "the old picture", "the old photo"))
    return Edit(kind="restore", instruction=f"{verb} {name}", target=scene, damage=rng.randrange(1 << 30))


def _imitate(scene: Scene, rng: Random) -> Edit:
    """Draw picture 1 in the style of picture 2."""
    other = random_scene(rng, scene.world)
    style = rng.choice([style for style in scene.world.styles if style != scene.style])
    second = rng.choice(PICTURE[1])
    instruction = rng.choice(
        (
            f"in the style of {second}",
            f"make {rng.choice(PICTURE[0])} in the style of {second}",
            f"change the style to the style of {second}",
            f"paint it like {second}",
            f"make it the same style as {second}",
        )
    )
    return Edit(
        kind="imitate",
        instruction=instruction,
        target=replace(scene, style=style),
        others=(replace(other, style=style),),
    )


def _compose(scene: Scene, rng: Random) -> Edit:
    """Put an object of picture 1, and perhaps one of picture 2, into the last picture, where they stood."""
    pictures, moved = [scene], [rng.choice(scene.objects)]
    if rng.random() < 0.35:
        second = random_scene(rng, scene.world)
        fitting = [
            thing for thing in second.objects if thing.kind != moved[0].kind and thing.place != moved[0].place
        ]
        if fitting:
            pictures.append(second)
            moved.append(rng.choice(fitting))
    world = scene.world
    last = random_scene(rng, world)
    if any(thing.kind in SWIMMING for thing in moved):
        last = replace(last, land="sea", season="summer")
    kinds, places = {thing.kind for thing in moved}, {thing.place for thing in moved}
    stay = tuple(thing for thing in last.objects if thing.kind not in kinds and thing.place not in places)
    last = replace(last, objects=stay[: MOST_OBJECTS - len(moved)])
    names = [
        f"the {rng.choice((thing.kind, f'{thing.color} {thing.kind}'))} {rng.choice(('of', 'from'))} "
        f"{rng.choice(PICTURE[number])}"
        for number, thing in enumerate(moved)
    ]
    into = rng.choice(PICTURE[len(pictures)])
    verb = rng.choice(("put", "add"))
    return Edit(
        kind="compose",
        instruction=f"{verb} {' and '.join(names)} {'into' if verb == 'put' else 'to'} {into}",
        target=replace(last, objects=(*last.objects, *moved)),
        others=(*pictures[1:], last),
        base=len(pictures) + 1,
    )


_PICTURES = {"restore": _restore, "imitate": _imitate, "compose": _compose}
_WHOLE = {"sky": _sky, "style": _style, "land": _land, "clouds": _clouds, "season": _season, "add": _add}
_ONE_OBJECT = {"remove": _remove, "color": _color, "replace": _replace, "move": _move}
