"""Finds node classes by words and by the types that they take and give.

`upscale image` wants both words in a class's names, category, purpose or sockets; `mask -> image` wants
a class that takes a MASK and gives an IMAGE; words and types mix. A word may be a part of one, or misspelt
where nothing has it as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from atelier.workflows.object_info import NodeType

_ARROW = re.compile(r"\s*(?:->|→)\s*")
#: The words of `TextEncodeQwenImageEdit`, `VAEDecode`, `KSampler`, `upscale_by` and `2x`.
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
#: How much a word counts by where it stands.
_NAME, _TITLE, _CATEGORY, _PURPOSE, _SOCKET = 10.0, 8.0, 4.0, 3.0, 2.0
#: For a query that is the whole name or title.
_WHOLE = 100.0
#: How well a word fits that begins with the query's, that holds it, or that is spelt like it.
_BEGINS, _HOLDS, _ALIKE = 0.8, 0.5, 0.4


@dataclass(frozen=True, kw_only=True)
class Query:
    """What to search for; every part must fit."""

    words: tuple[str, ...] = ()
    #: Types that the class takes, in capitals.
    takes: frozenset[str] = frozenset()
    #: Types that the class gives.
    gives: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Match:
    """A class that was found; the higher the score the better it fits."""

    node: NodeType
    score: float


def read_query(text: str, types: frozenset[str]) -> Query:
    """Read what a person typed; beside an arrow, a word that is one of `types` is a type."""
    sides = _ARROW.split(text, maxsplit=1)
    if len(sides) == 1:
        return Query(words=tuple(text.casefold().split()))
    named = [[_type_named(word, types) or word.casefold() for word in side.split()] for side in sides]
    return Query(
        words=tuple(word for side in named for word in side if word not in types),
        takes=frozenset(named[0]) & types,
        gives=frozenset(named[1]) & types,
    )


def search(
    nodes: Iterable[NodeType], text: str, *, purposes: Mapping[str, str] | None = None
) -> tuple[Match, ...]:
    """Return the classes that fit, the best first.

    Args:
        nodes: Where to search, such as a NodeCatalogue.
        text: Words, types around an arrow, or both; an empty text finds nothing.
        purposes: What classes are for, by name, where their own description does not say it.
    """
    known = tuple(nodes)
    query = read_query(text, _types_of(known))
    if not (query.words or query.takes or query.gives):
        return ()
    for misspelt in (False, True):
        scored = (
            (_score(node, query, (purposes or {}).get(node.name, ""), misspelt), node) for node in known
        )
        matches = [Match(node=node, score=score) for score, node in scored if score > 0]
        if matches:
            break
    return tuple(sorted(matches, key=lambda match: (-match.score, len(match.node.name), match.node.name)))


def _type_named(word: str, types: frozenset[str]) -> str | None:
    """Return the type that a word means: `mask`, `masks` and `MASK` mean MASK."""
    name = word.upper()
    return next((each for each in (name, name.removesuffix("S")) if each in types), None)


def _types_of(nodes: tuple[NodeType, ...]) -> frozenset[str]:
    taken = {type for node in nodes for each in node.inputs.values() for type in each.types}
    given = {each.type for node in nodes for each in node.outputs}
    return frozenset(taken | given) - {"*"}


def _score(node: NodeType, query: Query, purpose: str, misspelt: bool) -> float:
    taken = {type for each in node.inputs.values() if not each.hidden for type in each.types}
    given = {each.type for each in node.outputs}
    if not (query.takes <= taken and query.gives <= given):
        return 0.0
    # The fewer other sockets a class has, the more it is about the types that were asked for.
    score = 1.0 + sum(
        _SOCKET / len(side) for wanted, side in ((query.takes, taken), (query.gives, given)) if wanted
    )
    if not query.words:
        return score
    fields = _fields(node, purpose, taken | given)
    for word in query.words:
        best = max(weight * _fit(word, words, misspelt) for weight, words in fields)
        if best == 0:
            return 0.0
        score += best
    if "".join(query.words) in {"".join(each.casefold().split()) for each in (node.name, node.display_name)}:
        score += _WHOLE
    return score


def _fields(node: NodeType, purpose: str, types: set[str]) -> list[tuple[float, tuple[str, ...]]]:
    sockets = [*node.inputs, *(each.name for each in node.outputs), *types]
    return [
        (_NAME, _words(node.name)),
        (_TITLE, _words(node.display_name)),
        (_CATEGORY, _words(node.category)),
        (_PURPOSE, _words(f"{purpose} {node.description}")),
        (_SOCKET, _words(" ".join(sockets))),
    ]


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    """Return the words of a text and the words that its names are put together from, in small letters."""
    return tuple(dict.fromkeys(each.casefold() for each in [*text.split(), *_WORDS.findall(text)]))


def _fit(word: str, words: tuple[str, ...], misspelt: bool) -> float:
    """Return how well a word of the query fits the best of some words: 0 not at all, 1 exactly."""
    if word in words:
        return 1.0
    if any(each.startswith(word) for each in words):
        return _BEGINS
    if len(word) > 2 and any(word in each for each in words):
        return _HOLDS
    tolerance = _tolerance(word) if misspelt else 0
    if tolerance and any(_distance(word, each, tolerance) <= tolerance for each in words):
        return _ALIKE
    return 0.0


def _tolerance(word: str) -> int:
    """Return how many letters may be wrong: none in short words, where every other word would fit."""
    return 0 if len(word) < 4 else 1 if len(word) < 8 else 2


def _distance(one: str, other: str, limit: int) -> int:
    """Return how many letters to insert, delete, replace or swap; `limit` + 1 where it is more.

    Source: the optimal string alignment distance (Damerau 1964, Levenshtein 1966).
    """
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        before, last, row = row, before, [i]
        for j, opposite in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != opposite))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == opposite:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return row[-1]
