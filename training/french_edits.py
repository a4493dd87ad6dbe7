"""Instructions in French."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.french_captions import COLOR, LAND, NOUN, SEASON, SKY, STYLE, object_phrase

if TYPE_CHECKING:
    from random import Random

    from training.edits import Edit
    from training.scenes import Scene, SceneObject

#: Pictures 1 to 3, as they are spoken of.
PICTURE = (
    ("l'image 1", "la première image"),
    ("l'image 2", "la deuxième image"),
    ("l'image 3", "la troisième image"),
)


def instruction(scene: Scene, edit: Edit, rng: Random) -> str:
    """Say in French what an edit of a scene does, in one of several ways."""
    return rng.choice(_WAYS[edit.kind](scene, edit, rng))


Ways = tuple[str, ...]


def _sky(scene: Scene, edit: Edit, rng: Random) -> Ways:
    sky = rng.choice(SKY[edit.target.sky])
    return (f"transforme l'image, {sky}", f"fais l'image {sky}", f"change le ciel, {sky}")


def _style(scene: Scene, edit: Edit, rng: Random) -> Ways:
    style = rng.choice(STYLE[edit.target.style])
    return (f"transforme en {style}", f"change le style en {style}", f"fais {style}")


def _land(scene: Scene, edit: Edit, rng: Random) -> Ways:
    before, after = rng.choice(LAND[scene.land]), rng.choice(LAND[edit.target.land])
    return (f"remplace {before} par {after}", f"change le fond en {after}", f"transforme {before} en {after}")


def _season(scene: Scene, edit: Edit, rng: Random) -> Ways:
    season = SEASON[edit.target.season]
    return (f"transforme l'image {season}", f"fais l'image {season}", f"change le paysage, {season}")


def _clouds(scene: Scene, edit: Edit, rng: Random) -> Ways:
    if edit.target.clouds:
        return ("ajoute des nuages", "mets des nuages", "ajoute des nuages au ciel")
    return ("enlève les nuages", "supprime les nuages", "fais un ciel dégagé")


def _add(scene: Scene, edit: Edit, rng: Random) -> Ways:
    phrase = object_phrase(_new(scene, edit.target)[0], rng, placed=scene.world.placed, complete=False)
    return (f"ajoute {phrase}", f"mets {phrase}")


def _remove(scene: Scene, edit: Edit, rng: Random) -> Ways:
    thing = _named(_new(edit.target, scene)[0], rng)
    return (f"enlève {thing}", f"supprime {thing}", f"efface {thing}")


def _color(scene: Scene, edit: Edit, rng: Random) -> Ways:
    thing = _new(scene, edit.target)[0]
    name, feminine = NOUN[thing.kind]
    color = COLOR[thing.color][feminine]
    the = _the(name, feminine)
    return (f"rends {the} {color}", f"change {the} en {color}")


def _replace(scene: Scene, edit: Edit, rng: Random) -> Ways:
    before, after = _new(edit.target, scene)[0], _new(scene, edit.target)[0]
    name, feminine = NOUN[after.kind]
    old = _the(*NOUN[before.kind])
    new = f"{'une' if feminine else 'un'} {name}"
    return (f"remplace {old} par {new}", f"change {old} en {new}")


def _move(scene: Scene, edit: Edit, rng: Random) -> Ways:
    thing = _new(scene, edit.target)[0]
    place = {"left": "à gauche", "center": "au centre", "right": "à droite"}[thing.place]
    the = _the(*NOUN[thing.kind])
    return (f"déplace {the} {place}", f"mets {the} {place}")


def _restore(scene: Scene, edit: Edit, rng: Random) -> Ways:
    return ("restaure l'image", "répare l'image", "restaure la vieille photo", "répare la photo")


def _imitate(scene: Scene, edit: Edit, rng: Random) -> Ways:
    first, second = rng.choice(PICTURE[0]), rng.choice(PICTURE[1])
    return (f"dans le style de {second}", f"fais {first} dans le style de {second}", f"fais comme {second}")


def _compose(scene: Scene, edit: Edit, rng: Random) -> Ways:
    pictures = (scene, *edit.others)
    moved = _new(pictures[-1], edit.target)
    names = [
        f"{_named(thing, rng)} de {rng.choice(PICTURE[number])}"
        for number, picture in enumerate(pictures[:-1])
        for thing in moved
        if thing in picture.objects
    ]
    last = rng.choice(PICTURE[len(pictures) - 1])
    return tuple(f"{verb} {' et '.join(names)} dans {last}" for verb in ("mets", "ajoute"))


def _new(before: Scene, after: Scene) -> tuple[SceneObject, ...]:
    """Return the objects that only the second of two scenes has."""
    return tuple(thing for thing in after.objects if thing not in before.objects)


def _named(thing: SceneObject, rng: Random) -> str:
    name, feminine = NOUN[thing.kind]
    color = f" {COLOR[thing.color][feminine]}" if rng.random() < 0.5 else ""
    return f"{_the(name, feminine)}{color}"


def _the(name: str, feminine: bool) -> str:
    if name[0] in "aeiou":
        return f"l'{name}"
    return f"{'la' if feminine else 'le'} {name}"


_WAYS = {
    "sky": _sky,
    "style": _style,
    "land": _land,
    "season": _season,
    "clouds": _clouds,
    "add": _add,
    "remove": _remove,
    "color": _color,
    "replace": _replace,
    "move": _move,
    "restore": _restore,
    "imitate": _imitate,
    "compose": _compose,
}
