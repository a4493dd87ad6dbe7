"""The box that the page draws for a node: its sockets, its widgets, and how large that makes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from atelier.workflows.graph import Workflow
from atelier.workflows.object_info import InputType, NodeCatalogue, NodeType
from atelier.workflows.ui_document import shortened
from atelier.workflows.widgets import is_controlled, is_widget, page_title
from atelier.workflows.wiring import inputs_of, nodes_of, title_of

#: Pixels, as the page has them (frontend 1.27): the title stands above the box.
TITLE_HEIGHT = 30
SOCKET_HEIGHT = 20
WIDGET_HEIGHT = 24
TEXT_HEIGHT = 150
PREVIEW_HEIGHT = 220
_PADDING = 6
_WIDGETS_PADDING = 8
_LETTER = 7.5
_NARROWEST, _WIDEST = 210, 400
#: Classes that show a picture in the box.
_SHOWING = frozenset({"PreviewImage", "SaveImage", "SaveImageWebsocket"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Socket:
    """Where a wire begins or ends."""

    name: str
    type: str
    #: The id of the node at the other end and its output, of inputs.
    link: tuple[str, int] | None = None
    #: Whether the page edits it in the box as well.
    widget: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A widget with its value."""

    name: str
    value: Any
    #: Whether it is a field of several lines.
    multiline: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """A node as it is drawn."""

    title: str
    class_type: str
    inputs: tuple[Socket, ...] = ()
    outputs: tuple[Socket, ...] = ()
    fields: tuple[Field, ...] = ()
    #: How many widgets hold no input: seed controls and upload buttons.
    buttons: int = 0
    shows_picture: bool = False

    @property
    def rows(self) -> int:
        """How many rows of sockets it has."""
        return max(len(self.inputs), len(self.outputs))

    @property
    def height(self) -> float:
        """Pixels without the title."""
        height = self.rows * SOCKET_HEIGHT + _PADDING
        if self.fields or self.buttons:
            height += self.buttons * WIDGET_HEIGHT + _WIDGETS_PADDING
            height += sum(TEXT_HEIGHT if each.multiline else WIDGET_HEIGHT for each in self.fields)
        return height + (PREVIEW_HEIGHT if self.shows_picture else 0)

    @property
    def width(self) -> float:
        """Pixels, estimated from the longest line."""
        if any(each.multiline for each in self.fields):
            return _WIDEST
        # The title is in larger letters, beside a button.
        letters = [len(self.title) * 1.15 + 12]
        letters += [len(each.name) + len(shortened(each.value, 40)) + 8 for each in self.fields]
        letters += [
            len(self.inputs[row].name if row < len(self.inputs) else "")
            + len(self.outputs[row].name if row < len(self.outputs) else "")
            + 8
            for row in range(self.rows)
        ]
        return float(round(min(max(max(letters) * _LETTER, _NARROWEST), _WIDEST)))


def link_of(value: object) -> tuple[str, int] | None:
    """Return the node id and output that an input's value names; None for a literal."""
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        return None
    node_id, slot = value
    if not isinstance(node_id, str) or not isinstance(slot, int) or isinstance(slot, bool) or slot < 0:
        return None
    return node_id, slot


def literal(value: object) -> object:
    """Return a literal as a widget holds it: a list is wrapped in an input, lest it be read as a link."""
    if isinstance(value, Mapping) and len(value) == 1 and isinstance(value.get("__value__"), list):
        return value["__value__"]
    return value


def boxes(workflow: Workflow, catalogue: NodeCatalogue) -> dict[str, Box]:
    """Return the boxes of a workflow's nodes by id; what is no node has none."""
    entries = nodes_of(workflow)
    used: dict[str, int] = {}
    for entry in entries.values():
        for value in inputs_of(entry).values():
            if (link := link_of(value)) and link[0] in entries:
                used[link[0]] = max(used.get(link[0], 0), link[1] + 1)
    return {node_id: _box(entry, catalogue, used.get(node_id, 0)) for node_id, entry in entries.items()}


#: More outputs than any class has; a link to a higher one is as good as broken.
_MOST_OUTPUTS = 256


def _box(entry: Mapping[str, Any], catalogue: NodeCatalogue, used: int) -> Box:
    class_type, given = entry["class_type"], inputs_of(entry)
    node_type = catalogue.get(class_type)
    declared = [each for each in node_type.inputs.values() if not each.hidden] if node_type else []
    widgets = [each for each in declared if is_widget(each)]
    sockets = [
        Socket(name=each.name, type=each.type, link=link_of(given.get(each.name)))
        for each in declared
        if not is_widget(each)
    ]
    sockets += [
        Socket(name=each.name, type=each.type, link=link, widget=True)
        for each in widgets
        if (link := link_of(given.get(each.name)))
    ]
    names = {each.name for each in declared}
    sockets += [
        Socket(name=name, type="*", link=link)
        for name, value in given.items()
        if name not in names and (link := link_of(value))
    ]
    upload = next((each for each in widgets if each.upload), None)
    return Box(
        title=title_of(entry) or page_title(class_type, node_type),
        class_type=class_type,
        inputs=tuple(sockets),
        outputs=_outputs(node_type, used),
        fields=_fields(node_type, widgets, given),
        buttons=sum(is_controlled(each) for each in widgets) + (upload is not None),
        shows_picture=class_type in _SHOWING or (upload is not None and upload.upload == "image"),
    )


def _outputs(node_type: NodeType | None, used: int) -> tuple[Socket, ...]:
    outputs = [Socket(name=each.name, type=each.type) for each in node_type.outputs] if node_type else []
    more = range(len(outputs), min(used, _MOST_OUTPUTS))
    return (*outputs, *(Socket(name=f"output {slot}", type="*") for slot in more))


def _fields(
    node_type: NodeType | None, widgets: list[InputType], given: Mapping[str, Any]
) -> tuple[Field, ...]:
    if node_type is None:
        return tuple(
            Field(name=name, value=literal(value)) for name, value in given.items() if link_of(value) is None
        )
    return tuple(
        Field(name=each.name, value=literal(given[each.name]), multiline=each.multiline)
        for each in widgets
        if each.name in given and link_of(given[each.name]) is None
    )
