"""A workflow as the page saves it (UI format), read as far as it goes.

Versions 0.4 (links as arrays) and 1 (links as objects) are read alike. What is not as it should be is left
out; reading never raises. Source of the format: the page's own files, docs/reference/protocol.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

#: The node ids that stand for the borders of a sub-graph in its links.
INPUT_BORDER = "-10"
OUTPUT_BORDER = "-20"

#: The property by which placeholders in file names call a node.
PLACEHOLDER_NAME = "Node name for S&R"
#: The property with inputs, by name, for which the UI format has no place (api_to_ui).
UNPLACED = "Inputs without a place"

Mode = Literal["on", "muted", "bypassed"]
_MODES: Mapping[object, Mode] = {2: "muted", 4: "bypassed"}


@dataclass(frozen=True, kw_only=True, slots=True)
class UiInput:
    """One input of a node, or of a sub-graph."""

    name: str
    type: str = "*"
    #: The id of the link that ends here.
    link: str | None = None
    #: Whether the page edits it in the node as well.
    widget: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class UiNode:
    """One box on the page."""

    id: str
    type: str
    title: str | None = None
    mode: Mode = "on"
    inputs: tuple[UiInput, ...] = ()
    #: The types of the outputs.
    outputs: tuple[str, ...] = ()
    #: `widgets_values`: a list in the widgets' order, or, of some packs, by name.
    values: Sequence[Any] | Mapping[str, Any] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)
    #: The position in which the page computes it.
    order: float = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class UiLink:
    """A wire from an output to an input; slots count from 0."""

    origin: str
    origin_slot: int
    target: str
    target_slot: int


@dataclass(frozen=True, kw_only=True, slots=True)
class UiGraph:
    """Nodes and links: a whole document, or the inside of a sub-graph."""

    name: str = ""
    nodes: Mapping[str, UiNode] = field(default_factory=dict)
    links: Mapping[str, UiLink] = field(default_factory=dict)
    #: What a sub-graph takes; empty for a document.
    inputs: tuple[UiInput, ...] = ()
    #: The types of what a sub-graph gives.
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class UiDocument:
    """A document with the definitions that its nodes may name."""

    graph: UiGraph
    #: By id, which nodes name as their type.
    subgraphs: Mapping[str, UiGraph] = field(default_factory=dict)
    #: The raw group nodes by name; nodes name them as `workflow>name` or `workflow/name`.
    groups: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: What could not be read, in sentences.
    remarks: tuple[str, ...] = ()


def read_document(document: object) -> UiDocument:
    """Read what a UI workflow file holds."""
    if not is_ui_document(document):
        return UiDocument(graph=UiGraph(), remarks=("This is no UI workflow: it has no list of nodes.",))
    root = as_mapping(document)
    remarks: list[str] = []
    subgraphs: dict[str, UiGraph] = {}
    _read_definitions(root, subgraphs, remarks)
    groups = as_mapping(as_mapping(root.get("extra")).get("groupNodes"))
    return UiDocument(
        graph=read_graph(root, remarks),
        subgraphs=subgraphs,
        groups={name: each for name, each in groups.items() if isinstance(each, Mapping)},
        remarks=tuple(remarks),
    )


def is_ui_document(document: object) -> bool:
    """Say whether a document is in the UI format, not the API format, whose nodes stand by id."""
    return isinstance(document, Mapping) and isinstance(document.get("nodes"), list)


def read_graph(raw: Mapping[str, Any], remarks: list[str]) -> UiGraph:
    """Read nodes and links, and the borders of a sub-graph; add what is left out to the remarks."""
    nodes: dict[str, UiNode] = {}
    for each in as_list(raw.get("nodes")):
        node = read_node(each)
        if node is None:
            remarks.append(f"A node is left out, since it has no id or no type: {shortened(each)}.")
        elif node.id in nodes:
            remarks.append(f"Node {node.id} stands twice; the second ({node.type}) is left out.")
        else:
            nodes[node.id] = node
    links: dict[str, UiLink] = {}
    # Version 1 of a document may hold its links by id.
    listed = raw.get("links")
    for each in listed.values() if isinstance(listed, Mapping) else as_list(listed):
        read = _read_link(each)
        if read is None:
            remarks.append(f"A link is left out, since it is not complete: {shortened(each)}.")
        else:
            links[read[0]] = read[1]
    return UiGraph(
        name=as_text(raw.get("name")),
        nodes=nodes,
        links=links,
        inputs=read_inputs(raw.get("inputs")),
        outputs=_read_outputs(raw.get("outputs")),
    )


def read_node(raw: object) -> UiNode | None:
    """Read one node; None where it has no id or no type."""
    node = as_mapping(raw)
    node_id, kind = identifier(node.get("id")), node.get("type")
    if node_id is None or not isinstance(kind, str) or not kind:
        return None
    values = node.get("widgets_values")
    mode, order = node.get("mode"), node.get("order")
    return UiNode(
        id=node_id,
        type=kind,
        title=as_text(node.get("title")) or None,
        mode=_MODES.get(mode, "on") if isinstance(mode, int) else "on",
        inputs=read_inputs(node.get("inputs")),
        outputs=_read_outputs(node.get("outputs")),
        values=values if isinstance(values, (list, Mapping)) else (),
        properties=as_mapping(node.get("properties")),
        order=order if isinstance(order, (int, float)) else 0,
    )


def read_inputs(raw: object) -> tuple[UiInput, ...]:
    """Read a list of inputs; one that cannot be read keeps its place, since links count them."""
    inputs = []
    for each in as_list(raw):
        slot = as_mapping(each)
        inputs.append(
            UiInput(
                name=as_text(slot.get("name")),
                type=_read_type(slot.get("type")),
                link=identifier(slot.get("link")),
                widget=isinstance(slot.get("widget"), Mapping),
            )
        )
    return tuple(inputs)


def _read_outputs(raw: object) -> tuple[str, ...]:
    return tuple(_read_type(as_mapping(each).get("type")) for each in as_list(raw))


def _read_type(kind: object) -> str:
    # Old files hold a combo's options as its type.
    return "COMBO" if isinstance(kind, list) else as_text(kind) or "*"


def _read_link(raw: object) -> tuple[str, UiLink] | None:
    if isinstance(raw, Mapping):
        keys = ("id", "origin_id", "origin_slot", "target_id", "target_slot")
        parts = [raw.get(key) for key in keys]
    else:
        parts = as_list(raw)[:5]
    if len(parts) < 5:
        return None
    link_id, origin, target = (identifier(parts[index]) for index in (0, 1, 3))
    slots = [_slot(parts[index]) for index in (2, 4)]
    if link_id is None or origin is None or target is None or slots[0] is None or slots[1] is None:
        return None
    return link_id, UiLink(origin=origin, origin_slot=slots[0], target=target, target_slot=slots[1])


def _read_definitions(raw: Mapping[str, Any], found: dict[str, UiGraph], remarks: list[str]) -> None:
    waiting = [raw]
    while waiting:
        for each in as_list(as_mapping(waiting.pop().get("definitions")).get("subgraphs")):
            definition = as_mapping(each)
            name = identifier(definition.get("id"))
            if name is not None and name not in found:
                found[name] = read_graph(definition, remarks)
                waiting.append(definition)


def identifier(value: object) -> str | None:
    """Return an id as text; the page writes numbers, some programs text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int) else as_text(value) or None


def _slot(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def as_mapping(value: object) -> Mapping[str, Any]:
    """Return the mapping, or an empty one for what is none."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: object) -> list[Any]:
    """Return the list, or an empty one for what is none."""
    return value if isinstance(value, list) else []


def as_text(value: object) -> str:
    """Return the text, or an empty one for what is none."""
    return value if isinstance(value, str) else ""


def shortened(value: object, length: int = 60) -> str:
    """Return a value as one short line for people."""
    line = " ".join((value if isinstance(value, str) else written(value)).split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def written(value: object) -> str:
    """Return a value as Python writes it; one that is nested too deep to be written is named by its type."""
    try:
        return repr(value)
    except RecursionError:
        return f"a {type(value).__name__} that is nested deep"
