"""A workflow in ComfyUI's API format, built node by node from typed handles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Generic, TypeVar, cast

#: A workflow as `POST /prompt` takes it: node id -> {"class_type", "inputs", "_meta"}.
Workflow = dict[str, dict[str, Any]]

Socket = TypeVar("Socket", covariant=True)
#: What adding a node gives: a link for one output, a tuple of links for several, None for none.
Outputs = TypeVar("Outputs", covariant=True)


@dataclass(frozen=True)
class Link(Generic[Socket]):
    """One output of one node, to be handed to another node's input of the same socket type."""

    node_id: str
    slot: int


@dataclass(frozen=True, kw_only=True)
class Node(Generic[Outputs]):
    """A node before it stands in a graph: its class, and its inputs as fields.

    The classes of ComfyUI's own nodes are in `atelier.workflows.nodes`.
    """

    CLASS_TYPE: ClassVar[str]
    OUTPUT_COUNT: ClassVar[int]

    def kind(self) -> str:
        """Return ComfyUI's name of the node class."""
        return self.CLASS_TYPE

    def values(self) -> Mapping[str, object]:
        """Return literals and links by input name; an input that is None is left out of a workflow."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def links(self, node_id: str) -> Outputs:
        """Return the links to the node's outputs once it stands in a graph under this id."""
        links = _links(node_id, self.OUTPUT_COUNT)
        given = links if len(links) > 1 else links[0] if links else None
        return cast(Outputs, given)


@dataclass(frozen=True)
class AnyNode(Node[tuple[Link[Any], ...]]):
    """A node of any class, such as one of a custom pack; nothing is known of its sockets' types.

    Example:
        >>> graph = Graph()
        >>> (black,) = graph.add(AnyNode("EmptyImage", {"width": 64, "height": 64, "batch_size": 1}))
    """

    class_type: str
    inputs: Mapping[str, object]
    #: How many outputs it has; adding it gives a tuple of so many links.
    outputs: int = 1

    def kind(self) -> str:
        return self.class_type

    def values(self) -> Mapping[str, object]:
        return self.inputs

    def links(self, node_id: str) -> tuple[Link[Any], ...]:
        return _links(node_id, self.outputs)


class Graph:
    """Collects nodes under the ids 1, 2, 3, ... and gives the workflow.

    Example:
        >>> from atelier.workflows.nodes.images import ImageScaleBy, LoadImage, SaveImage
        >>> graph = Graph()
        >>> image, mask = graph.add(LoadImage(image="day.png"))
        >>> graph.add(SaveImage(images=graph.add(ImageScaleBy(image=image, scale_by=2.0))))
        >>> graph.workflow()["3"]["inputs"]["images"]
        ['2', 0]
    """

    def __init__(self) -> None:
        self._nodes: Workflow = {}

    def add(self, node: Node[Outputs], *, title: str | None = None) -> Outputs:
        """Add a node and return the links to its outputs.

        Args:
            node: The node; its links must come from this graph.
            title: What the page shows above the node.
        """
        node_id = str(len(self._nodes) + 1)
        entry: dict[str, Any] = {
            "class_type": node.kind(),
            "inputs": {
                name: [value.node_id, value.slot] if isinstance(value, Link) else value
                for name, value in node.values().items()
                if value is not None
            },
        }
        if title is not None:
            entry["_meta"] = {"title": title}
        self._nodes[node_id] = entry
        return node.links(node_id)

    def workflow(self) -> Workflow:
        """Return the workflow, a copy."""
        return {node_id: {**entry, "inputs": dict(entry["inputs"])} for node_id, entry in self._nodes.items()}


def _links(node_id: str, count: int) -> tuple[Link[Any], ...]:
    return tuple(Link[Any](node_id, slot) for slot in range(count))
