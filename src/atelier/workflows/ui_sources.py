"""Where the inputs of a UI workflow come from: links followed upstream to what the server runs.

Reroutes hand on, bypassed nodes are linked around by type, sub-graphs are gone into and out of, and
primitives give their value. The rules are the page's (frontend 1.27), see docs/reference/protocol.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from atelier.workflows.object_info import NodeCatalogue
from atelier.workflows.ui_document import INPUT_BORDER, UiInput, UiNode, as_text
from atelier.workflows.ui_scopes import Scope
from atelier.workflows.widgets import is_widget

#: Nodes that hand on what they get.
_REROUTES = frozenset({"Reroute", "Reroute (rgthree)"})
_PRIMITIVE = "PrimitiveNode"
#: Nodes that name a wire, and nodes that take it up elsewhere under that name (KJNodes, Easy-Use).
_SETTERS = frozenset({"SetNode", "easy setNode"})
_GETTERS = frozenset({"GetNode", "easy getNode"})
#: Nodes that are there to be read, or to steer the page (rgthree).
_NOTES = frozenset(
    {
        "Note",
        "MarkdownNote",
        "Label (rgthree)",
        "Bookmark (rgthree)",
        "Fast Muter (rgthree)",
        "Fast Bypasser (rgthree)",
        "Fast Groups Muter (rgthree)",
        "Fast Groups Bypasser (rgthree)",
    }
)
#: Types that take any other.
_ANY = frozenset({"", "*"})
_VIRTUAL = _REROUTES | {_PRIMITIVE} | _SETTERS | _GETTERS | _NOTES


@dataclass(frozen=True, slots=True)
class Output:
    """An output of a node that the server runs."""

    node_id: str
    slot: int


@dataclass(frozen=True, slots=True)
class Value:
    """What a widget elsewhere says: a primitive, or a widget of a sub-graph's box."""

    value: Any


class Muted:
    """The source is a muted node: the input goes, and its own value with it."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A link leads to nothing."""

    reason: str


#: None: nothing is connected.
Source = Output | Value | Muted | Broken | None


@dataclass(frozen=True, slots=True)
class _InputPlace:
    scope: Scope
    node_id: str
    slot: int
    #: The type wanted at the far end, where it is not the input's own.
    wanted: str | None = None
    #: What the widget of a sub-graph's box says that was passed on the way out.
    said: Value | None = None


@dataclass(frozen=True, slots=True)
class _OutputPlace:
    scope: Scope
    node_id: str
    slot: int
    wanted: str


