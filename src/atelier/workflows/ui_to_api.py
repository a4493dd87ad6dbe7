"""UI format to API format: what the page would send for a workflow that it has saved.

Nodes of the page alone (notes, reroutes, primitives) vanish, muted nodes go with the links to them, and
bypassed nodes are linked around. Held against the page's own exports: tests/unit/workflows/test_ui_to_api.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from atelier.workflows.graph import Workflow
from atelier.workflows.object_info import NodeCatalogue
from atelier.workflows.prompt_text import expand_prompt, fill_in_file_names
from atelier.workflows.ui_document import (
    PLACEHOLDER_NAME,
    UNPLACED,
    UiNode,
    as_mapping,
    as_text,
    read_document,
    shortened,
)
from atelier.workflows.ui_scopes import Scope, open_document
from atelier.workflows.ui_sources import Broken, Muted, Output, Sources, Value
from atelier.workflows.widgets import (
    CONTROLS,
    default_value,
    page_title,
    place_values,
    widget_inputs,
    without_forced,
)


@dataclass(frozen=True, kw_only=True)
class Converted:
    """A workflow in API format, and what could not be carried over as it was, in sentences."""

    workflow: Workflow
    remarks: tuple[str, ...] = ()


def ui_to_api(document: object, catalogue: NodeCatalogue) -> Converted:
    """Return what the page would send to `POST /prompt` for a document.

    Args:
        document: What a UI workflow file holds, versions 0.4 and 1.
        catalogue: The node classes of the server; without a class, values are placed as the file's own
            names allow.

    Never raises on bad data: what cannot be carried over is a remark.
    """
    return _Conversion(document, catalogue).result()


class _Conversion:
    def __init__(self, document: object, catalogue: NodeCatalogue) -> None:
        self.catalogue = catalogue
        read = read_document(document)
        self.remarks = list(read.remarks)
        self.root = open_document(read, catalogue, self.remarks)
        self.sources = Sources(catalogue)
        self.workflow: Workflow = {}
        #: What placeholders in file names call each node.
        self.names: dict[str, str] = {}
        #: Inputs that the UI format has no place for, by node.
        self.unplaced: dict[str, Mapping[str, Any]] = {}

    def result(self) -> Converted:
        self._convert_graph(self.root)
        for entry in self.workflow.values():
            inputs = entry["inputs"]
            for name in [name for name, value in inputs.items() if self._leads_nowhere(value)]:
                del inputs[name]
        for node_id, unplaced in self.unplaced.items():
            self.workflow[node_id]["inputs"] = {**unplaced, **self.workflow[node_id]["inputs"]}
        fill_in_file_names(
            self.workflow, self.names, lambda node_id, text: self.remarks.append(f"Node {node_id} {text}")
        )
        # JavaScript lists whole numbers first and by size, and so do the page's files.
        numbered = sorted((each for each in self.workflow if each.isdecimal()), key=int)
        ordered = dict.fromkeys([*numbered, *self.workflow])
        return Converted(
            workflow={node_id: self.workflow[node_id] for node_id in ordered},
            remarks=tuple(dict.fromkeys(self.remarks)),
        )

    def _leads_nowhere(self, value: object) -> bool:
        return isinstance(value, list) and len(value) == 2 and value[0] not in self.workflow

    def _convert_graph(self, scope: Scope) -> None:
        # Sub-graphs stand at most some dozens deep in one another (ui_scopes), so recursion is bounded.
        for node in scope.ordered():
            inside = scope.inside.get(node.id)
            if node.mode != "on" or self.sources.is_virtual(node):
                continue
            if inside is not None:
                self._convert_graph(inside)
            elif self._is_decoration(node):
                self._remark(scope, node, "is of no known class and has no sockets; it is left out.")
            else:
                node_id = f"{scope.path}{node.id}"
                self.names[node_id] = as_text(node.properties.get(PLACEHOLDER_NAME)) or node.type
                self.unplaced[node_id] = as_mapping(node.properties.get(UNPLACED))
                self.workflow[node_id] = self._entry(scope, node)

    def _is_decoration(self, node: UiNode) -> bool:
        # Values by name are what `api_to_ui` writes for a node of the server that it does not know.
        has_sockets = node.inputs or node.outputs or isinstance(node.values, Mapping)
        return node.type not in self.catalogue and not has_sockets

    def _entry(self, scope: Scope, node: UiNode) -> dict[str, Any]:
        inputs = {name: _wrapped(value) for name, value in self._values(scope, node).items()}
        for slot, given in enumerate(self.sources.inputs(scope, node)):
            if given.link is None or not given.name:
                continue
            source = self.sources.source(scope, node, slot)
            if isinstance(source, Broken):
                self._remark(scope, node, f"loses the link to {given.name!r}: {source.reason}.")
            elif isinstance(source, Muted):
                inputs.pop(given.name, None)
            elif isinstance(source, Output):
                # Links come after values, as in the page's files.
                inputs.pop(given.name, None)
                inputs[given.name] = [source.node_id, source.slot]
            elif isinstance(source, Value) and given.widget:
                inputs[given.name] = _wrapped(source.value)
            elif isinstance(source, Value):
                self._remark(scope, node, f"takes only links at {given.name!r}; the value there is left out.")
        title = node.title or page_title(node.type, self.catalogue.get(node.type))
        return {"inputs": inputs, "class_type": node.type, "_meta": {"title": title}}

    def _values(self, scope: Scope, node: UiNode) -> dict[str, Any]:
        """Return the values of the node's widgets by name."""
        node_type = self.catalogue.get(node.type)
        if node_type is None:
            return self._unknown_values(scope, node)
        widgets = widget_inputs(node_type)
        placed = {
            widget.name: value
            for widget, value in place_values(widgets, without_forced(node_type, node.values))
        }
        values: dict[str, Any] = {}
        for widget in widgets:
            name = widget.name
            if (node.id, name) in scope.overrides:
                values[name] = scope.overrides[node.id, name]
            elif name in placed:
                values[name] = placed[name]
            elif default := default_value(widget):
                values[name] = default[0]
            if widget.dynamic_prompts and isinstance(values.get(name), str):
                values[name] = self._expanded(scope, node, name, values[name])
        return values

    def _expanded(self, scope: Scope, node: UiNode, name: str, text: str) -> str:
        expanded, chose = expand_prompt(text)
        if chose:
            self._remark(
                scope, node, f"has alternatives in {name!r}, of which the page draws one; the first stands."
            )
        return expanded

    def _unknown_values(self, scope: Scope, node: UiNode) -> dict[str, Any]:
        """Place the values of a node of no known class by the names that the file itself has."""
        self._remark(scope, node, "is of no known class; its values are placed by the names in the file.")
        if isinstance(node.values, Mapping):
            return {str(name): value for name, value in node.values.items()}
        names = [each.name for each in node.inputs if each.widget and each.name]
        values = list(node.values)
        if len(values) != len(names):
            values = [each for each in values if not (isinstance(each, str) and each in CONTROLS)]
        if len(values) == len(names):
            return dict(zip(names, values, strict=True))
        if values:
            self._remark(scope, node, f"has values that no name fits: {shortened(values, 120)}.")
        return {}

    def _remark(self, scope: Scope, node: UiNode, text: str) -> None:
        self.remarks.append(f"Node {scope.path}{node.id} ({node.title or node.type}) {text}")


def _wrapped(value: object) -> object:
    """Return a value as an input holds it; a list would be read as a link."""
    return {"__value__": value} if isinstance(value, list) else value
