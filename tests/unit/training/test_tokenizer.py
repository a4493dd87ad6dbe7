from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atelier.engine.tokenizer import NOTHING, Encoded, Tokenizer
from atelier.errors import ModelFileInvalid
from training.vocabulary import SMALL

WORDS, SYNONYMS, IGNORED, LENGTH = SMALL.words, SMALL.synonyms, SMALL.ignored, SMALL.length
TOKENIZER = SMALL.tokenizer()
document = SMALL.document


def words(encoded: Encoded) -> str:
    return " ".join(WORDS[number] for number in encoded.ids if number)


@given(st.text())
def test_any_text_becomes_ids_of_the_vocabulary(text: str) -> None:
    encoded = TOKENIZER.encode(text)
    assert len(encoded.ids) == LENGTH
    assert all(0 <= number < len(WORDS) for number in encoded.ids)
    assert encoded.ids[0] != 0


@given(st.lists(st.sampled_from([word for word in WORDS[3:] if word != ","]), min_size=1, max_size=LENGTH))
def test_known_words_are_all_heard(prompt: list[str]) -> None:
    encoded = TOKENIZER.encode(" ".join(prompt))
    assert encoded.unknown == ()
    assert not encoded.truncated


@pytest.mark.parametrize("word", WORDS[4:])
def test_each_word_of_the_vocabulary_is_itself(word: str) -> None:
    assert words(TOKENIZER.encode(word)) == word


@given(st.lists(st.text(alphabet="qwxz", min_size=3, max_size=6)))
def test_unknown_words_are_named_once_each_and_in_order(prompt: list[str]) -> None:
    encoded = TOKENIZER.encode(" and ".join(prompt))
    assert encoded.unknown == tuple(dict.fromkeys(prompt))


@pytest.mark.parametrize("phrase", SYNONYMS)
def test_each_synonym_means_its_words(phrase: str) -> None:
    encoded = TOKENIZER.encode(phrase)
    assert words(encoded) == SYNONYMS[phrase]
    assert encoded.unknown == ()


@pytest.mark.parametrize(
    ("prompt", "heard", "unknown"),
    [
        ("A big crimson cottage", "a large red house", ()),
        ("Rolling hills at dusk!", "hills at sunset", ()),
        ("a watercolour of snow-covered mountains", "a watercolor of snowy mountains", ()),
        ("two trees, three houses", "tree , house", ("two", "three")),
        ("please show me the sea", "the sea", ()),
        ("the sea without any clouds", "the sea clear sky", ()),
        ("a house under a grey sky", "a house a stormy sky", ()),
        ("a cat's house", "a house", ("cat",)),
        ("Häuser; un café à la mer", "a", ("häuser", "un", "café", "la", "mer")),
        ("hot-air balloons", "hot air balloon", ()),
        ("no house", "house", ("no",)),
        ("dragons, unicorns, , a red car", "a red car", ("dragons", "unicorns")),
        ("", "<null>", ()),
        ("夕焼け", "<null>", ("夕焼け",)),
    ],
)
def test_a_prompt_is_heard_as_the_model_knows_it(prompt: str, heard: str, unknown: tuple[str, ...]) -> None:
    encoded = TOKENIZER.encode(prompt)
    assert words(encoded) == heard
    assert encoded.unknown == unknown


def test_nothing_known_is_the_empty_prompt() -> None:
    assert TOKENIZER.encode("dragons").ids == (NOTHING,) + (0,) * (LENGTH - 1)


def test_a_long_prompt_is_cut_and_says_so() -> None:
    encoded = TOKENIZER.encode("red " * (LENGTH + 1))
    assert encoded.truncated
    assert len(encoded.ids) == LENGTH
    assert not TOKENIZER.encode("red " * LENGTH).truncated


def test_synonyms_and_fillers_do_not_hide_words_of_the_model() -> None:
    assert not IGNORED & set(WORDS)
    assert not SYNONYMS.keys() & set(WORDS)
    assert not SYNONYMS.keys() & IGNORED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        json.dumps({"words": ["a"], "synonyms": {}, "ignored": [], "length": 40}),
        json.dumps({**json.loads(document()), "synonyms": {"cat": "feline"}}),
        json.dumps({**json.loads(document()), "length": 0}),
        json.dumps({**json.loads(document()), "length": None}),
    ],
)
def test_a_damaged_vocabulary_is_refused(text: str) -> None:
    with pytest.raises(ModelFileInvalid, match="install Atelier's weights again"):
        Tokenizer.from_json(text)