class Sources:
    """Finds what stands behind the inputs of an opened document."""

    def __init__(self, catalogue: NodeCatalogue) -> None:
        self._catalogue = catalogue
        self._inputs: dict[tuple[str, str], tuple[UiInput, ...]] = {}

    def is_virtual(self, node: UiNode) -> bool:
        """Say whether a node is of the page alone, so that the server never sees it."""
        return node.type in _VIRTUAL and node.type not in self._catalogue

    def inputs(self, scope: Scope, node: UiNode) -> tuple[UiInput, ...]:
        """Return a node's inputs in the page's order: sockets, widgets, what the file has besides."""
        inside = scope.inside.get(node.id)
        if inside is not None:
            return inside.inputs
        key = (scope.path, node.id)
        if key not in self._inputs:
            self._inputs[key] = self._ordered_inputs(node)
        return self._inputs[key]

    def _ordered_inputs(self, node: UiNode) -> tuple[UiInput, ...]:
        node_type = self._catalogue.get(node.type)
        if node_type is None:
            return node.inputs
        own = {each.name: each for each in reversed(node.inputs)}
        declared = [each for each in node_type.inputs.values() if not each.hidden]
        ordered = [
            replace(own.get(each.name, UiInput(name=each.name)), type=each.type, widget=is_widget(each))
            for each in sorted(declared, key=is_widget)
        ]
        return (*ordered, *(each for each in node.inputs if each.name not in node_type.inputs))

    def source(self, scope: Scope, node: UiNode, slot: int) -> Source:
        """Follow what is linked to an input upstream to what the server can take it from."""
        place: _InputPlace | _OutputPlace | Source = _InputPlace(scope, node.id, slot)
        seen = set()
        while isinstance(place, (_InputPlace, _OutputPlace)):
            key = (place.scope.path, place.node_id, place.slot, type(place))
            if key in seen:
                return Broken("the links run in a circle through nodes that only hand on")
            seen.add(key)
            origin = place.scope.graph.nodes.get(place.node_id)
            if origin is None:
                return Broken(f"node {place.scope.path}{place.node_id} is not in the file")
            if isinstance(place, _InputPlace):
                place = self._upstream(place, origin)
            else:
                place = self._behind(place, origin)
        return place

    def _upstream(self, place: _InputPlace, node: UiNode) -> _InputPlace | _OutputPlace | Source:
        scope, inputs = place.scope, self.inputs(place.scope, node)
        if place.slot >= len(inputs) or inputs[place.slot].link is None:
            return place.said
        given = inputs[place.slot]
        link = scope.graph.links.get(given.link or "")
        if link is None:
            return Broken(f"link {given.link} is not in the file")
        if link.origin == INPUT_BORDER and scope.outer is not None and scope.instance is not None:
            slot = link.origin_slot
            said = Value(scope.values[slot]) if slot in scope.values else place.said
            return _InputPlace(scope.outer, scope.instance.id, slot, said=said)
        return _OutputPlace(scope, link.origin, link.origin_slot, place.wanted or given.type)

    def _behind(self, place: _OutputPlace, node: UiNode) -> _InputPlace | _OutputPlace | Source:
        scope = place.scope
        if self.is_virtual(node) and node.type == _PRIMITIVE:
            return _primitive_value(scope, node)
        if node.mode == "bypassed":
            slot = self._way_around(place, node)
            return None if slot is None else _InputPlace(scope, node.id, slot)
        if self.is_virtual(node):
            return _handed_on(place, node)
        if node.mode == "muted":
            return Muted()
        inside = scope.inside.get(node.id)
        if inside is None:
            return Output(f"{scope.path}{node.id}", place.slot)
        link = inside.leaving.get(place.slot)
        if link is None:
            return None
        if link.origin == INPUT_BORDER:
            return _InputPlace(scope, node.id, link.origin_slot)
        return _OutputPlace(inside, link.origin, link.origin_slot, place.wanted)

    def _way_around(self, place: _OutputPlace, node: UiNode) -> int | None:
        """Return the input that stands in for an output of a bypassed node."""
        inputs = self.inputs(place.scope, node)
        if place.wanted in _ANY:
            return place.slot if place.slot < len(inputs) else 0
        given = self._output_type(place, node)
        fitting = [
            slot
            for slot, each in enumerate(inputs)
            if _connects(each.type, given) and _connects(each.type, place.wanted)
        ]
        if place.slot in fitting:
            return place.slot
        same = [slot for slot, each in enumerate(inputs) if each.type == place.wanted]
        return next(iter([*same, *fitting]), None)

    def _output_type(self, place: _OutputPlace, node: UiNode) -> str:
        inside, node_type = place.scope.inside.get(node.id), self._catalogue.get(node.type)
        types = node.outputs
        if inside is not None:
            types = inside.graph.outputs
        elif node_type is not None:
            types = tuple(each.type for each in node_type.outputs)
        return types[place.slot] if place.slot < len(types) else "*"


def _primitive_value(scope: Scope, node: UiNode) -> Value | None:
    if (node.id, "value") in scope.overrides:
        return Value(scope.overrides[node.id, "value"])
    return Value(node.values[0]) if not isinstance(node.values, Mapping) and node.values else None


def _handed_on(place: _OutputPlace, node: UiNode) -> _InputPlace | Source:
    """Pass a node of the page alone, other than a primitive."""
    if node.type in _REROUTES or node.type in _SETTERS:
        return _InputPlace(place.scope, node.id, place.slot, place.wanted)
    if node.type not in _GETTERS:
        return None
    name = _wire_name(node)
    scope: Scope | None = place.scope
    while scope is not None:
        for each in scope.graph.nodes.values():
            if each.type in _SETTERS and name and _wire_name(each) == name:
                return _InputPlace(scope, each.id, 0, place.wanted)
        scope = scope.outer
    return Broken(f"no node sets {name!r}, which node {place.scope.path}{node.id} gets")


def _wire_name(node: UiNode) -> str:
    values = node.values
    return as_text(values[0]) if not isinstance(values, Mapping) and values else ""


def _connects(first: str, second: str) -> bool:
    """Say whether the page lets two types be linked; several types may stand between commas."""
    if first in _ANY or second in _ANY:
        return True
    return bool(set(first.lower().split(",")) & set(second.lower().split(",")))
