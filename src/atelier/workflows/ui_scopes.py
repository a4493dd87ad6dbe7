"""The graphs of a UI workflow, opened: each instance of a sub-graph or group node with its inside.

A node inside is named by the path of ids that leads to it, such as `106:89`, as the page does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from atelier.workflows.group_nodes import group_name, read_group
from atelier.workflows.object_info import InputType, NodeCatalogue
from atelier.workflows.ui_document import (
    INPUT_BORDER,
    OUTPUT_BORDER,
    UiDocument,
    UiGraph,
    UiInput,
    UiLink,
    UiNode,
    as_list,
)
from atelier.workflows.widgets import is_widget, place_values

#: How many sub-graphs may stand in one another; more are left closed.
_DEEPEST = 32
#: How many nodes all graphs may have together once they are open; what goes beyond is left closed.
_MOST_NODES = 20_000


@dataclass(eq=False, kw_only=True)
class Scope:
    """A document's graph, or the inside of one instance."""

    graph: UiGraph
    #: What ids get before them: empty, or the ids of the instances with a colon behind each.
    path: str = ""
    outer: Scope | None = None
    #: The node of the outer graph whose inside this is.
    instance: UiNode | None = None
    #: The insides of the instances in this graph, by node id.
    inside: dict[str, Scope] = field(default_factory=dict)
    #: The inputs of an instance by slot: the definition's, with the links of the outer graph.
    inputs: tuple[UiInput, ...] = ()
    #: Values that the instance gives to its own inputs, by slot.
    values: Mapping[int, Any] = field(default_factory=dict)
    #: Values that the instance gives to the widgets of inner nodes, by node id and name.
    overrides: Mapping[tuple[str, str], Any] = field(default_factory=dict)

    #: The links that end at the outputs of a sub-graph, by slot.
    leaving: Mapping[int, UiLink] = field(init=False)

    def __post_init__(self) -> None:
        links = reversed(list(self.graph.links.values()))
        self.leaving = {link.target_slot: link for link in links if link.target == OUTPUT_BORDER}

    def ordered(self) -> Iterator[UiNode]:
        """Yield the nodes in the order in which the page computes them."""
        yield from sorted(self.graph.nodes.values(), key=lambda node: node.order)


def open_document(document: UiDocument, catalogue: NodeCatalogue, remarks: list[str]) -> Scope:
    """Return the document's graph with all insides open; add what stays closed to the remarks."""
    return _Opening(document, catalogue, remarks).root()


