"""Validation of a whole workflow: what of it can run, and what is wrong with the rest.

Error types, messages and bodies are ComfyUI's (docs/reference/protocol.md). Nothing here recurses.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atelier.engine.node_validation import CheckedNode, Consumer, NodeCheck, check_node, error
from atelier.workflows.wiring import LONGEST_CHAIN

if TYPE_CHECKING:
    from atelier.engine.catalogue import Catalogue
    from atelier.engine.folders import Folders

#: Many times what people draw, and few enough to be checked within a second.
_MOST_NODES = 10_000
#: Errors that ComfyUI has no type for: it runs out of stack and does not say where.
_OWN_TYPES = frozenset({"dependency_cycle", "chain_too_long"})
#: A cycle's nodes are named up to this many.
_NAMED_IN_CYCLE = 12


@dataclass(frozen=True, kw_only=True)
class CheckedWorkflow:
    """A workflow of which at least one output can run."""

    #: The workflow as it was sent, with the values converted to their inputs' types.
    graph: dict[str, Any]
    #: What the valid outputs need; every node stands behind those that it links to.
    nodes: Mapping[str, CheckedNode]
    #: The output nodes that can run, in the workflow's order.
    outputs: tuple[str, ...]
    #: ComfyUI's `node_errors`: why the other outputs cannot.
    node_errors: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Rejection:
    """Why nothing of a workflow can run."""

    #: ComfyUI's `error`: type, message, details, extra_info.
    error: dict[str, Any]
    node_errors: dict[str, Any]

    @property
    def document(self) -> dict[str, Any]:
        """The body of the answer."""
        return {"error": self.error, "node_errors": self.node_errors}


def rejected(type: str, message: str, details: str = "") -> Rejection:
    """Return a rejection that no single node is to blame for."""
    return Rejection(error=error(type, message, details), node_errors={})


def check_workflow(
    graph: Mapping[str, Any], *, catalogue: Catalogue, folders: Folders, targets: Container[str] | None = None
) -> CheckedWorkflow | Rejection:
    """Check a workflow in API format, and convert its values.

    Args:
        graph: Node id -> class_type and inputs; left as it is.
        catalogue: The known node classes.
        folders: Where combos look for their choices.
        targets: The output nodes that are wanted; None for all.
    """
    if len(graph) > _MOST_NODES:
        return rejected(
            "invalid_prompt", f"Cannot execute more than {_MOST_NODES} nodes.", f"There are {len(graph)}."
        )
    outputs = []
    for node_id, entry in graph.items():
        place = f"Node ID '#{node_id}'"
        if not isinstance(entry, dict):
            return rejected("invalid_prompt", "Cannot execute because a node is not an object.", place)
        if "class_type" not in entry:
            return rejected(
                "invalid_prompt", "Cannot execute because a node is missing the class_type property.", place
            )
        name = entry["class_type"]
        node_class = catalogue.get(name) if isinstance(name, str) else None
        if node_class is None:
            return rejected("invalid_prompt", f"Cannot execute because node {name} does not exist.", place)
        if node_class.output_node and (targets is None or node_id in targets):
            outputs.append(node_id)
    if not outputs:
        return rejected("prompt_no_outputs", "Prompt has no outputs")

    walk = _Walk(graph, catalogue, folders)
    for output in outputs:
        walk.visit(output)
    checks = walk.finished
    rejection = _without_inputs(graph, checks)
    if rejection is not None:
        return rejection
    bad = [each for each in outputs if each not in walk.valid]
    node_errors, details = _report(checks, bad)
    if len(bad) == len(outputs):
        return Rejection(
            error=error("prompt_outputs_failed_validation", "Prompt outputs failed validation", details),
            node_errors=node_errors,
        )
    good = tuple(each for each in outputs if each in walk.valid)
    needed = _reachable(checks, good)
    return CheckedWorkflow(
        graph=walk.converted_graph(),
        nodes={node_id: check.node for node_id, check in checks.items() if node_id in needed},
        outputs=good,
        node_errors=node_errors,
    )


def _without_inputs(graph: Mapping[str, Any], checked: Container[str]) -> Rejection | None:
    """Refuse nodes that no output needs and whose inputs are no object: ComfyUI's worker ends with them."""
    for node_id, entry in graph.items():
        if node_id not in checked and not isinstance(entry.get("inputs"), dict):
            message = "Cannot execute because the inputs of a node are not an object."
            return rejected("invalid_prompt", message, f"Node ID '#{node_id}'")
    return None


