"""The order in which a job's nodes run."""

from __future__ import annotations

import heapq
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from atelier.engine.node_validation import CheckedNode


def running_order(
    nodes: Mapping[str, CheckedNode], outputs: Sequence[str], cached: Container[str]
) -> Iterator[str]:
    """Yield the outputs and whatever they need that is not cached, each behind those that it links to.

    Among the nodes that could run, an output goes first, then a node that feeds an output, then one that
    feeds such a node, so that pictures appear as early as they can; otherwise the one that was met first.
    That is ComfyUI's order, except that ComfyUI takes the outputs themselves in no particular one.

    Args:
        nodes: A workflow without cycles.
        outputs: The outputs that are wanted; they come up although they are cached.
        cached: Nodes whose results are there already.
    """
    met: dict[str, int] = {}
    waiting = list(reversed(outputs))
    while waiting:
        node_id = waiting.pop()
        if node_id not in met:
            met[node_id] = len(met)
            waiting += [source for source in _sources(nodes, node_id, cached) if source not in met]
    consumers: dict[str, list[str]] = {node_id: [] for node_id in met}
    missing = dict.fromkeys(met, 0)
    for node_id in met:
        for source in _sources(nodes, node_id, cached):
            consumers[source].append(node_id)
            missing[node_id] += 1

    far = 3
    distance = {node_id: 0 if nodes[node_id].node_class.output_node else far for node_id in met}
    for step in (1, 2):
        for node_id in met:
            if any(distance[each] == step - 1 for each in consumers[node_id]):
                distance[node_id] = min(distance[node_id], step)

    ready = [(distance[each], met[each], each) for each in met if not missing[each]]
    heapq.heapify(ready)
    while ready:
        _, _, node_id = heapq.heappop(ready)
        yield node_id
        for consumer in consumers[node_id]:
            missing[consumer] -= 1
            if not missing[consumer]:
                heapq.heappush(ready, (distance[consumer], met[consumer], consumer))


def _sources(nodes: Mapping[str, CheckedNode], node_id: str, cached: Container[str]) -> list[str]:
    """Return the nodes that have to run before this one; none when it is cached itself."""
    if node_id in cached:
        return []
    return list(dict.fromkeys(s for s, _ in nodes[node_id].links.values() if s not in cached))
