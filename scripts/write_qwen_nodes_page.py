"""Writes docs/reference/qwen-nodes.md: `python -m scripts.write_qwen_nodes_page`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from atelier.workflows.node_packs import PACKS
from atelier.workflows.object_info import InputType
from atelier.workflows.qwen_nodes import GROUPS, QWEN_NODES, NativeOrigin, PackOrigin, QwenNode
from atelier.workflows.qwen_nodes.node import NEWEST, OCTOBER, PACK

PAGE = Path(__file__).parents[1] / "docs/reference/qwen-nodes.md"

INTRODUCTION = f"""# The Qwen nodes

Written by `python -m scripts.write_qwen_nodes_page`; a test compares it with the catalogue. `atelier nodes`
shows the same, and with `--server` which of them a server has.

Four of these nodes are ComfyUI's own; Atelier's workflows use nothing but ComfyUI's own nodes. The others
come from the pack [{PACK}](https://github.com/fblissjr/{PACK})
(MIT). What is said of them was read from its code, and the nodes were not run: their sockets at its last
commit of October 2025, `{OCTOBER.sha[:7]}` ({OCTOBER.day}), and what has changed since at
`{NEWEST.sha[:7]}` ({NEWEST.day}), the newest commit that was read. *Since* a version means the first version
of ComfyUI whose commit has the node. A list that depends on the server, such as model files, has no values
here.
"""


def page() -> str:
    """Return the page as it should be."""
    lines = [INTRODUCTION, *_overview()]
    for group in GROUPS:
        lines += ["", f"## {group}"]
        for node in QWEN_NODES.values():
            if node.group == group:
                lines += ["", *_section(node)]
    return "\n".join([*lines, "", *_packs()]) + "\n"


def _overview() -> Iterator[str]:
    yield "| group | node | comes from | ComfyUI's own way |"
    yield "|---|---|---|---|"
    for node in QWEN_NODES.values():
        way = "itself" if node.native else ", ".join(f"`{each}`" for each in _classes(node))
        part = "" if node.native or node.native_way.complete else " (in part)"
        yield f"| {node.group} | [{node.name}](#{node.name.lower()}) | {node.origin.summary} | {way}{part} |"


def _section(node: QwenNode) -> Iterator[str]:
    yield f"### {node.name}"
    yield ""
    yield node.purpose
    yield ""
    yield f"- Comes from: {node.origin.summary} ([source]({node.origin.source}))"
    if not isinstance(node.origin, NativeOrigin):
        yield from _history(node.origin)
    given = ", ".join(f"`{each.name}` {each.type}" for each in node.type.outputs)
    yield f"- Gives: {given or 'nothing'}"
    if node.caution:
        yield f"- Note: {node.caution}"
    yield ""
    yield from _inputs(tuple(node.type.inputs.values()))
    yield ""
    way = node.native_way
    heading = "Wired" if node.native else "Natively" if way.complete else "Natively, in part"
    yield f"{heading}: {' → '.join(f'`{each}`' for each in way.nodes)}"
    if way.wires or way.settings:
        yield ""
        yield "```text"
        yield from (str(wire) for wire in way.wires)
        yield from (f"{place} = {value}" for place, value in way.settings.items())
        yield "```"
    if way.note:
        yield ""
        yield way.note


def _history(origin: PackOrigin) -> Iterator[str]:
    first, last = (f"`{each.sha[:7]}` ({each.day})" for each in (origin.first, origin.last))
    yield f"- In the pack: first commit {first}, last {last}" + (
        "" if origin.dropped else ", the newest read"
    )
    if origin.away is not None:
        gone, back = (f"`{each.sha[:7]}` ({each.day})" for each in origin.away)
        yield f"- Away from {gone} until {back}"
    if origin.later:
        yield f"- At `{NEWEST.sha[:7]}`: {origin.later}"


def _inputs(inputs: tuple[InputType, ...]) -> Iterator[str]:
    yield "| input | type | default | values |"
    yield "|---|---|---|---|"
    blocks = [each for each in inputs if each.name.startswith("transformer_blocks.")]
    for each in inputs:
        if each in blocks[1:]:
            continue
        name = f"`{each.name}`"
        if each in blocks:
            name += f" to `{blocks[-1].name}`"
        kind = each.type if each.required else f"{each.type}, optional"
        yield f"| {name} | {kind} | {_default(each)} | {_values(each)} |"


def _default(each: InputType) -> str:
    if each.default is None:
        return ""
    text = str(each.default).replace("|", "\\|")
    return f"`{text}`" if text else "empty"


def _values(each: InputType) -> str:
    if each.options:
        return ", ".join(f"`{option}`" for option in each.options)
    if each.minimum is None or each.maximum is None:
        return ""
    step = f" in steps of {each.step}" if each.step is not None else ""
    return f"{each.minimum} to {each.maximum}{step}"


def _classes(node: QwenNode) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.partition(" (")[0] for each in node.native_way.nodes))


def _packs() -> Iterator[str]:
    yield "## Packs whose classes are known"
    yield ""
    yield "`atelier nodes CLASS` names the pack of a class that ComfyUI lacks."
    yield ""
    yield "| pack | licence | classes | what it is for |"
    yield "|---|---|---|---|"
    for pack in PACKS:
        count = f"names ending in `{pack.suffix.strip()}`" if pack.suffix else str(len(pack.class_names))
        yield f"| [{pack.name}]({pack.repository}) | {pack.licence or 'unknown'} | {count} | {pack.note} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
