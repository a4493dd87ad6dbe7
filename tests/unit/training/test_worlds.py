from __future__ import annotations

import hashlib
from random import Random

from training.attributes import attributes
from training.captions import caption
from training.edits import random_edit
from training.scenes import random_scene
from training.worlds import SMALL, WIDE


def test_the_small_world_stays_what_it_is() -> None:
    # The small model's data, evaluation and figures follow from these scenes and texts.
    rng, digest = Random("128x128 shard 3"), hashlib.blake2b(digest_size=8)
    for number in range(200):
        scene = random_scene(rng, SMALL)
        edit = random_edit(scene, rng)
        for shown in (scene, edit.target):
            digest.update(caption(shown, Random(number)).encode())
            digest.update(attributes(shown).astype("<i8").tobytes())
            digest.update(f"{shown.light_x:.9f} {shown.horizon:.9f} {shown.style_seed}".encode())
        digest.update(edit.instruction.encode())
    assert digest.hexdigest() == "2a50863be50eb4ca"


def test_the_wide_world_shows_all_that_it_has() -> None:
    rng = Random(1)
    scenes = [random_scene(rng, WIDE) for _ in range(600)]
    things = [thing for scene in scenes for thing in scene.objects]
    assert {scene.sky for scene in scenes} == set(WIDE.skies)
    assert {scene.style for scene in scenes} == set(WIDE.styles)
    assert {scene.season for scene in scenes} == set(WIDE.seasons)
    assert {thing.kind for thing in things} == set(WIDE.kinds)
    assert {thing.count for thing in things} == {1, 2}


def test_what_swims_is_only_at_sea() -> None:
    rng = Random(2)
    for _ in range(400):
        scene = random_scene(rng, WIDE)
        target = random_edit(scene, rng).target
        for shown in (scene, target):
            assert shown.land == "sea" or not {"fish", "boat"} & {thing.kind for thing in shown.objects}
