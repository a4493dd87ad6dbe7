from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from training.attributes import COLORFUL, UNKNOWN, attributes, columns
from training.damage import damaged
from training.edits import random_edit
from training.rendering import render
from training.scenes import MOST_OBJECTS, random_scene
from training.worlds import SMALL, WIDE, World

BOTH = pytest.mark.parametrize("world", [SMALL, WIDE], ids=lambda world: world.name)
KINDS = {"sky", "style", "land", "clouds", "add", "remove", "color", "replace", "move"}


def test_every_kind_of_edit_comes_up() -> None:
    rng = Random(1)
    assert {random_edit(random_scene(rng, SMALL), rng).kind for _ in range(400)} == KINDS
    wide = {random_edit(random_scene(rng, WIDE), rng).kind for _ in range(600)}
    assert wide == KINDS | {"season", "restore", "imitate", "compose"}


@BOTH
def test_an_edit_changes_what_it_says_and_nothing_else(world: World) -> None:
    rng = Random(2)
    for _ in range(500):
        scene = random_scene(rng, world)
        change = random_edit(scene, rng)
        if change.kind in {"restore", "imitate", "compose"}:
            continue
        assert change.target != scene
        assert change.before(scene) == scene
        if change.kind in columns(world).whole:
            old = {change.kind: getattr(scene, change.kind), "season": scene.season}
            assert replace(change.target, **old) == scene
        else:
            assert replace(change.target, objects=scene.objects) == scene
            kept = set(scene.objects) & set(change.target.objects)
            assert len(scene.objects) - len(kept) <= 1
            assert len(change.target.objects) - len(kept) <= 1


@pytest.mark.parametrize("kind", ["add", "remove", "color", "replace", "move"])
def test_an_edit_of_an_object_leaves_the_other_pixels(kind: str) -> None:
    rng = Random(3)
    seen = 0
    while seen < 10:
        scene = replace(random_scene(rng, SMALL), style="flat")
        change = random_edit(scene, rng)
        if change.kind == kind:
            seen += 1
            assert (render(scene) == render(change.target)).all(2).mean() > 0.6


@BOTH
def test_a_seen_edit_shows_in_the_attributes(world: World) -> None:
    rng = Random(4)
    for _ in range(300):
        scene = random_scene(rng, world)
        change = random_edit(scene, rng)
        if change.kind == "restore":
            continue
        before, after = attributes(change.before(scene)), attributes(change.target)
        visible = (before != after) & (before != UNKNOWN) & (after != UNKNOWN)
        grey = change.kind in {"color", "season"} and scene.style not in COLORFUL
        assert visible.any() != grey, change
        assert before.dtype == np.int64


def test_a_composition_puts_what_it_names_into_the_last_picture() -> None:
    rng = Random(5)
    seen = {2: 0, 3: 0}
    while min(seen.values()) < 30:
        scene = random_scene(rng, WIDE)
        change = random_edit(scene, rng)
        if change.kind != "compose":
            continue
        pictures = (scene, *change.others)
        seen[len(pictures)] += 1
        last = change.before(scene)
        assert last is pictures[-1]
        moved = set(change.target.objects) - set(last.objects)
        assert len(moved) == len(pictures) - 1
        assert all(any(thing in picture.objects for picture in pictures[:-1]) for thing in moved)
        assert all(thing.kind in change.instruction for thing in moved)
        assert len(change.target.objects) <= MOST_OBJECTS
        assert len({thing.place for thing in change.target.objects}) == len(change.target.objects)
        assert replace(change.target, objects=last.objects) == last


def test_an_imitation_takes_the_style_of_picture_2_and_nothing_else() -> None:
    rng = Random(6)
    seen = 0
    while seen < 30:
        scene = random_scene(rng, WIDE)
        change = random_edit(scene, rng)
        if change.kind == "imitate":
            seen += 1
            assert change.target == replace(scene, style=change.others[0].style)
            assert change.target != scene
            assert not set(WIDE.styles) & set(change.instruction.split())


def test_damage_is_visible_and_the_same_for_a_seed() -> None:
    picture = render(random_scene(Random(8), WIDE))
    for seed in range(20):
        spoilt = damaged(picture, seed)
        assert (spoilt == damaged(picture, seed)).all()
        assert 3 < np.abs(spoilt.astype(int) - picture).mean() < 90
