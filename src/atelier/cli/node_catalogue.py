"""The node classes that a command looks at: a server's, or those of a file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from atelier.errors import UsageError

if TYPE_CHECKING:
    from atelier.cli.reporter import Reporter
    from atelier.workflows.object_info import NodeCatalogue


@dataclass(frozen=True, kw_only=True)
class KnownNodes:
    """A catalogue and where it was read."""

    #: Address or path.
    source: str
    catalogue: NodeCatalogue


async def known_nodes(
    server: str | None, token: str | None, object_info: Path | None, reporter: Reporter
) -> KnownNodes | None:
    """Read what `node_classes` does; None where neither a server nor a file is named."""
    if object_info is None and server is None:
        return None
    return await node_classes(server, token, object_info, reporter)


async def node_classes(
    server: str | None, token: str | None, object_info: Path | None, reporter: Reporter
) -> KnownNodes:
    """Read the node classes of a file, of a server, or, where neither is named, of the embedded engine.

    Raises:
        ClientError: the server does not answer, or refuses.
        UsageError: the file cannot be read, or holds no node classes.
    """
    if object_info is not None:
        return _from_file(object_info)

    from atelier.cli.connection import connected
    from atelier.workflows.object_info import NodeCatalogue

    async with connected(server, token, timeout=60.0, reporter=reporter) as client:
        source = client.base_url if server is not None else "the embedded engine"
        return KnownNodes(source=source, catalogue=NodeCatalogue.parse(await client.object_info()))


def _from_file(path: Path) -> KnownNodes:
    from atelier.workflows.object_info import NodeCatalogue

    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror or error}.") from error
    except ValueError as error:
        raise UsageError(f"{path} is not JSON: {error}. Save the answer of GET /object_info.") from error
    declared = isinstance(document, dict) and any(
        isinstance(each, dict) and "input" in each for each in document.values()
    )
    if not declared:
        raise UsageError(f"{path} declares no node class. Save the answer of GET /object_info.")
    return KnownNodes(source=str(path), catalogue=NodeCatalogue.parse(document))
