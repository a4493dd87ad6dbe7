"""Group nodes: the older way to put several nodes into one box, read as sub-graphs.

A document keeps them under `extra.groupNodes`: the inner nodes, the links among them by index, and which
outputs lead out. What leads in is not written down: it is every socket that no inner link ends at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from atelier.workflows.object_info import InputType, NodeCatalogue
from atelier.workflows.ui_document import (
    INPUT_BORDER,
    OUTPUT_BORDER,
    UiGraph,
    UiInput,
    UiLink,
    UiNode,
    as_list,
    as_mapping,
    as_text,
    read_node,
)
from atelier.workflows.widgets import is_widget

#: What the types of group nodes begin with.
_PREFIXES = ("workflow>", "workflow/")


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupWidget:
    """A widget of the box that edits an input of an inner node."""

    node_id: str
    input: InputType


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupNode:
    """A group node as a sub-graph, and the widgets of the box in the order of its values."""

    graph: UiGraph
    widgets: tuple[GroupWidget, ...]


def group_name(node_type: str) -> str | None:
    """Return the name of the group that a node's type names; None for any other type."""
    return next((node_type[len(each) :] for each in _PREFIXES if node_type.startswith(each)), None)


def read_group(name: str, raw: Mapping[str, Any], catalogue: NodeCatalogue) -> GroupNode:
    """Read a group node's definition; inner nodes that cannot be read are left out."""
    return _Reading(name, raw, catalogue).group()


