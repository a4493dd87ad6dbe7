"""A workflow as a Mermaid flowchart, as GitHub and the documentation site draw it."""

from __future__ import annotations

from atelier.workflows.boxes import Box, boxes
from atelier.workflows.graph import Workflow
from atelier.workflows.object_info import NodeCatalogue
from atelier.workflows.ui_document import shortened

#: How many letters of a value stand in a node.
_VALUE_LENGTH = 40
#: What ends a quoted label, begins an entity or a tag, or makes a label Markdown.
_SPECIAL = '"#&<>`'


def mermaid(workflow: Workflow, catalogue: NodeCatalogue, *, values: bool = True) -> str:
    """Return the text of a flowchart: a node each, with its title, and a labelled arrow for each link.

    Args:
        workflow: The workflow in API format; what is no node is left out, and so are links to nowhere.
        catalogue: The node classes of the server, for titles and the names of outputs.
        values: Whether the nodes show their settings, shortened.
    """
    drawn = boxes(workflow, catalogue)
    # Ids such as `106:89`, or `end`, would be read as something else.
    names = {node_id: f"n{index}" for index, node_id in enumerate(drawn, start=1)}
    lines = ["flowchart LR"]
    lines += [f'    {names[node_id]}["{_label(box, values)}"]' for node_id, box in drawn.items()]
    for node_id, box in drawn.items():
        for each in box.inputs:
            if each.link and each.link[0] in drawn:
                label = _escaped(shortened(each.name or each.type))
                lines.append(f'    {names[each.link[0]]} -->|"{label}"| {names[node_id]}')
    return "\n".join(lines) + "\n"


def _label(box: Box, values: bool) -> str:
    parts = [f"<b>{_escaped(shortened(box.title))}</b>"]
    if values:
        parts += [
            f"{_escaped(shortened(each.name))}: {_escaped(shortened(each.value, _VALUE_LENGTH))}"
            for each in box.fields
        ]
    return "<br>".join(parts)


def _escaped(text: str) -> str:
    return "".join(f"#{ord(each)};" if each in _SPECIAL else each for each in text)