class _Opening:
    def __init__(self, document: UiDocument, catalogue: NodeCatalogue, remarks: list[str]) -> None:
        self.document = document
        self.catalogue = catalogue
        self.remarks = remarks
        self.groups = {name: read_group(name, raw, catalogue) for name, raw in document.groups.items()}
        #: The widgets of each definition's box, named by the slot that they stand at.
        self.widgets: dict[str, list[InputType]] = {}
        self.count = 0

    def root(self) -> Scope:
        scope = Scope(graph=self.document.graph)
        waiting = [(scope, 0)]
        while waiting:
            opened, depth = waiting.pop(0)
            for node in opened.graph.nodes.values():
                inside = self._inside(opened, node)
                if inside is None:
                    continue
                self.count += len(inside.graph.nodes)
                if depth >= _DEEPEST or self.count > _MOST_NODES:
                    self.remarks.append(
                        f"Node {opened.path}{node.id} stays closed: sub-graphs stand in one another more "
                        f"than {_DEEPEST} deep, or hold more than {_MOST_NODES} nodes together."
                    )
                    continue
                opened.inside[node.id] = inside
                waiting.append((inside, depth + 1))
        return scope

    def _inside(self, outer: Scope, node: UiNode) -> Scope | None:
        path = f"{outer.path}{node.id}:"
        definition = self.document.subgraphs.get(node.type)
        if definition is not None:
            values, overrides = self._promoted(definition, node)
            return Scope(
                graph=definition,
                path=path,
                outer=outer,
                instance=node,
                inputs=_instance_inputs(definition, node),
                values=values,
                overrides=overrides,
            )
        name = group_name(node.type)
        group = self.groups.get(name) if name is not None else None
        if group is None:
            return None
        placed = place_values([each.input for each in group.widgets], node.values)
        return Scope(
            graph=group.graph,
            path=path,
            outer=outer,
            instance=node,
            inputs=_instance_inputs(group.graph, node),
            overrides={
                (widget.node_id, given.name): value
                for widget, (given, value) in zip(group.widgets, placed, strict=False)
            },
        )

    def _promoted(
        self, definition: UiGraph, node: UiNode
    ) -> tuple[dict[int, Any], dict[tuple[str, str], Any]]:
        """Return what the instance's own widgets say: by slot of the instance, and by inner node."""
        named = _proxies(node)
        if named and not isinstance(node.values, Mapping) and len(named) == len(node.values):
            slots = {each.name: slot for slot, each in enumerate(definition.inputs)}
            values: dict[int, Any] = {}
            overrides: dict[tuple[str, str], Any] = {}
            for (inner, name), value in zip(named, node.values, strict=True):
                if inner in definition.nodes:
                    overrides[inner, name] = value
                elif name in slots:
                    values[slots[name]] = value
            return values, overrides
        if node.type not in self.widgets:
            self.widgets[node.type] = [
                replace(widget, name=str(slot))
                for slot in range(len(definition.inputs))
                if (widget := self._widget_behind(definition, slot)) is not None
            ]
        placed = place_values(self.widgets[node.type], node.values)
        return {int(widget.name): value for widget, value in placed}, {}

    def _widget_behind(self, definition: UiGraph, slot: int) -> InputType | None:
        """Return the widget that an input of a sub-graph leads to, through sub-graphs in it."""
        for _ in range(_DEEPEST):
            for link in definition.links.values():
                if link.origin != INPUT_BORDER or link.origin_slot != slot:
                    continue
                target = definition.nodes.get(link.target)
                given = _input_of_link(target, definition, link) if target else None
                if target is None or given is None:
                    continue
                inner = self.document.subgraphs.get(target.type)
                if inner is not None:
                    definition = inner
                    slot = next(
                        (index for index, each in enumerate(inner.inputs) if each.name == given.name), -1
                    )
                    break
                node_type = self.catalogue.get(target.type)
                declared = node_type.inputs.get(given.name) if node_type else None
                if declared is not None and is_widget(declared):
                    return declared
                if declared is None and given.widget:
                    return InputType(name=given.name, type=given.type)
            else:
                return None
        return None


def _input_of_link(node: UiNode, graph: UiGraph, link: UiLink) -> UiInput | None:
    named = next((each for each in node.inputs if each.link and graph.links.get(each.link) is link), None)
    return named or (node.inputs[link.target_slot] if link.target_slot < len(node.inputs) else None)


def _instance_inputs(definition: UiGraph, node: UiNode) -> tuple[UiInput, ...]:
    """Return the definition's inputs with the instance's links, found by name, else by place.

    The page leaves widget inputs without a link out of what it saves, so places alone mislead.
    """
    by_name = {each.name: each for each in node.inputs}
    names = {each.name for each in definition.inputs}
    inputs = []
    for slot, each in enumerate(definition.inputs):
        own = by_name.get(each.name)
        if own is None and slot < len(node.inputs) and node.inputs[slot].name not in names:
            own = node.inputs[slot]
        inputs.append(replace(each, link=own.link if own else None))
    return tuple(inputs)


def _proxies(node: UiNode) -> Sequence[tuple[str, str]]:
    """Return the inner widgets that newer pages show on an instance, as inner id and name."""
    pairs = as_list(node.properties.get("proxyWidgets"))
    return [
        (str(each[0]), str(each[1])) for each in pairs if isinstance(each, (list, tuple)) and len(each) >= 2
    ]
