"""What a custom node that an admin allowed may be told: nothing that leads out of the account's space.

Nobody can tell what such a node does with a text. One that leads to another place is therefore refused: a
path from the root, a home or a drive, one that leads upwards, the folder in which an engine keeps what is
everybody's, and an address. Names of files that a node declares as such, and prefixes to save under, are
looked at as everywhere (`policy`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from atelier.gateway.node_table import group_of
from atelier.worker.names import FOLDER
from atelier.workflows import wiring
from atelier.workflows.file_inputs import file_inputs, save_prefixes
from atelier.workflows.object_info import NodeCatalogue

#: The classes of ComfyUI's that give a text as it was written in them.
_WRITTEN = {"PrimitiveString": "value", "PrimitiveStringMultiline": "value"}

#: What may be text; a combo's choices are the engine's own, and may come as text.
_TEXTS = frozenset({"STRING", "*", "COMBO"})

_ROOTED = re.compile(r"[/\\~]|[A-Za-z]:[/\\]")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")


@dataclass(frozen=True, kw_only=True)
class Stray:
    """An input of a custom node whose text leads elsewhere, or is not known."""

    node_id: str
    input_name: str
    value: object
    message: str


def strays(workflow: Mapping[str, Any], catalogue: NodeCatalogue) -> Iterator[Stray]:
    """Yield the inputs of custom nodes whose texts lead out of the account's space."""
    looked_at = {
        (each.node_id, each.name)
        for find in (file_inputs, save_prefixes)
        for each in find(dict(workflow), catalogue)
    }
    for node_id, node in workflow.items():
        if not _is_custom(node, catalogue):
            continue
        for name, value in wiring.inputs_of(node).items():
            if (node_id, name) not in looked_at:
                fault = _fault(value, workflow, catalogue, frozenset())
                if fault is not None:
                    yield Stray(node_id=node_id, input_name=name, value=value, message=fault)


def leads_elsewhere(text: str) -> bool:
    """Return whether a line of a text is a path that leads elsewhere, or has an address in it."""
    for line in text.splitlines():
        path = line.strip(" \t\"'")
        parts = [each.strip() for each in re.split(r"[/\\]", path)]
        if _ROOTED.match(path) or ".." in parts or parts[0].lower() == FOLDER or _ADDRESS.search(path):
            return True
    return False


def _fault(
    value: object, workflow: Mapping[str, Any], catalogue: NodeCatalogue, seen: frozenset[str]
) -> str | None:
    """Return what is wrong with the value of an input; None for nothing."""
    value = wiring.unwrapped(value)
    if wiring.is_link(value):
        return _fault_of_link(value, workflow, catalogue, seen)
    if any(leads_elsewhere(each) for each in _texts(value)):
        return "The text leads out of your own space: a path, or an address."
    return None


def _fault_of_link(
    link: list[Any], workflow: Mapping[str, Any], catalogue: NodeCatalogue, seen: frozenset[str]
) -> str | None:
    source, slot = str(link[0]), int(link[1])
    class_name = wiring.class_of(workflow.get(source))
    type = catalogue.get(class_name)
    # What another custom node gives was allowed with that node.
    if type is None or group_of(type.name) is None or slot >= len(type.outputs):
        return None
    if _TEXTS.isdisjoint(type.outputs[slot].types):
        return None
    written = _WRITTEN.get(type.name)
    if written is None or source in seen:
        return (
            "The text must be written in the node, or in a PrimitiveString: nobody can tell where it leads."
        )
    value = wiring.inputs_of(workflow[source]).get(written)
    return _fault(value, workflow, catalogue, seen | {source})


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _texts(key)
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def _is_custom(node: object, catalogue: NodeCatalogue) -> bool:
    type = catalogue.get(wiring.class_of(node))
    return type is not None and group_of(type.name) is None
