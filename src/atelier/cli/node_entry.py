"""What is told of one node: from the Qwen catalogue, from the list of packs, and from a server."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from atelier.workflows.nearest import nearest
from atelier.workflows.node_packs import NodePack, pack_of
from atelier.workflows.node_search import search
from atelier.workflows.object_info import InputType, NodeCatalogue, NodeType
from atelier.workflows.qwen_nodes import QWEN_NODES, NativeWay, PackOrigin, QwenNode


@dataclass(frozen=True, kw_only=True)
class NodeEntry:
    """A node class and what is known of it."""

    name: str
    #: Its sockets: the server's, else the catalogue's; None where neither has it.
    type: NodeType | None
    #: Its entry in the Qwen catalogue, where it has one.
    qwen: QwenNode | None
    #: The pack that provides it, where it is none of ComfyUI's own.
    pack: NodePack | None
    #: Whether the server has it; None without a server.
    there: bool | None
    #: The server's class whose name is most like it, where nothing else is known of it.
    instead: str | None = None

    @property
    def known(self) -> bool:
        return self.type is not None or self.pack is not None

    @property
    def mark(self) -> str:
        return "" if self.there is None else "[x] " if self.there else "[ ] "


def is_class_name(word: str, catalogue: NodeCatalogue | None) -> bool:
    """Tell whether a word is, letter for letter, the name of a class that is known."""
    return word in QWEN_NODES or pack_of(word) is not None or (catalogue is not None and word in catalogue)


def entry(name: str, catalogue: NodeCatalogue | None) -> NodeEntry:
    """Return what is known of a class."""
    qwen = QWEN_NODES.get(name)
    declared = catalogue.get(name) if catalogue is not None else None
    pack = pack_of(name)
    unknown = catalogue is not None and declared is None and qwen is None and pack is None
    instead = nearest(name, catalogue.names) if catalogue is not None and unknown else None
    return NodeEntry(
        name=name,
        type=declared or (qwen.type if qwen is not None else None),
        qwen=qwen,
        pack=pack,
        there=None if catalogue is None else declared is not None,
        instead=instead if isinstance(instead, str) else None,
    )


def listed(text: str, group: str | None, catalogue: NodeCatalogue | None) -> tuple[NodeEntry, ...]:
    """Return the Qwen nodes of a group or of all; with a text, what it finds among them and on the server."""
    names = [name for name, node in QWEN_NODES.items() if group in {None, node.group}]
    if not text.strip():
        return tuple(entry(name, catalogue) for name in names)
    pool = {name: QWEN_NODES[name].type for name in names}
    if catalogue is not None:
        pool |= {each.name: each for each in catalogue if group is None or each.name in pool}
    purposes = {name: node.purpose for name, node in QWEN_NODES.items()}
    return tuple(
        entry(match.node.name, catalogue) for match in search(pool.values(), text, purposes=purposes)
    )


def table(entries: Iterable[NodeEntry], *, by_group: bool) -> str:
    """Return two lines for each node, with the groups above them where they are in order."""
    lines: list[str] = []
    group = None
    for each in entries:
        if by_group and each.qwen is not None and each.qwen.group != group:
            group = each.qwen.group
            lines += ["", group] if lines else [group]
        lines.append(f"  {each.mark}{each.name}  ({_origin(each)})")
        lines.append(f"      {_about(each)}")
    return "\n".join(lines)


def card(each: NodeEntry) -> str:
    """Return all that is known of a node."""
    lines = [f"{each.mark}{each.name}", f"  {_about(each)}", f"  Origin: {_origin(each)}"]
    if each.pack is not None:
        lines.append(f"  Pack: {each.pack.repository} ({each.pack.licence or 'licence unknown'})")
    if each.type is not None:
        lines.append("  Inputs:" if each.type.inputs else "  Inputs: none")
        lines += [f"    {_input(kind)}" for kind in each.type.inputs.values() if not kind.hidden]
        given = ", ".join(f"{kind.name} ({kind.type})" for kind in each.type.outputs)
        lines.append(f"  Outputs: {given or 'none'}")
    if each.qwen is not None:
        lines += _qwen_lines(each.qwen)
    if each.instead is not None:
        lines.append(f"  Most like it on the server: {each.instead}")
    return "\n".join(lines)


def document(each: NodeEntry) -> dict[str, Any]:
    """Return all that is known of a node, for JSON."""
    found: dict[str, Any] = {"name": each.name, "there": each.there, "instead": each.instead}
    if each.type is not None:
        found |= {
            "display_name": each.type.display_name,
            "category": each.type.category,
            "inputs": [_input_document(kind) for kind in each.type.inputs.values() if not kind.hidden],
            "outputs": [{"name": kind.name, "type": kind.type} for kind in each.type.outputs],
        }
    if each.pack is not None:
        found["pack"] = {
            "name": each.pack.name,
            "repository": each.pack.repository,
            "commit": each.pack.commit,
            "licence": each.pack.licence,
        }
    if each.qwen is not None:
        found |= {
            "group": each.qwen.group,
            "purpose": each.qwen.purpose,
            "origin": each.qwen.origin.summary,
            "source": each.qwen.origin.source,
            "caution": each.qwen.caution,
            "native_way": _way_document(each.qwen.native_way),
        }
    return found


def _origin(each: NodeEntry) -> str:
    if each.qwen is not None:
        return each.qwen.origin.summary
    if each.pack is not None:
        return each.pack.name
    return each.type.python_module if each.type is not None and each.type.python_module else "unknown"


def _about(each: NodeEntry) -> str:
    if each.qwen is not None:
        return each.qwen.purpose
    if each.type is not None:
        title = f"{each.type.display_name}: {each.type.category}"
        return f"{title}. {' '.join(each.type.description.split())}".rstrip(" .")
    return each.pack.note if each.pack is not None else "Nothing is known of it."


def _qwen_lines(node: QwenNode) -> list[str]:
    lines = []
    if isinstance(node.origin, PackOrigin) and node.origin.later:
        lines.append(f"  At the pack's newest commit that was read: {node.origin.later}")
    if node.caution:
        lines.append(f"  Note: {node.caution}")
    way = node.native_way
    if not node.native:
        lines.append(f"  {'Native way' if way.complete else 'Native way, in part'}: {' -> '.join(way.nodes)}")
    else:
        lines.append(f"  Wiring: {' -> '.join(way.nodes)}")
    lines += [f"    {wire}" for wire in way.wires]
    lines += [f"    {place} = {value}" for place, value in way.settings.items()]
    if way.note:
        lines.append(f"    {way.note}")
    return lines


def _input(kind: InputType) -> str:
    text = f"{kind.name} {kind.type}"
    if not kind.required:
        text += ", optional"
    if kind.default is not None and kind.default != "":
        text += f", default {kind.default}"
    if kind.minimum is not None and kind.maximum is not None:
        text += f", {kind.minimum} to {kind.maximum}"
    if kind.options:
        text += f", one of {', '.join(map(str, kind.options))}"
    return text


def _input_document(kind: InputType) -> dict[str, Any]:
    return {
        "name": kind.name,
        "type": kind.type,
        "required": kind.required,
        "default": kind.default,
        "min": kind.minimum,
        "max": kind.maximum,
        "step": kind.step,
        "options": kind.options,
    }


def _way_document(way: NativeWay) -> dict[str, Any]:
    return {
        "nodes": way.nodes,
        "wires": [str(wire) for wire in way.wires],
        "settings": dict(way.settings),
        "complete": way.complete,
        "note": way.note,
    }
