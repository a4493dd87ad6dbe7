"""Captions: what a person might type to get a scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training import french_captions
from training.scenes import shows_seasons

if TYPE_CHECKING:
    from random import Random

    from training.scenes import Scene, SceneObject

#: A style before the scene ("a pencil sketch of ...") and behind it ("..., pencil sketch").
STYLE_BEFORE = {
    "flat": ("a flat illustration of", "a picture of", "an illustration of", "a flat picture of", ""),
    "watercolor": ("a watercolor painting of", "a watercolor of", "watercolor of", "a watercolor picture of"),
    "pixel": ("pixel art of", "a pixel art picture of", "a pixel art illustration of"),
    "sketch": ("a pencil sketch of", "a pencil drawing of", "a sketch of", "a drawing of"),
    "sepia": ("a vintage sepia photo of", "an old sepia photo of", "a sepia photo of", "an old photo of"),
    "oil": ("an oil painting of", "an oil picture of", "a painting in oil of"),
    "cartoon": ("a cartoon of", "a cartoon drawing of", "a cartoon picture of"),
    "blueprint": ("a blueprint of", "a blueprint drawing of"),
}
STYLE_BEHIND = {
    "flat": ("flat illustration", "flat style"),
    "watercolor": ("watercolor", "watercolor painting", "watercolor style"),
    "pixel": ("pixel art", "pixel art style"),
    "sketch": ("pencil sketch", "pencil drawing", "sketch"),
    "sepia": ("vintage sepia", "sepia photo", "sepia", "old sepia photo"),
    "oil": ("oil painting", "oil style", "painting in oil"),
    "cartoon": ("cartoon", "cartoon style"),
    "blueprint": ("blueprint", "blueprint style"),
}
LAND = {
    "mountains": ("mountains", "snowy mountains", "tall mountains", "the mountains"),
    "sea": ("the sea", "the ocean", "a beach", "the sea and a beach"),
    "hills": ("green hills", "hills", "a hills landscape"),
    "desert": ("the desert", "desert dunes", "a desert landscape"),
    "snow": ("a snowy field", "snow", "a winter landscape", "a snowy landscape"),
}
SKY = {
    "day": ("during the day", "on a sunny day", "in daylight", "with a blue sky", "day"),
    "sunset": ("at sunset", "in the evening", "with a sunset sky", "sunset"),
    "night": ("at night", "with a moon and stars", "in moonlight", "with a night sky", "night"),
    "stormy": ("in a storm", "with a stormy sky", "with lightning", "on a stormy day"),
    "dawn": ("at dawn", "with a dawn sky", "at sunrise", "dawn"),
}
CLOUDS = (", with clouds", ", clouds", ", clouds in the sky", " and clouds")
CLEAR = (", clear sky", ", with a clear sky")
PLACE = {
    "left": ("on the left", "at the left", "to the left"),
    "center": ("in the center", "at the center"),
    "right": ("on the right", "at the right", "to the right"),
}
#: What may follow the land.
SEASON = {
    "summer": (" in summer", " during summer", ", summer"),
    "spring": (" in spring", " during spring", ", spring"),
    "autumn": (" in autumn", " during autumn", ", autumn"),
    "winter": (" in winter", " during winter", ", winter"),
}
#: Names of lands that are wrong in another season than summer.
SUMMERLY = "green hills"
NAMES = {"balloon": ("balloon", "hot air balloon"), "boat": ("boat", "sailboat")}


def with_article(words: str) -> str:
    """Put "a" or "an" before words."""
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def object_phrase(thing: SceneObject, rng: Random, *, placed: float, complete: bool = False) -> str:
    """Name an object: "a small red house on the left"; when not `complete`, facts may be left out.

    `placed` is how often its place is named then.
    """
    words = []
    if thing.size != "medium" and (complete or rng.random() < 0.8):
        words.append(thing.size)
    if complete or rng.random() < 0.95:
        words.append(thing.color)
    words.append(rng.choice(NAMES.get(thing.kind, (thing.kind,))))
    name = " ".join(words)
    phrase = with_article(name) if thing.count == 1 else f"two {name}s"
    if complete or rng.random() < placed:
        phrase = f"{phrase} {rng.choice(PLACE[thing.place])}"
    return phrase


def caption(scene: Scene, rng: Random, *, complete: bool = False) -> str:
    """Describe a scene in one of many ways: sky, land, style and every object.

    A `complete` caption says everything that the evaluation asks for, also that there are no clouds.
    """
    if scene.world.french and rng.random() < scene.world.french:
        return french_captions.caption(scene, rng, complete=complete)
    before, behind = rng.choice(STYLE_BEFORE[scene.style]), ""
    if before and rng.random() < 0.25:
        before, behind = "", f", {rng.choice(STYLE_BEHIND[scene.style])}"
    land, sky = rng.choice(LAND[scene.land]), rng.choice(SKY[scene.sky])
    if shows_seasons(scene):
        if scene.season != "summer":
            land = land.replace(SUMMERLY, "hills")
        if complete or rng.random() < 0.8:
            land += rng.choice(SEASON[scene.season])
    clouds = ""
    if scene.sky != "stormy":
        if scene.clouds:
            clouds = rng.choice(CLOUDS)
        elif complete or rng.random() < 0.4:
            clouds = rng.choice(CLEAR)
    things_in_order = rng.sample(scene.objects, len(scene.objects))
    objects = [
        object_phrase(thing, rng, placed=scene.world.placed, complete=complete) for thing in things_in_order
    ]
    things = " and ".join(objects)
    order = rng.random()
    if not things:
        text = f"{land} {sky}{clouds}"
    elif order < 0.4:
        text = f"{things}, {land} {sky}{clouds}"
    elif order < 0.65:
        text = f"{land} {sky} with {things}{clouds}"
    elif order < 0.85:
        text = f"{things}, {land}, {sky}{clouds}"
    else:
        text = f"{sky}, {land}, {', '.join(objects)}{clouds}"
    return f"{before} {text}{behind}".strip()
