"""Where the boxes of a graph stand: in columns by depth, near what they are linked to, none over another.

The method is the layered one of Sugiyama, Tagawa and Toda (1981): layers by longest path, order in a layer
by the mean place of the neighbours, then heights by the same mean.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

#: Pixels between columns, and between the boxes of a column, to which a title is added.
COLUMN_GAP = 80
ROW_GAP = 60
#: How often the columns are gone through, to the right and back.
_SWEEPS = 4

Size = tuple[float, float]
Edge = tuple[str, str]


def place(sizes: Mapping[str, Size], edges: Iterable[Edge]) -> dict[str, tuple[float, float]]:
    """Return the left upper corner of each box, in pixels; the outermost are at 0.

    Args:
        sizes: Width and height of each box, by id.
        edges: Pairs of ids, from, to; those of ids that have no box are ignored, and circles are allowed.
    """
    before, after = _neighbours(sizes, edges)
    columns = _columns(list(sizes), before, after)
    for sweep in range(_SWEEPS):
        _order(columns, after if sweep % 2 else before, reverse=bool(sweep % 2))
    tops = _tops(columns, sizes, before, after)
    highest = min(tops.values(), default=0)
    corners = {}
    left = 0.0
    for column in columns:
        for each in column:
            corners[each] = (left, tops[each] - highest)
        left += max(sizes[each][0] for each in column) + COLUMN_GAP
    return {each: corners[each] for each in sizes}


def _neighbours(
    sizes: Mapping[str, Size], edges: Iterable[Edge]
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    before: dict[str, list[str]] = {each: [] for each in sizes}
    after: dict[str, list[str]] = {each: [] for each in sizes}
    for source, target in dict.fromkeys(edges):
        if source in sizes and target in sizes and source != target:
            before[target].append(source)
            after[source].append(target)
    return before, after


def _columns(
    nodes: Sequence[str], before: Mapping[str, list[str]], after: Mapping[str, list[str]]
) -> list[list[str]]:
    """Put each node one column behind the last of those before it."""
    depth = dict.fromkeys(nodes, 0)
    waiting = {each: len(before[each]) for each in nodes}
    done: set[str] = set()
    ready = [each for each in nodes if not waiting[each]]
    # In a circle nothing gets ready by itself, so the next node in order is taken as it is.
    left_over = iter(nodes)
    while len(done) < len(nodes):
        if not ready:
            ready = [next(each for each in left_over if each not in done)]
        current = ready.pop()
        done.add(current)
        for each in after[current]:
            if each not in done:
                depth[each] = max(depth[each], depth[current] + 1)
                waiting[each] -= 1
                if not waiting[each]:
                    ready.append(each)
    columns: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for each in nodes:
        columns[depth[each]].append(each)
    return [column for column in columns if column]


def _order(columns: list[list[str]], neighbours: Mapping[str, list[str]], *, reverse: bool) -> None:
    rank = {each: index for column in columns for index, each in enumerate(column)}
    for column in reversed(columns) if reverse else columns:
        column.sort(key=_mean_of(neighbours, rank))
        rank |= {each: index for index, each in enumerate(column)}


def _mean_of(neighbours: Mapping[str, list[str]], places: Mapping[str, float]) -> Callable[[str], float]:
    def mean(node: str) -> float:
        around = neighbours[node]
        return sum(places[each] for each in around) / len(around) if around else places[node]

    return mean


def _tops(
    columns: Sequence[Sequence[str]],
    sizes: Mapping[str, Size],
    before: Mapping[str, list[str]],
    after: Mapping[str, list[str]],
) -> dict[str, float]:
    middles: dict[str, float] = defaultdict(float)
    for column in columns:
        _stack(column, sizes, middles, middles.__getitem__)
    for sweep in range(_SWEEPS):
        backward = sweep % 2 == 1
        wanted = _mean_of(after if backward else before, middles)
        for column in reversed(columns) if backward else columns:
            _stack(column, sizes, middles, wanted)
    return {each: middles[each] - sizes[each][1] / 2 for each in sizes}


def _stack(
    column: Sequence[str],
    sizes: Mapping[str, Size],
    middles: dict[str, float],
    wanted: Callable[[str], float],
) -> None:
    """Stand the boxes of a column below one another, as near to the wanted middles as their order allows.

    Boxes that would overlap join into a block that stands at the mean of what its boxes want, which makes the
    sum of the squared distances least (pool adjacent violators).
    """
    # How far the middle of each box is below that of the first when all stand close.
    depths = [0.0]
    for above, below in pairwise(column):
        depths.append(depths[-1] + (sizes[above][1] + sizes[below][1]) / 2 + ROW_GAP)
    blocks: list[tuple[float, int]] = []
    for each, depth in zip(column, depths, strict=True):
        mean, count = wanted(each) - depth, 1
        while blocks and blocks[-1][0] > mean:
            upper, number = blocks.pop()
            mean = (upper * number + mean * count) / (number + count)
            count += number
        blocks.append((mean, count))
    starts = (mean for mean, count in blocks for _ in range(count))
    for each, depth, start in zip(column, depths, starts, strict=True):
        middles[each] = start + depth
