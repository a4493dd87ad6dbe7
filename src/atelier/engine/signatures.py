"""What a node's result depends on, in one digest: its class, its inputs, and all that of its ancestors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from atelier.errors import AtelierError

if TYPE_CHECKING:
    from atelier.engine.folders import Folders
    from atelier.engine.node_validation import CheckedNode

#: Equal for nodes that give equal results, whatever their ids are.
Signature = bytes


def signatures(nodes: Mapping[str, CheckedNode], folders: Folders) -> dict[str, Signature]:
    """Return the signature of each node that has one.

    A node whose fingerprint cannot be taken, as when a file vanished, has none, and neither have the nodes
    behind it: they run, and the node itself says what is wrong.

    Args:
        nodes: Each behind those that it links to.
        folders: Where fingerprints are taken.
    """
    found: dict[str, Signature] = {}
    for node_id, node in nodes.items():
        try:
            found[node_id] = _signature(node, found, folders)
        except (KeyError, OSError, AtelierError):
            continue
    return found


def _signature(node: CheckedNode, ancestors: Mapping[str, Signature], folders: Folders) -> Signature:
    node_class = node.node_class
    fingerprint = None if node_class.fingerprint is None else node_class.fingerprint(folders, node.literals)
    links = {name: [ancestors[source].hex(), slot] for name, (source, slot) in node.links.items()}
    document = [node_class.name, node.literals, links, node.unknown, fingerprint]
    return hashlib.blake2b(json.dumps(document, sort_keys=True).encode(), digest_size=16).digest()
