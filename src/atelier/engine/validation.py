"""Validation of a whole workflow: what of it can run, and what is wrong with the rest.

Error types, messages and bodies are ComfyUI's (docs/reference/protocol.md). Nothing here recurses, so a
chain of nodes may be as long as it likes.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atelier.engine.node_validation import CheckedNode, Consumer, NodeCheck, check_node, error

if TYPE_CHECKING:
    from atelier.engine.catalogue import Catalogue
    from atelier.engine.folders import Folders

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
    bad = [each for each in outputs if each not in walk.valid]
    node_errors, details = _report(walk.checks, bad)
    if len(bad) == len(outputs):
        return Rejection(
            error=error("prompt_outputs_failed_validation", "Prompt outputs failed validation", details),
            node_errors=node_errors,
        )
    good = tuple(each for each in outputs if each in walk.valid)
    needed = set(_reachable(walk.checks, good))
    return CheckedWorkflow(
        graph=walk.converted_graph(),
        nodes={each: walk.checks[each].node for each in walk.checks_in_order() if each in needed},
        outputs=good,
        node_errors=node_errors,
    )


class _Walk:
    """Checks nodes from the outputs upwards, each once, and finds the valid ones and the cycles."""

    def __init__(self, graph: Mapping[str, Any], catalogue: Catalogue, folders: Folders) -> None:
        self._graph = graph
        self._catalogue = catalogue
        self._folders = folders
        self._finished: dict[str, None] = {}
        self.checks: dict[str, NodeCheck] = {}
        self.valid: set[str] = set()

    def visit(self, output: str) -> None:
        """Check an output node and whatever it needs."""
        if output in self.checks:
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
                self.checks[node_id].errors.append(_cycle([each for each, _ in path], source))
            elif source not in self.checks:
                consumer = Consumer(
                    node_class=self.checks[node_id].node.node_class,
                    input_name=input_name,
                    link=self._graph[node_id]["inputs"][input_name],
                )
                path.append((source, self._enter(source, consumer)))
                on_path.add(source)

    def checks_in_order(self) -> Iterable[str]:
        """Return the checked nodes, each behind those that it links to."""
        return self._finished

    def converted_graph(self) -> dict[str, Any]:
        """Return the workflow with the values as the checks converted them."""
        return {
            node_id: {**entry, "inputs": self.checks[node_id].inputs}
            if node_id in self.checks and "inputs" in entry
            else entry
            for node_id, entry in self._graph.items()
        }

    def _enter(self, node_id: str, consumer: Consumer | None) -> Iterator[tuple[str, str]]:
        check = check_node(
            node_id, graph=self._graph, catalogue=self._catalogue, folders=self._folders, consumer=consumer
        )
        self.checks[node_id] = check
        return iter([(name, source) for name, (source, _) in check.node.links.items()])

    def _leave(self, node_id: str) -> None:
        self._finished[node_id] = None
        check = self.checks[node_id]
        if not check.errors and all(source in self.valid for source, _ in check.node.links.values()):
            self.valid.add(node_id)


def _cycle(path: list[str], start: str) -> dict[str, Any]:
    # ComfyUI 0.3.64 runs out of stack here and answers without a word; we name the nodes.
    nodes = path[path.index(start) :]
    names = [*nodes[:_NAMED_IN_CYCLE], *(["..."] if len(nodes) > _NAMED_IN_CYCLE else []), start]
    return error("dependency_cycle", "Dependency cycle detected", " -> ".join(names))


def _report(checks: Mapping[str, NodeCheck], bad: Iterable[str]) -> tuple[dict[str, Any], str]:
    """Return `node_errors`, and the lines about the bad outputs themselves and about cycles."""
    node_errors: dict[str, Any] = {}
    lines: dict[str, None] = {}
    for output in bad:
        for node_id in _reachable(checks, [output]):
            check = checks[node_id]
            if not check.errors:
                continue
            entry = node_errors.setdefault(
                node_id,
                {
                    "errors": check.errors,
                    "dependent_outputs": [],
                    "class_type": check.node.node_class.name,
                },
            )
            entry["dependent_outputs"].append(output)
            for each in check.errors:
                if node_id == output or each["type"] == "dependency_cycle":
                    lines[f"{each['message']}: {each['details']}"] = None
    return node_errors, "\n".join(lines)


def _reachable(checks: Mapping[str, NodeCheck], outputs: Iterable[str]) -> list[str]:
    """Return the outputs and whatever they need."""
    seen = dict.fromkeys(outputs)
    waiting = list(seen)
    while waiting:
        for source, _ in checks[waiting.pop()].node.links.values():
            if source not in seen:
                seen[source] = None
                waiting.append(source)
    return list(seen)
