"""How the nodes of a workflow hang together: links, what an output needs, loops, the longest chain.

Everything takes time linear in nodes and links, recurses nowhere, and bears any JSON value in a node's place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, TypeGuard

#: Nodes in a row that ComfyUI takes; it recurses once for each, and Python stops it at 1000 calls.
LONGEST_CHAIN = 980

#: What JSON calls an object. Nearly all are a dict, which is told much sooner than the abstract class.
_OBJECT = (dict, Mapping)

#: Node id -> the ids of the nodes that it takes something from, each once.
Sources = Mapping[str, Collection[str]]


def inputs_of(node: object) -> Mapping[str, Any]:
    """Return the inputs of a node; empty where it has none to speak of."""
    inputs = node.get("inputs") if isinstance(node, _OBJECT) else None
    return inputs if isinstance(inputs, _OBJECT) else {}


def class_of(node: object) -> str | None:
    """Return the class of a node; None where it does not say."""
    class_type = node.get("class_type") if isinstance(node, _OBJECT) else None
    return class_type if isinstance(class_type, str) else None


def title_of(node: object) -> str | None:
    """Return what the page shows above a node; None where the workflow does not say."""
    meta = node.get("_meta") if isinstance(node, _OBJECT) else None
    title = meta.get("title") if isinstance(meta, _OBJECT) else None
    return title if isinstance(title, str) else None


def nodes_of(workflow: object) -> dict[str, Mapping[str, Any]]:
    """Return the entries of a workflow that are nodes: those that name a class."""
    entries = workflow.items() if isinstance(workflow, _OBJECT) else ()
    return {node_id: each for node_id, each in entries if isinstance(node_id, str) and class_of(each)}


def is_link(value: object) -> TypeGuard[list[Any]]:
    """Return whether a value is a link to ComfyUI: a node id and a number."""
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], (int, float))
    )


def as_id(value: object) -> str | None:
    """Return the node id that a value of another type stands for; None where it stands for none."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        return str(value)
    return value if isinstance(value, str) else None


def as_slot(value: object) -> int | None:
    """Return the slot that a value of another type stands for; None where it stands for none."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        return int(value)
    if isinstance(value, (int, float)) and 0 <= value < 10**9 and value == int(value):
        return int(value)
    return None


def unwrapped(value: Any) -> Any:
    """Return what a server sees in a value: `{"__value__": ...}` stands for what is in it."""
    return value["__value__"] if isinstance(value, dict) and "__value__" in value else value


def sources(workflow: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return for each node those of the workflow that it links to."""
    found = {}
    for node_id, node in workflow.items():
        values = map(unwrapped, inputs_of(node).values())
        linked = (value[0] for value in values if is_link(value))
        found[node_id] = tuple(dict.fromkeys(each for each in linked if each in workflow))
    return found


def needed_by(outputs: Iterable[str], links: Sources) -> set[str]:
    """Return the outputs with everything that they need."""
    seen = set(outputs)
    waiting = list(seen)
    while waiting:
        for source in links.get(waiting.pop(), ()):
            if source not in seen:
                seen.add(source)
                waiting.append(source)
    return seen


def loops(links: Sources) -> tuple[tuple[str, ...], ...]:
    """Return one loop for each group of nodes that feed each other, its first node again at the end.

    The nodes stand in the direction of the data: each feeds the next.
    """
    return tuple(_loop_in(group, links) for group in _components(links) if _is_loop(group, links))


def longest_chains(links: Sources) -> dict[str, int]:
    """Return for each node how many nodes stand in the longest chain that ends in it, itself counted.

    Nodes in loops, and those behind them, have no such number and are left out.
    """
    lengths: dict[str, int] = {}
    users: dict[str, list[str]] = {node_id: [] for node_id in links}
    missing = {node_id: len(feeding) for node_id, feeding in links.items()}
    for node_id, feeding in links.items():
        for source in feeding:
            users[source].append(node_id)
    ready = [node_id for node_id, count in missing.items() if count == 0]
    while ready:
        node_id = ready.pop()
        lengths[node_id] = 1 + max((lengths[source] for source in links[node_id]), default=0)
        for user in users[node_id]:
            missing[user] -= 1
            if missing[user] == 0:
                ready.append(user)
    return lengths


def _is_loop(group: tuple[str, ...], links: Sources) -> bool:
    return len(group) > 1 or group[0] in links[group[0]]


def _components(links: Sources) -> Iterator[tuple[str, ...]]:
    """Yield the strongly connected components (Tarjan, SIAM J. Comput. 1972, without recursion)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    for start in links:
        if start in number:
            continue
        path = [(start, iter(links[start]))]
        number[start] = low[start] = len(number)
        stack.append(start)
        on_stack.add(start)
        while path:
            node_id, feeding = path[-1]
            for source in feeding:
                if source not in number:
                    number[source] = low[source] = len(number)
                    stack.append(source)
                    on_stack.add(source)
                    path.append((source, iter(links[source])))
                    break
                if source in on_stack:
                    low[node_id] = min(low[node_id], number[source])
            else:
                path.pop()
                if path:
                    user = path[-1][0]
                    low[user] = min(low[user], low[node_id])
                if low[node_id] == number[node_id]:
                    group: list[str] = []
                    while not group or group[-1] != node_id:
                        group.append(stack.pop())
                    on_stack.difference_update(group)
                    yield tuple(group)


def _loop_in(group: tuple[str, ...], links: Sources) -> tuple[str, ...]:
    members = set(group)
    at: dict[str, int] = {}
    path: list[str] = []
    node_id = group[0]
    while node_id not in at:
        at[node_id] = len(path)
        path.append(node_id)
        node_id = next(source for source in links[node_id] if source in members)
    loop = path[at[node_id] :]
    # The walk went against the data, from a node to what feeds it.
    loop.reverse()
    return (*loop, loop[0])
