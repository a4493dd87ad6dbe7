"""A workflow as a drawing: one SVG that needs nothing else and follows the reader's light or dark."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import escape

from atelier.workflows.boxes import (
    SOCKET_HEIGHT,
    TEXT_HEIGHT,
    TITLE_HEIGHT,
    WIDGET_HEIGHT,
    Box,
    Socket,
    boxes,
)
from atelier.workflows.graph import Workflow
from atelier.workflows.layout import place
from atelier.workflows.object_info import NodeCatalogue
from atelier.workflows.ui_document import shortened

_MARGIN = 24
#: Pixels a letter takes, in the small and the large type.
_SMALL, _LARGE = 6.2, 8.2
#: How many letters fit a line, and lines a field, of several lines.
_TEXT_WIDTH, _TEXT_LINES = 56, 9
#: Texts up to this many letters stand in one row.
_SHORT_TEXT = 36
#: The colours of wires; each is readable on white and on black.
_COLOURS = {
    "MODEL": "#8b6fd1",
    "CLIP": "#b8860b",
    "VAE": "#d9534f",
    "CONDITIONING": "#d9822b",
    "LATENT": "#c95bb5",
    "IMAGE": "#3b8fd9",
    "MASK": "#3f9c5f",
    "CONTROL_NET": "#2aa198",
    "NOISE": "#8a8f98",
    "SIGMAS": "#7f9c2f",
    "SAMPLER": "#a8744f",
    "GUIDER": "#4f8fa8",
}
_OTHER_COLOUR = "#7d8590"
_STYLE = """
svg { font: 11px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; background: #fff }
.box { fill: #f6f8fa; stroke: #afb8c1 }
.title { fill: #1f2328; font-size: 13px; font-weight: 600 }
.out, .id { text-anchor: end }
.id { opacity: .7 }
.bar { fill: #e4e9ef }
.name { fill: #59636e }
.value { fill: #1f2328 }
.field { fill: #fff; stroke: #d1d9e0 }
.wire { fill: none; stroke-width: 2; opacity: .85 }
@media (prefers-color-scheme: dark) {
  svg { background: #0d1117 }
  .box { fill: #1c2128; stroke: #444c56 }
  .title, .value { fill: #e6edf3 }
  .bar { fill: #2d333b }
  .name { fill: #9da7b3 }
  .field { fill: #12161c; stroke: #373e47 }
}
"""

Corner = tuple[float, float]


def svg(workflow: Workflow, catalogue: NodeCatalogue) -> str:
    """Return the drawing of a workflow as SVG text, with boxes, sockets, settings and wires as on the page.

    Args:
        workflow: The workflow in API format; what is no node is left out.
        catalogue: The node classes of the server, for titles and sockets.
    """
    drawn = {node_id: _compact(box) for node_id, box in boxes(workflow, catalogue).items()}
    corners = {
        node_id: (left + _MARGIN, top + _MARGIN + TITLE_HEIGHT)
        for node_id, (left, top) in place(
            {node_id: (box.width, box.height + TITLE_HEIGHT) for node_id, box in drawn.items()},
            [(each.link[0], node_id) for node_id, box in drawn.items() for each in box.inputs if each.link],
        ).items()
    }
    width = max((corners[each][0] + box.width for each, box in drawn.items()), default=0) + _MARGIN
    height = max((corners[each][1] + box.height for each, box in drawn.items()), default=0) + _MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img">',
        f"<title>Workflow of {len(drawn)} nodes</title>",
        f"<style>{_STYLE}</style>",
        *_wires(drawn, corners),
    ]
    for node_id, box in drawn.items():
        lines += _box(node_id, box, corners[node_id])
    return "\n".join([*lines, "</svg>"]) + "\n"


def _compact(box: Box) -> Box:
    """Return the box without what only the page needs: buttons, previews, and room to write."""
    return replace(
        box,
        buttons=0,
        shows_picture=False,
        fields=tuple(
            replace(each, multiline=each.multiline and len(str(each.value)) > _SHORT_TEXT)
            for each in box.fields
        ),
    )


def _wires(drawn: Mapping[str, Box], corners: Mapping[str, Corner]) -> Iterator[str]:
    for node_id, box in drawn.items():
        for row, each in enumerate(box.inputs):
            if each.link is None or each.link[0] not in drawn:
                continue
            origin, slot = each.link
            source = drawn[origin]
            kind = source.outputs[slot].type if slot < len(source.outputs) else each.type
            x1, y1 = corners[origin][0] + source.width, corners[origin][1] + _row(slot)
            x2, y2 = corners[node_id][0], corners[node_id][1] + _row(row)
            bend = max(40.0, abs(x2 - x1) / 3)
            yield (
                f'<path class="wire" stroke="{_colour(kind)}" d="M{x1:.0f} {y1:.0f} '
                f'C{x1 + bend:.0f} {y1:.0f} {x2 - bend:.0f} {y2:.0f} {x2:.0f} {y2:.0f}"/>'
            )


def _box(node_id: str, box: Box, corner: Corner) -> Iterator[str]:
    x, y = corner
    top, width = y - TITLE_HEIGHT, box.width
    number = f"#{shortened(node_id, 12)}"
    title = shortened(box.title, int((width - 30 - len(number) * _SMALL) / _LARGE))
    yield f"<g><title>{_text(f'{box.class_type} {node_id}')}</title>"
    yield (
        f'<rect class="bar" x="{x:.0f}" y="{top:.0f}" '
        f'width="{width:.0f}" height="{TITLE_HEIGHT + 8}" rx="8"/>'
    )
    yield (
        f'<path class="box" d="M{x:.0f} {y:.0f}h{width:.0f}v{box.height - 8:.0f}q0 8 -8 8h{16 - width:.0f}'
        f'q-8 0 -8 -8z"/>'
    )
    yield f'<text class="title" x="{x + 12:.0f}" y="{y - 10:.0f}">{_text(title)}</text>'
    yield f'<text class="name id" x="{x + width - 10:.0f}" y="{y - 10:.0f}">{_text(number)}</text>'
    for sockets, edge, place_of_name, kind in (
        (box.inputs, x, x + 10, "name"),
        (box.outputs, x + width, x + width - 10, "name out"),
    ):
        for row, each in enumerate(sockets):
            yield from _socket(each, edge, y + _row(row), place_of_name, kind)
    yield from _fields(box, x + 10, y + box.rows * SOCKET_HEIGHT + 6)
    yield "</g>"


def _socket(socket: Socket, x: float, y: float, name_at: float, kind: str) -> Iterator[str]:
    yield f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4" fill="{_colour(socket.type)}"/>'
    yield f'<text class="{kind}" x="{name_at:.0f}" y="{y + 4:.0f}">{_text(shortened(socket.name, 24))}</text>'


def _fields(box: Box, x: float, y: float) -> Iterator[str]:
    width = box.width - 20
    for each in box.fields:
        room = TEXT_HEIGHT if each.multiline else WIDGET_HEIGHT
        yield (
            f'<rect class="field" x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{room - 4}" rx="6"/>'
        )
        if each.multiline:
            yield from _lines(str(each.value), x + 8, y + 16)
        else:
            name = shortened(each.name, 24)
            value = shortened(each.value, max(int((width - 16) / _SMALL) - len(name) - 2, 4))
            yield f'<text class="name" x="{x + 8:.0f}" y="{y + 14:.0f}">{_text(name)}</text>'
            yield f'<text class="value out" x="{x + width - 8:.0f}" y="{y + 14:.0f}">{_text(value)}</text>'
        y += room


def _lines(text: str, x: float, y: float) -> Iterator[str]:
    # A text of megabytes is not wrapped to its end.
    lines = textwrap.wrap(
        text[: _TEXT_WIDTH * _TEXT_LINES * 2],
        _TEXT_WIDTH,
        max_lines=_TEXT_LINES,
        placeholder=" …",
    )
    for row, line in enumerate(lines):
        yield f'<text class="value" x="{x:.0f}" y="{y + 15 * row:.0f}">{_text(line)}</text>'


def _row(slot: int) -> float:
    return slot * SOCKET_HEIGHT + SOCKET_HEIGHT / 2 + 2


def _colour(kind: str) -> str:
    return _COLOURS.get(kind, _OTHER_COLOUR)


def _text(text: str) -> str:
    """Return a text as XML takes it, without the control characters that XML forbids."""
    allowed = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
    return escape(allowed, quote=False)
