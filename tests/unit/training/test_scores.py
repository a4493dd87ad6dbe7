from __future__ import annotations

from random import Random

import numpy as np
import pytest

from training.attributes import COLOR, PRESENT, SKY, attributes, columns, wanted
from training.scenes import random_scene
from training.scores import Share, kept, score
from training.worlds import SMALL, WIDE

SCENES = [random_scene(Random(seed), SMALL) for seed in range(60)]
AT = columns(SMALL)
SEEN = np.stack([attributes(scene) for scene in SCENES])
WANTED = np.stack([wanted(scene) for scene in SCENES])


def test_a_picture_of_what_was_asked_scores_one() -> None:
    assert {name: one.value for name, one in score(SEEN, WANTED, AT).items()} == dict.fromkeys(
        score(SEEN, WANTED, AT), 1.0
    )


def test_a_wrong_sky_costs_the_sky_and_the_strict_prompt() -> None:
    told = SEEN.copy()
    told[:, SKY] = (told[:, SKY] + 1) % 4
    scores = score(told, WANTED, AT)
    assert scores["sky"].value == 0
    assert scores["strict prompt"].value == 0
    assert scores["land"].value == 1
    assert scores["strict object"].value == 1


def test_an_object_that_nobody_asked_for_costs_the_strict_prompt() -> None:
    told = SEEN.copy()
    told[:, 4::4] = 1
    scores = score(told, WANTED, AT)
    assert scores["other objects absent"].value == 0
    assert scores["object present"].value == 1
    assert scores["strict prompt"].value == 0


def test_what_an_edit_changes_does_not_count_as_kept() -> None:
    after = SEEN.copy()
    after[:, SKY] = (after[:, SKY] + 1) % 4
    assert kept(after, SEEN, after).value == 1
    assert kept(SEEN, SEEN, after).value == 1
    assert kept(SEEN, SEEN, after).of == (SEEN != -1).sum() - len(SEEN)
    assert SEEN.shape == (60, len(AT.values))


@pytest.mark.parametrize(
    ("succeeded", "of", "low", "high"), [(0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0), (135, 150, 0.842, 0.938)]
)
def test_the_interval_is_wilsons(succeeded: int, of: int, low: float, high: float) -> None:
    assert Share(succeeded=succeeded, of=of).interval() == pytest.approx((low, high), abs=0.001)


def test_the_wide_world_counts_seasons_and_numbers_too() -> None:
    scenes = [random_scene(Random(seed), WIDE) for seed in range(200)]
    seen = np.stack([attributes(scene) for scene in scenes])
    assert seen.shape == (200, len(columns(WIDE).values))
    assert (seen < np.array(columns(WIDE).values)).all()
    scores = score(seen, np.stack([wanted(scene) for scene in scenes]), columns(WIDE))
    assert {"season", "object number"} <= scores.keys()
    assert {one.value for one in scores.values()} == {1.0}


def test_a_wrong_color_counts_only_where_the_object_is_seen() -> None:
    told = SEEN.copy()
    colors, presence = AT.all_of(COLOR), AT.all_of(PRESENT)
    rows, kinds = np.nonzero(WANTED[:, presence] == 1)
    row, kind = next(
        (row, kind) for row, kind in zip(rows, kinds, strict=True) if WANTED[row, colors[kind]] != -1
    )
    told[row, colors[kind]] = (told[row, colors[kind]] + 1) % 8
    assert score(told, WANTED, AT)["color of what is present"].value < 1
    told[row, presence[kind]] = 0
    assert score(told, WANTED, AT)["color of what is present"].value == 1
