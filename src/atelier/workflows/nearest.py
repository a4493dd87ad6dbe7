"""The choice that somebody meant who wrote something else."""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import SequenceMatcher

#: How like a value its neighbour must be, 0 to 1 (difflib's ratio).
_LIKENESS = 0.6

#: Characters: comparing takes time with the square of the length, and names are shorter.
_LONGEST = 200


def nearest(value: object, choices: Collection[object]) -> object:
    """Return the choice most like a value; None where none is much like it.

    A file of the same name in another folder comes first, then the most similar text, letter case aside. Of
    a path the base name counts, without its ending, and then the whole.
    """
    if not isinstance(value, str):
        written = str(value) if isinstance(value, int) and abs(value) < 10**18 else None
        return next((each for each in choices if each in (value, written)), None)
    if len(value) > _LONGEST:
        return None
    texts = [each for each in choices if isinstance(each, str) and len(each) <= _LONGEST]
    moved = same_file(value, texts)
    if moved is not None:
        return moved
    stems = SequenceMatcher(None, "", stem(value).lower())
    wholes = SequenceMatcher(None, "", value.lower())
    best: tuple[float, float, str | None] = (_LIKENESS, 0.0, None)
    for each in texts:
        stems.set_seq1(stem(each).lower())
        if stems.real_quick_ratio() < best[0] or stems.quick_ratio() < best[0]:
            continue
        likeness = stems.ratio()
        if likeness >= best[0]:
            wholes.set_seq1(each.lower())
            score = (likeness, wholes.ratio())
            if best[2] is None or score > best[:2]:
                best = (*score, each)
    return best[2]


def same_file(value: str, choices: Collection[object]) -> str | None:
    """Return the only choice that is the same file in another folder; None where there are several."""
    name = base_name(value)
    found = [each for each in choices if isinstance(each, str) and base_name(each) == name]
    return found[0] if name and len(found) == 1 else None


def base_name(path: str) -> str:
    """Return the name of a file without its folders, whichever system wrote the path."""
    return path.replace("\\", "/").rpartition("/")[2]


def stem(path: str) -> str:
    """Return the base name of a file without its ending; a version number is no ending."""
    return re.sub(r"\.[A-Za-z][A-Za-z0-9]{1,11}\Z", "", base_name(path))
