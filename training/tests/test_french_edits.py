from __future__ import annotations

from collections import defaultdict
from random import Random

from training.dataset import pairs
from training.designs import MINI
from training.french_edits import instruction
from training.sizes import SQUARE


def test_every_kind_of_edit_is_said_in_french_with_words_that_the_model_knows() -> None:
    rng, words = Random(1), MINI.vocabulary.tokenizer()
    said = defaultdict(set)
    for scene, edit in pairs(MINI.world, SQUARE, 0):
        text = instruction(scene, edit, rng)
        encoded = words.encode(text)
        assert not encoded.unknown
        assert not encoded.truncated
        said[edit.kind].add(text)
    assert len(said) == 13
    assert all(len(ways) > 1 for ways in said.values())


def test_an_instruction_names_what_changes() -> None:
    rng = Random(1)
    for scene, edit in pairs(MINI.world, SQUARE, 1):
        if edit.kind == "move":
            (thing,) = (thing for thing in edit.target.objects if thing not in scene.objects)
            place = {"left": "gauche", "center": "centre", "right": "droite"}[thing.place]
            assert instruction(scene, edit, rng).endswith(place)
        if edit.kind == "compose" and len(edit.others) == 2:
            text = instruction(scene, edit, rng)
            assert " et " in text
            assert text.endswith(("dans l'image 3", "dans la troisième image"))