class _Reading:
    def __init__(self, name: str, raw: Mapping[str, Any], catalogue: NodeCatalogue) -> None:
        self.name = name
        self.catalogue = catalogue
        self.config = as_mapping(raw.get("config"))
        self.nodes: dict[int, UiNode] = {}
        for index, each in enumerate(as_list(raw.get("nodes"))):
            # Inner nodes go by their position; the ids that they had before mean nothing any more.
            node = read_node({**as_mapping(each), "id": index})
            if node is not None:
                self.nodes[index] = replace(
                    node, inputs=tuple(replace(given, link=None) for given in node.inputs)
                )
        self.links = [link for each in as_list(raw.get("links")) if (link := _inner_link(each))]
        self.external = {
            (each[0], each[1])
            for each in as_list(raw.get("external"))
            if isinstance(each, list) and len(each) >= 2 and all(isinstance(part, int) for part in each[:2])
        }
        self.inputs: list[UiInput] = []
        self.wires: dict[str, UiLink] = {}
        self.seen: dict[str, int] = {}

    def group(self) -> GroupNode:
        for index, each in self.nodes.items():
            self.nodes[index] = replace(each, inputs=self._sockets(index, each))
        for link in self.links:
            self._wire(link)
        for index, node in self.nodes.items():
            self._lead_in(index, node, converted=False)
        for index, node in self.nodes.items():
            self._lead_in(index, node, converted=True)
        outputs = self._lead_out()
        graph = UiGraph(
            name=self.name,
            nodes={str(index): node for index, node in self.nodes.items()},
            links=self.wires,
            inputs=tuple(self.inputs),
            outputs=outputs,
        )
        return GroupNode(graph=graph, widgets=tuple(self._widgets()))

    def _sockets(self, index: int, node: UiNode) -> tuple[UiInput, ...]:
        """Return the sockets as inner links count them: those without a widget, then converted widgets."""
        node_type = self.catalogue.get(node.type)
        if node_type is None:
            if node.type == "Reroute" and not node.inputs:
                return (UiInput(name=""),)
            return node.inputs
        plain = [
            UiInput(name=each.name, type=each.type)
            for each in node_type.inputs.values()
            if not is_widget(each) and not each.hidden
        ]
        return (*plain, *(each for each in node.inputs if each.widget))

    def _wire(self, link: UiLink) -> None:
        target = self.nodes.get(int(link.target))
        if target is None or int(link.origin) not in self.nodes or link.target_slot >= len(target.inputs):
            return
        name = f"inner {len(self.wires)}"
        self.wires[name] = link
        inputs = list(target.inputs)
        inputs[link.target_slot] = replace(inputs[link.target_slot], link=name)
        self.nodes[int(link.target)] = replace(target, inputs=tuple(inputs))

    def _lead_in(self, index: int, node: UiNode, *, converted: bool) -> None:
        for slot, each in enumerate(node.inputs):
            current = self.nodes[index]
            if each.widget is not converted or each.link is not None:
                continue
            if node.type == "Reroute" and not self._reroute_is_open(index):
                continue
            name = self._name(index, node, each.name)
            settings = as_mapping(
                as_mapping(as_mapping(self.config.get(str(index))).get("input")).get(each.name)
            )
            if settings.get("visible") is False and not converted:
                continue
            wire = f"in {len(self.inputs)}"
            self.wires[wire] = UiLink(
                origin=INPUT_BORDER, origin_slot=len(self.inputs), target=str(index), target_slot=slot
            )
            self.inputs.append(UiInput(name=as_text(settings.get("name")) or name, type=each.type))
            inputs = list(current.inputs)
            inputs[slot] = replace(each, link=wire)
            self.nodes[index] = replace(current, inputs=tuple(inputs))

    def _reroute_is_open(self, index: int) -> bool:
        return any(int(link.origin) == index for link in self.links) or any(
            node == index for node, _ in self.external
        )

    def _name(self, index: int, node: UiNode, name: str) -> str:
        """Return what the box calls an input; a name that is taken gets the node's title before it."""
        full = f"{node.title or node.type} {name}" if name in self.seen else name
        count = self.seen.get(full, 1)
        self.seen[full] = count + 1
        return f"{node.title or node.type} {count} {name}" if count > 1 else full

    def _lead_out(self) -> tuple[str, ...]:
        outputs: list[str] = []
        for index, node in self.nodes.items():
            node_type = self.catalogue.get(node.type)
            types = tuple(each.type for each in node_type.outputs) if node_type else node.outputs
            for slot, kind in enumerate(types):
                inside = any(int(link.origin) == index and link.origin_slot == slot for link in self.links)
                settings = as_mapping(
                    as_mapping(as_mapping(self.config.get(str(index))).get("output")).get(str(slot))
                )
                shown = settings.get("visible")
                if not (shown if isinstance(shown, bool) else not inside or (index, slot) in self.external):
                    continue
                self.wires[f"out {len(outputs)}"] = UiLink(
                    origin=str(index), origin_slot=slot, target=OUTPUT_BORDER, target_slot=len(outputs)
                )
                outputs.append(kind)
        return tuple(outputs)

    def _widgets(self) -> Iterator[GroupWidget]:
        for index, node in self.nodes.items():
            if node.type == "PrimitiveNode":
                if any(int(link.origin) == index for link in self.links):
                    value = InputType(name="value", type="INT", control_after_generate=True)
                    yield GroupWidget(node_id=str(index), input=value)
                continue
            node_type = self.catalogue.get(node.type)
            if node_type is None:
                continue
            converted = {each.name for each in node.inputs if each.widget}
            for each in node_type.inputs.values():
                if is_widget(each) and each.name not in converted:
                    yield GroupWidget(node_id=str(index), input=each)
            if any(each.upload for each in node_type.inputs.values()):
                # The upload button of the inner node stands among the box's values.
                yield GroupWidget(node_id=str(index), input=InputType(name="upload", type="BUTTON"))


def _inner_link(raw: object) -> UiLink | None:
    parts = as_list(raw)[:4]
    if len(parts) < 4 or not all(isinstance(each, int) and each >= 0 for each in parts):
        return None
    origin, origin_slot, target, target_slot = parts
    return UiLink(origin=str(origin), origin_slot=origin_slot, target=str(target), target_slot=target_slot)
