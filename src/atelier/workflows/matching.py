"""Which nodes of two workflows are the same, though their ids may differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from atelier.workflows.boxes import link_of
from atelier.workflows.ui_document import written
from atelier.workflows.wiring import inputs_of, title_of

Nodes = Mapping[str, Mapping[str, Any]]

#: How many links far the surroundings of a node are compared.
_REACH = 4
#: How many pairs of nodes of a class are compared with each other, at most.
_MOST_PAIRS = 250_000


def same_literal(old: object, new: object) -> bool:
    """Say whether two literals are the same for a server: 1 is 1.0, though not true; NaN is itself."""
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    try:
        return old == new or (old != old and new != new)
    except RecursionError:
        # Nobody can say of values that are nested so deep.
        return False


def match_nodes(old: Nodes, new: Nodes) -> dict[str, str]:
    """Return the new id by the old one, for the nodes that are in both.

    First those with the same id and class; then those of a class that hold the same and have the same
    surroundings, the widest first (colour refinement, Weisfeiler and Leman 1968); then, of each class, those
    that agree in most inputs.
    """
    partner = {
        node_id: node_id
        for node_id, entry in old.items()
        if node_id in new and new[node_id]["class_type"] == entry["class_type"]
    }
    # Nodes that are matched already have one colour on both sides, whatever changed in them.
    first = _colours(old, {node_id: f"same {node_id}" for node_id in partner})
    second = _colours(new, {node_id: f"same {node_id}" for node_id in partner.values()})
    for before, after in zip(reversed(first), reversed(second), strict=True):
        _pair_by_colour(before, after, partner)
    _pair_by_likeness(old, new, partner)
    return {node_id: partner[node_id] for node_id in old if node_id in partner}


def _colours(nodes: Nodes, known: Mapping[str, str]) -> list[dict[str, object]]:
    """Return what tells the nodes apart, looking 0, 1, 2, ... links far."""
    links: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    plain: dict[str, object] = {}
    for node_id, entry in nodes.items():
        literals = []
        for name, value in inputs_of(entry).items():
            link = link_of(value)
            if link is None:
                literals.append((str(name), written(value)))
            elif link[0] in nodes:
                links[node_id].append((f"from {name}", link[0], link[1]))
                links[link[0]].append((f"to {name}", node_id, link[1]))
        plain[node_id] = known.get(node_id) or (entry["class_type"], tuple(sorted(literals)))
    rounds = [plain]
    for _ in range(_REACH):
        last = rounds[-1]
        rounds.append(
            {
                node_id: last[node_id]
                if node_id in known
                else hash(
                    (
                        last[node_id],
                        tuple(
                            sorted((side, hash(last[other]), slot) for side, other, slot in links[node_id])
                        ),
                    )
                )
                for node_id in nodes
            }
        )
    return rounds


def _pair_by_colour(
    before: Mapping[str, object], after: Mapping[str, object], partner: dict[str, str]
) -> None:
    taken = set(partner.values())
    waiting: dict[object, list[str]] = defaultdict(list)
    for node_id, colour in after.items():
        if node_id not in taken:
            waiting[colour].append(node_id)
    for node_id, colour in before.items():
        if node_id not in partner and waiting.get(colour):
            partner[node_id] = waiting[colour].pop(0)


def _pair_by_likeness(old: Nodes, new: Nodes, partner: dict[str, str]) -> None:
    taken = set(partner.values())
    classes: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for node_id, entry in old.items():
        if node_id not in partner:
            classes[entry["class_type"]][0].append(node_id)
    for node_id, entry in new.items():
        if node_id not in taken:
            classes[entry["class_type"]][1].append(node_id)
    for before, after in classes.values():
        if len(before) * len(after) > _MOST_PAIRS:
            partner |= dict(zip(before, after, strict=False))
            continue
        ranked = sorted(
            (
                (_agreements(old[first], new[second], partner), first, second)
                for first in before
                for second in after
            ),
            key=lambda each: -each[0],
        )
        for _, first, second in ranked:
            if first not in partner and second not in taken:
                partner[first] = second
                taken.add(second)


def _agreements(old: Mapping[str, Any], new: Mapping[str, Any], partner: Mapping[str, str]) -> int:
    before, after = inputs_of(old), inputs_of(new)
    count = 0
    for name, value in before.items():
        link = link_of(value)
        if name in after:
            wanted = [partner.get(link[0]), link[1]] if link else value
            count += same_literal(after[name], wanted)
    return 2 * count + (title_of(old) == title_of(new))