class _Walk:
    """Checks nodes from the outputs upwards, each once, and finds the valid ones and the cycles."""

    def __init__(self, graph: Mapping[str, Any], catalogue: Catalogue, folders: Folders) -> None:
        self._graph = graph
        self._catalogue = catalogue
        self._folders = folders
        self._checks: dict[str, NodeCheck] = {}
        #: The checked nodes, each behind those that it links to, as far as there are no cycles.
        self.finished: dict[str, NodeCheck] = {}
        self.valid: set[str] = set()
        #: Nodes in the longest chain that ends in each.
        self._lengths: dict[str, int] = {}

    def visit(self, output: str) -> None:
        """Check an output node and whatever it needs."""
        if output in self._checks:
            return
        path = [(output, self._enter(output, consumer=None))]
        on_path = {output}
        while path:
            node_id, links = path[-1]
            following = next(links, None)
            if following is None:
                path.pop()
                on_path.remove(node_id)
                self._leave(node_id)
                continue
            input_name, source = following
            if source in on_path:
                self._checks[node_id].errors.append(_cycle([each for each, _ in path], source))
            elif source not in self._checks:
                consumer = Consumer(
                    node_class=self._checks[node_id].node.node_class,
                    input_name=input_name,
                    link=self._checks[node_id].inputs[input_name],
                )
                path.append((source, self._enter(source, consumer)))
                on_path.add(source)

    def converted_graph(self) -> dict[str, Any]:
        """Return the workflow with the values as the checks converted them."""
        return {
            node_id: {**entry, "inputs": self._checks[node_id].inputs}
            if node_id in self._checks and "inputs" in entry
            else entry
            for node_id, entry in self._graph.items()
        }

    def _enter(self, node_id: str, consumer: Consumer | None) -> Iterator[tuple[str, str]]:
        check = check_node(
            node_id, graph=self._graph, catalogue=self._catalogue, folders=self._folders, consumer=consumer
        )
        self._checks[node_id] = check
        return iter([(name, source) for name, (source, _) in check.node.links.items()])

    def _leave(self, node_id: str) -> None:
        self.finished[node_id] = check = self._checks[node_id]
        sources = [source for source, _ in check.node.links.values()]
        self._lengths[node_id] = 1 + max((self._lengths.get(each, 0) for each in sources), default=0)
        if self._lengths[node_id] == LONGEST_CHAIN + 1:
            check.errors.append(
                error("chain_too_long", "Chain too long", f"more than {LONGEST_CHAIN} nodes in a row")
            )
        if not check.errors and self.valid.issuperset(sources):
            self.valid.add(node_id)


def _cycle(path: list[str], start: str) -> dict[str, Any]:
    nodes = path[path.index(start) :]
    names = [*nodes[:_NAMED_IN_CYCLE], *(["..."] if len(nodes) > _NAMED_IN_CYCLE else []), start]
    return error("dependency_cycle", "Dependency cycle detected", " -> ".join(names))


def _report(checks: dict[str, NodeCheck], bad: Sequence[str]) -> tuple[dict[str, Any], str]:
    """Return `node_errors`, and the lines about the bad outputs themselves and about cycles.

    Args:
        checks: Each behind those that it links to, as far as there are no cycles.
        bad: The outputs that cannot run.
    """
    dependants = _dependants(checks, bad)
    node_errors: dict[str, Any] = {}
    lines: dict[str, None] = {}
    for node_id, check in checks.items():
        if not check.errors or not dependants[node_id]:
            continue
        bits = reversed(f"{dependants[node_id]:b}")
        dependent_outputs = [output for output, bit in zip(bad, bits, strict=False) if bit == "1"]
        node_errors[node_id] = {
            "errors": check.errors,
            "dependent_outputs": dependent_outputs,
            "class_type": check.node.node_class.name,
        }
        for each in check.errors:
            if node_id in dependent_outputs or each["type"] in _OWN_TYPES:
                lines[f"{each['message']}: {each['details']}"] = None
    return node_errors, "\n".join(lines)


def _dependants(checks: dict[str, NodeCheck], outputs: Sequence[str]) -> dict[str, int]:
    """Return for each node the outputs that need it, one bit an output."""
    # A walk from each output takes minutes where thousands of them hang on a long chain. Here one round is
    # enough, and cycles take a few.
    found = dict.fromkeys(checks, 0) | {output: 1 << at for at, output in enumerate(outputs)}
    changed = True
    while changed:
        changed = False
        for node_id in reversed(checks):
            for source, _ in checks[node_id].node.links.values():
                if found[node_id] & ~found[source]:
                    found[source] |= found[node_id]
                    changed = True
    return found


def _reachable(checks: Mapping[str, NodeCheck], outputs: Iterable[str]) -> set[str]:
    """Return the outputs and whatever they need."""
    seen = set(outputs)
    waiting = list(seen)
    while waiting:
        for source, _ in checks[waiting.pop()].node.links.values():
            if source not in seen:
                seen.add(source)
                waiting.append(source)
    return seen
