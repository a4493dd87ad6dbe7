from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from training.captions import caption, with_article
from training.edits import edit, random_edit
from training.scenes import random_scene
from training.vocabulary import SMALL as WORDS_OF_SMALL
from training.vocabulary import WIDE as WORDS_OF_WIDE
from training.vocabulary import Vocabulary
from training.worlds import SMALL, WIDE, World

BOTH = pytest.mark.parametrize(
    ("world", "vocabulary"), [(SMALL, WORDS_OF_SMALL), (WIDE, WORDS_OF_WIDE)], ids=("small", "wide")
)


@BOTH
def test_every_caption_and_instruction_is_understood(world: World, vocabulary: Vocabulary) -> None:
    tokenizer = vocabulary.tokenizer()
    rng = Random(1)
    cut = 0
    for _ in range(1500):
        scene = random_scene(rng, world)
        for text in (
            caption(scene, rng),
            caption(scene, rng, complete=True),
            random_edit(scene, rng).instruction,
        ):
            encoded = tokenizer.encode(text)
            assert encoded.unknown == (), text
            cut += encoded.truncated
    assert cut < 45, "one caption in a hundred may be longer than the model reads"


@BOTH
def test_every_word_of_the_vocabulary_is_used(world: World, vocabulary: Vocabulary) -> None:
    tokenizer = vocabulary.tokenizer()
    rng = Random(2)
    seen: set[int] = set()
    for _ in range(4000):
        scene = random_scene(rng, world)
        for text in (caption(scene, rng), random_edit(scene, rng).instruction):
            seen.update(tokenizer.encode(text).ids)
    assert {
        word for number, word in enumerate(vocabulary.words) if number not in seen and number > 2
    } <= set()


def test_a_complete_caption_names_every_object_with_colour_and_place() -> None:
    rng = Random(3)
    for _ in range(300):
        scene = random_scene(rng, SMALL)
        text = caption(scene, rng, complete=True)
        for thing in scene.objects:
            assert thing.color in text
            assert thing.place in text
        if scene.sky != "stormy":
            assert ("clear sky" in text) != scene.clouds


def test_the_same_seed_gives_the_same_caption() -> None:
    scene = random_scene(Random(4), SMALL)
    assert caption(scene, Random(5)) == caption(scene, Random(5))


def test_articles_follow_the_sound() -> None:
    assert with_article("orange car") == "an orange car"
    assert with_article("red car") == "a red car"


def test_an_edit_of_the_sky_names_the_new_sky() -> None:
    rng = Random(6)
    skies = {edit(random_scene(rng, SMALL), "sky", rng).target.sky for _ in range(60)}
    assert skies == set(SMALL.skies)


def test_french_says_what_english_says() -> None:
    english_only, french_only = replace(WIDE, french=0.0), replace(WIDE, french=1.0)
    tokenizer = WORDS_OF_WIDE.tokenizer()
    # Words with a meaning that both languages must give, whatever else they say.
    telling = {*WIDE.colors, *WIDE.kinds, "left", "center", "right", "two", "small", "large"} - {"windmill"}
    rng = Random(7)
    for seed in range(300):
        scene = random_scene(rng, WIDE)
        said = [
            {
                WORDS_OF_WIDE.words[number]
                for number in tokenizer.encode(
                    caption(replace(scene, world=world), Random(seed), complete=True)
                ).ids
            }
            & telling
            for world in (english_only, french_only)
        ]
        # The small model's words call boats sailboats, and hills and skies by their colours.
        loose = {"boat", "green", "blue", "white"}
        assert said[0] - loose == said[1] - loose


@pytest.mark.parametrize(
    ("french", "english"),
    [
        ("une petite maison rouge à gauche", "a small house red on the left"),
        ("deux chats, peinture à l'huile", "two cat , oil painting"),
        ("la mer au coucher du soleil", "the sea at sunset"),
        ("mets la maison de l'image 1 dans l'image 2", "put the house of picture first in picture second"),
    ],
)
def test_french_is_read_in_the_words_of_the_captions(french: str, english: str) -> None:
    encoded = WORDS_OF_WIDE.tokenizer().encode(french)
    assert encoded.unknown == ()
    assert " ".join(WORDS_OF_WIDE.words[number] for number in encoded.ids if number) == english
