"""API format to UI format: a workflow as a document that the page opens, laid out to be read."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from atelier.workflows.boxes import TITLE_HEIGHT, Box, boxes, link_of, literal
from atelier.workflows.graph import Workflow
from atelier.workflows.layout import place
from atelier.workflows.object_info import NodeCatalogue, NodeType
from atelier.workflows.prompt_text import escape_prompt
from atelier.workflows.ui_document import PLACEHOLDER_NAME, UNPLACED, as_mapping
from atelier.workflows.widgets import page_title, widget_inputs, widget_values

#: Where the left upper node stands on the page, in pixels.
_LEFT, _TOP = 50, 80


def api_to_ui(workflow: Workflow, catalogue: NodeCatalogue) -> dict[str, Any]:
    """Return a UI document (version 0.4) for a workflow; `ui_to_api` gives the workflow back.

    Args:
        workflow: The workflow in API format. Widgets that it leaves out get their default, and titles the
            page's, so these are what the way back adds. What is no node is left out.
        catalogue: The node classes of the server; it gives the sockets and the order of the widgets.

    Inputs that a class does not declare, and links to nodes that are not there, have no place in the UI
    format; they stay in the node's property `Inputs without a place`, where `ui_to_api` finds them.
    The page itself cuts `//` and `/* */` comments out of prompts; braces are written so that they stay.
    """
    drawn = boxes(workflow, catalogue)
    corners = place(
        {node_id: (box.width, box.height + TITLE_HEIGHT) for node_id, box in drawn.items()},
        [(each.link[0], node_id) for node_id, box in drawn.items() for each in box.inputs if each.link],
    )
    nodes = []
    links: list[list[Any]] = []
    numbers = count(1)
    outgoing: dict[tuple[str, int], list[int]] = {}
    for order, (node_id, box) in enumerate(drawn.items()):
        inputs = []
        for slot, each in enumerate(box.inputs):
            link_id = None
            if each.link and _is_there(drawn, each.link):
                link_id = next(numbers)
                origin, origin_slot = each.link
                links.append([link_id, _id(origin), origin_slot, _id(node_id), slot, each.type])
                outgoing.setdefault(each.link, []).append(link_id)
            socket = {"name": each.name, "type": each.type, "link": link_id}
            inputs.append({**socket, "widget": {"name": each.name}} if each.widget else socket)
        left, top = corners[node_id]
        nodes.append(
            {
                "id": _id(node_id),
                "type": box.class_type,
                "pos": [_LEFT + left, _TOP + top],
                "size": [box.width, box.height],
                "flags": {},
                "order": order,
                "mode": 0,
                "inputs": inputs,
                **_contents(
                    drawn, box, as_mapping(workflow[node_id].get("inputs")), catalogue.get(box.class_type)
                ),
            }
        )
    for node, (node_id, box) in zip(nodes, drawn.items(), strict=True):
        node["outputs"] = [
            {"name": each.name, "type": each.type, "links": outgoing.get((node_id, slot), [])}
            for slot, each in enumerate(box.outputs)
        ]
    return {
        "last_node_id": max((each["id"] for each in nodes if isinstance(each["id"], int)), default=0),
        "last_link_id": len(links),
        "nodes": nodes,
        "links": links,
        "groups": [],
        "config": {},
        "extra": {},
        "version": 0.4,
    }


def _contents(
    drawn: Mapping[str, Box], box: Box, given: Mapping[str, Any], node_type: NodeType | None
) -> dict[str, Any]:
    """Return the title, the values, and the property with what has no place."""
    literals = {name: literal(value) for name, value in given.items() if link_of(value) is None}
    contents: dict[str, Any] = {"widgets_values": literals}
    unplaced = {
        name: value
        for name, value in given.items()
        if (link := link_of(value)) and not _is_there(drawn, link)
    }
    if node_type is not None:
        widgets = widget_inputs(node_type)
        for each in widgets:
            text = literals.get(each.name)
            if each.dynamic_prompts and isinstance(text, str):
                literals[each.name] = escape_prompt(text)
        contents["widgets_values"] = widget_values(widgets, literals, after_run="fixed")
        placed = {each.name for each in widgets}
        unplaced |= {name: given[name] for name in literals if name not in placed}
    if box.title != page_title(box.class_type, node_type):
        contents["title"] = box.title
    properties: dict[str, Any] = {PLACEHOLDER_NAME: box.class_type}
    if unplaced:
        properties[UNPLACED] = unplaced
    return {**contents, "properties": properties}


def _is_there(drawn: Mapping[str, Box], link: tuple[str, int]) -> bool:
    return link[0] in drawn and link[1] < len(drawn[link[0]].outputs)


def _id(node_id: str) -> int | str:
    """Return an id as the page likes it, a number, where this loses nothing."""
    if node_id.isascii() and node_id.isdecimal() and len(node_id) < 16 and str(int(node_id)) == node_id:
        return int(node_id)
    return node_id
