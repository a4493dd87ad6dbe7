from __future__ import annotations

from random import Random

from training.captions import caption, with_article
from training.edits import edit, random_edit
from training.scenes import SKIES, random_scene
from training.vocabulary import WORDS, tokenizer

TOKENIZER = tokenizer()


def test_every_caption_and_instruction_is_understood() -> None:
    rng = Random(1)
    cut = 0
    for _ in range(1500):
        scene = random_scene(rng)
        for text in (
            caption(scene, rng),
            caption(scene, rng, complete=True),
            random_edit(scene, rng).instruction,
        ):
            encoded = TOKENIZER.encode(text)
            assert encoded.unknown == (), text
            cut += encoded.truncated
    assert cut < 45, "one caption in a hundred may be longer than the model reads"


def test_every_word_of_the_vocabulary_is_used() -> None:
    rng = Random(2)
    seen: set[int] = set()
    for _ in range(4000):
        scene = random_scene(rng)
        for text in (caption(scene, rng), random_edit(scene, rng).instruction):
            seen.update(TOKENIZER.encode(text).ids)
    assert {WORDS[number] for number in range(3, len(WORDS)) if number not in seen} <= set()


def test_a_complete_caption_names_every_object_with_colour_and_place() -> None:
    rng = Random(3)
    for _ in range(300):
        scene = random_scene(rng)
        text = caption(scene, rng, complete=True)
        for thing in scene.objects:
            assert thing.color in text
            assert thing.place in text
        if scene.sky != "stormy":
            assert ("clear sky" in text) != scene.clouds


def test_the_same_seed_gives_the_same_caption() -> None:
    scene = random_scene(Random(4))
    assert caption(scene, Random(5)) == caption(scene, Random(5))


def test_articles_follow_the_sound() -> None:
    assert with_article("orange car") == "an orange car"
    assert with_article("red car") == "a red car"


def test_an_edit_of_the_sky_names_the_new_sky() -> None:
    rng = Random(6)
    skies = {edit(random_scene(rng), "sky", rng).target.sky for _ in range(60)}
    assert skies == set(SKIES)
