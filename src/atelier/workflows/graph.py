"""A workflow in ComfyUI's API format, built node by node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: A workflow as `POST /prompt` takes it: node id -> {"class_type", "inputs", "_meta"}.
Workflow = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Link:
    """One output of one node, to be handed to another node's input."""

    node_id: str
    slot: int


@dataclass(frozen=True)
class Node:
    """A node that stands in a graph; its outputs are its items."""

    node_id: str

    def __getitem__(self, slot: int) -> Link:
        if slot < 0:
            raise IndexError("outputs are counted from 0")
        return Link(self.node_id, slot)


class Graph:
    """Collects nodes under the ids 1, 2, 3, ... and gives the workflow.

    Example:
        >>> graph = Graph()
        >>> image = graph.add("EmptyImage", width=64, height=64, batch_size=1, color=0)
        >>> _ = graph.add("SaveImage", images=image[0], filename_prefix="black")
        >>> graph.workflow()["2"]["inputs"]["images"]
        ['1', 0]
    """

    def __init__(self) -> None:
        self._nodes: Workflow = {}

    def add(self, class_type: str, *, title: str | None = None, **inputs: object) -> Node:
        """Add a node and return it.

        Args:
            class_type: ComfyUI's name of the node class.
            title: What the page shows above the node.
            inputs: Literals and links by input name; an input that is None is left out.
        """
        node_id = str(len(self._nodes) + 1)
        entry: dict[str, Any] = {
            "class_type": class_type,
            "inputs": {
                name: [value.node_id, value.slot] if isinstance(value, Link) else value
                for name, value in inputs.items()
                if value is not None
            },
        }
        if title is not None:
            entry["_meta"] = {"title": title}
        self._nodes[node_id] = entry
        return Node(node_id)

    def workflow(self) -> Workflow:
        """Return the workflow, a copy."""
        return {node_id: {**entry, "inputs": dict(entry["inputs"])} for node_id, entry in self._nodes.items()}
