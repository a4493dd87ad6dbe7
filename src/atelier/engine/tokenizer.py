"""The tokenizer of the small model: words of a prompt to ids of its vocabulary."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from atelier.errors import ModelFileInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PADDING = 0
#: The id that stands alone when a prompt has no word for the model.
NOTHING = 2
#: The first ids of a vocabulary: padding, a word the model does not know (never written), no words at all.
RESERVED = ("<pad>", "<unk>", "<null>")

_PIECE = re.compile(r"[^\W_]+|,")
_POSSESSIVE = re.compile(r"['’ʼ]s\b")
_APOSTROPHE = re.compile(r"['’ʼ]")
_COMMAS = (",", ",")
_LONGEST_PHRASE = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Encoded:
    """A prompt as the text encoder takes it."""

    #: Always as many as the model's length; 0 behind the last word.
    ids: tuple[int, ...]
    #: Words that mean nothing to the model, in the order of the prompt, each once.
    unknown: tuple[str, ...]
    #: Whether the prompt had more words than the model takes; the rest was left out.
    truncated: bool


@dataclass(frozen=True, kw_only=True)
class Tokenizer:
    """Translates prompts for the small model; made by `from_json` from the text encoder's metadata."""

    #: Ids by word.
    vocabulary: Mapping[str, int]
    #: Words of the vocabulary that stand for a word or phrase outside it.
    synonyms: Mapping[tuple[str, ...], tuple[str, ...]]
    #: Words without a picture, left out without a word about it.
    ignored: frozenset[str]
    #: How many ids the text encoder takes.
    length: int

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read `{"words": [...], "synonyms": {phrase: words}, "ignored": [...], "length": n}`.

        Raises ModelFileInvalid when the text is something else.
        """
        try:
            document = json.loads(text)
            words: list[str] = document["words"]
            vocabulary = {word: number for number, word in enumerate(words)}
            synonyms = {
                tuple(phrase.split()): tuple(meaning.split())
                for phrase, meaning in document["synonyms"].items()
            }
            ignored = frozenset(document["ignored"])
            length = int(document["length"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelFileInvalid(
                "The text encoder's vocabulary cannot be read: install Atelier's weights again."
            ) from error
        astray = {word for meaning in synonyms.values() for word in meaning} - vocabulary.keys()
        if tuple(words[: len(RESERVED)]) != RESERVED or astray or length < 1:
            raise ModelFileInvalid(
                "The text encoder's vocabulary contradicts itself: install Atelier's weights again."
            )
        return cls(
            vocabulary=MappingProxyType(vocabulary),
            synonyms=MappingProxyType(synonyms),
            ignored=ignored,
            length=length,
        )

    def encode(self, text: str) -> Encoded:
        """Translate a prompt; never fails, and names what it could not translate."""
        found: list[str] = []
        unknown: dict[str, None] = {}
        pieces = _PIECE.findall(_without_apostrophes(text))
        folded = [_fold(piece) for piece in pieces]
        at = 0
        while at < len(folded):
            taken, words = self._longest_known(folded, at)
            if words is None:
                unknown[pieces[at]] = None
            else:
                found += words
            at += taken
        # A comma between two unknown words separates nothing any more.
        kept = [word for word, before in zip(found, [",", *found], strict=False) if (word, before) != _COMMAS]
        ids = [self.vocabulary[word] for word in kept]
        truncated = len(ids) > self.length
        ids = ids[: self.length] or [NOTHING]
        return Encoded(
            ids=tuple(ids) + (PADDING,) * (self.length - len(ids)),
            unknown=tuple(unknown),
            truncated=truncated,
        )

    def _longest_known(self, pieces: list[str], at: int) -> tuple[int, tuple[str, ...] | None]:
        """Return how many pieces the longest known phrase takes, and its meaning (None: unknown)."""
        for taken in range(min(_LONGEST_PHRASE, len(pieces) - at), 1, -1):
            phrase = tuple(pieces[at : at + taken])
            for spelling in (phrase, *((*phrase[:-1], last) for last in _singulars(phrase[-1]))):
                if spelling in self.synonyms:
                    return taken, self.synonyms[spelling]
        word = pieces[at]
        for single in (word, *_singulars(word), f"{word}s"):
            if single in self.vocabulary:
                return 1, (single,)
            if (single,) in self.synonyms:
                return 1, self.synonyms[(single,)]
        return 1, () if word in self.ignored else None


def _without_apostrophes(text: str) -> str:
    """Lower-case text with "cat's" as "cat" and "o'clock" as "oclock"; a semicolon counts as a comma."""
    composed = unicodedata.normalize("NFC", text.lower())
    return _APOSTROPHE.sub("", _POSSESSIVE.sub("", composed)).replace(";", ",")


def _fold(word: str) -> str:
    """Strip a word of its accents."""
    decomposed = unicodedata.normalize("NFKD", word)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).lower()


def _singulars(word: str) -> Iterator[str]:
    """Guess what a word could be the plural of."""
    if word.endswith("ies") and len(word) > 4:
        yield word[:-3] + "y"
    if word.endswith("es") and len(word) > 3:
        yield word[:-2]
    if word.endswith("s") and len(word) > 2:
        yield word[:-1]
