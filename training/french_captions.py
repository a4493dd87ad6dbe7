"""Captions in French."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.scenes import shows_seasons

if TYPE_CHECKING:
    from random import Random

    from training.scenes import Scene, SceneObject

#: A noun and whether it is feminine.
NOUN = {
    "house": ("maison", True),
    "tree": ("arbre", False),
    "boat": ("bateau", False),
    "car": ("voiture", True),
    "balloon": ("ballon", False),
    "fish": ("poisson", False),
    "bird": ("oiseau", False),
    "lighthouse": ("phare", False),
    "windmill": ("moulin à vent", False),
    "cat": ("chat", False),
}
#: Masculine and feminine.
COLOR = {
    "red": ("rouge", "rouge"),
    "blue": ("bleu", "bleue"),
    "yellow": ("jaune", "jaune"),
    "green": ("vert", "verte"),
    "white": ("blanc", "blanche"),
    "purple": ("violet", "violette"),
    "orange": ("orange", "orange"),
    "pink": ("rose", "rose"),
}
SIZE = {"small": ("petit", "petite"), "large": ("grand", "grande")}
PLACE = {
    "left": ("à gauche", "sur la gauche"),
    "center": ("au centre", "au milieu"),
    "right": ("à droite", "sur la droite"),
}
STYLE = {
    "flat": ("une illustration plate", "une illustration", "une image"),
    "watercolor": ("une aquarelle", "une peinture à l'aquarelle"),
    "pixel": ("pixel art", "une image en pixel art"),
    "sketch": ("un dessin au crayon", "un croquis"),
    "sepia": ("une photo sépia", "une vieille photo sépia"),
    "oil": ("une peinture à l'huile", "un tableau à l'huile"),
    "cartoon": ("un dessin animé", "une bande dessinée"),
    "blueprint": ("un plan", "un bleu d'architecte"),
}
LAND = {
    "mountains": ("la montagne", "les montagnes"),
    "sea": ("la mer", "l'océan", "la plage"),
    "hills": ("les collines", "un paysage de collines"),
    "desert": ("le désert", "un paysage de désert"),
    "snow": ("la neige", "un paysage enneigé"),
}
SKY = {
    "day": ("de jour", "en plein jour"),
    "sunset": ("au coucher du soleil", "le soir"),
    "night": ("de nuit", "la nuit"),
    "stormy": ("sous l'orage", "avec un ciel d'orage"),
    "dawn": ("à l'aube", "au lever du soleil"),
}
SEASON = {"summer": "en été", "spring": "au printemps", "autumn": "en automne", "winter": "en hiver"}


def object_phrase(thing: SceneObject, rng: Random, *, placed: float, complete: bool) -> str:
    """Name an object: "une petite maison rouge à gauche"."""
    noun, feminine = NOUN[thing.kind]
    words = ["deux" if thing.count > 1 else "une" if feminine else "un"]
    if thing.size != "medium" and (complete or rng.random() < 0.8):
        words.append(_plural(SIZE[thing.size][feminine], thing))
    words.append(f"{noun}x" if thing.count > 1 and noun.endswith("eau") else _plural(noun, thing))
    if complete or rng.random() < 0.95:
        words.append(_plural(COLOR[thing.color][feminine], thing))
    if complete or rng.random() < placed:
        words.append(rng.choice(PLACE[thing.place]))
    return " ".join(words)


def caption(scene: Scene, rng: Random, *, complete: bool) -> str:
    """Describe a scene in French; `complete` as in English."""
    things = [
        object_phrase(thing, rng, placed=scene.world.placed, complete=complete)
        for thing in rng.sample(scene.objects, len(scene.objects))
    ]
    land, sky = rng.choice(LAND[scene.land]), rng.choice(SKY[scene.sky])
    if shows_seasons(scene) and (complete or rng.random() < 0.8):
        land = f"{land} {SEASON[scene.season]}"
    clouds = ""
    if scene.sky != "stormy":
        if scene.clouds:
            clouds = rng.choice((", avec des nuages", ", nuages", " et des nuages"))
        elif complete or rng.random() < 0.4:
            clouds = rng.choice((", ciel dégagé", ", ciel clair", ", sans nuages"))
    style = rng.choice(STYLE[scene.style])
    shown = " et ".join(things)
    if not things:
        return f"{style}, {land} {sky}{clouds}"
    if rng.random() < 0.5:
        return f"{style}, {shown}, {land} {sky}{clouds}"
    return f"{style}, {land} {sky} avec {shown}{clouds}"


def _plural(word: str, thing: SceneObject) -> str:
    if thing.count == 1 or word in {"orange", "moulin à vent"}:
        return word.replace("moulin", "moulins") if thing.count > 1 else word
    return f"{word}s"
