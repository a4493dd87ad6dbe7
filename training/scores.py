"""Scores: how often what the judge sees is what was asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training.attributes import COLOR, NUMBER, PLACE, PRESENT, SIZE, UNKNOWN

if TYPE_CHECKING:
    from training.attributes import Columns

Table = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Share:
    """A share of trials that succeeded."""

    succeeded: int
    of: int

    @property
    def value(self) -> float:
        """Return the share, rounded; NaN without trials."""
        return round(self.succeeded / self.of, 3) if self.of else math.nan

    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval (Wilson, J. Am. Stat. Assoc. 22, 1927)."""
        z, n, p = 1.96, self.of, self.succeeded / self.of
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return round(max(0.0, middle - half), 3), round(min(1.0, middle + half), 3)


def share(right: NDArray[np.bool_], counted: NDArray[np.bool_]) -> Share:
    """Count what is right among what counts."""
    return Share(succeeded=int((right & counted).sum()), of=int(counted.sum()))


def score(told: Table, wanted: Table, at: Columns) -> dict[str, Share]:
    """Compare what the judge told with what was wanted, both [B, attributes].

    Strict scores ask for everything at once: an object is right when it is present with its colour at its
    place, a prompt when sky, land and style are right, all objects are, and nothing else is there.
    """
    right, asked = told == wanted, wanted != UNKNOWN
    scores = {name: share(right[:, [one]], asked[:, [one]]) for name, one in at.whole.items()}
    presence = at.all_of(PRESENT)
    there, absent = wanted[:, presence] == 1, wanted[:, presence] == 0
    scores["object present"] = share(right[:, presence], there)
    scores["other objects absent"] = share(right[:, presence], absent)
    for name, attribute in (("color", COLOR), ("place", PLACE), ("size", SIZE), ("number", NUMBER)):
        if attribute < at.each:
            columns = at.all_of(attribute)
            scores[f"object {name}"] = share(right[:, columns], asked[:, columns])
    seen = (told[:, presence] == 1) & there
    colors = at.all_of(COLOR)
    scores["color of what is present"] = share(right[:, colors], asked[:, colors] & seen)
    met = right | ~asked
    whole = np.stack([met[:, one : one + SIZE].all(1) for one in presence], 1)
    scores["strict object"] = share(whole, there)
    prompt = met[:, :3].all(1) & (whole | ~there).all(1) & (right[:, presence] | ~absent).all(1)
    scores["strict prompt"] = share(prompt, np.ones_like(prompt))
    return scores


def kept(told: Table, before: Table, after: Table) -> Share:
    """Count the attributes that an edit should not change and that are as they were."""
    same = (before == after) & (before != UNKNOWN)
    return share(told == before, same)


def kept_of_picture(told: Table, before: Table, after: Table, at: Columns) -> Share:
    """The same for sky, land, style and clouds alone."""
    columns = list(at.whole.values())
    return kept(told[:, columns], before[:, columns], after[:, columns])
