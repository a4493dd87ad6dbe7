from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from training.attributes import UNKNOWN, WHOLE_PICTURE, attributes
from training.edits import random_edit
from training.rendering import render
from training.scenes import random_scene

KINDS = {"sky", "style", "land", "clouds", "add", "remove", "color", "replace", "move"}


def test_every_kind_of_edit_comes_up() -> None:
    rng = Random(1)
    assert {random_edit(random_scene(rng), rng).kind for _ in range(400)} == KINDS


def test_an_edit_changes_what_it_says_and_nothing_else() -> None:
    rng = Random(2)
    for _ in range(500):
        scene = random_scene(rng)
        change = random_edit(scene, rng)
        assert change.target != scene
        if change.kind in WHOLE_PICTURE:
            assert replace(change.target, **{change.kind: getattr(scene, change.kind)}) == scene
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
        scene = replace(random_scene(rng), style="flat")
        change = random_edit(scene, rng)
        if change.kind == kind:
            seen += 1
            assert (render(scene) == render(change.target)).all(2).mean() > 0.6


def test_a_seen_edit_shows_in_the_attributes() -> None:
    rng = Random(4)
    for _ in range(300):
        scene = random_scene(rng)
        change = random_edit(scene, rng)
        before, after = attributes(scene), attributes(change.target)
        visible = (before != after) & (before != UNKNOWN) & (after != UNKNOWN)
        grey = change.kind == "color" and scene.style in {"sketch", "sepia"}
        assert visible.any() != grey, change
        assert before.dtype == np.int64
