"""Reads workflows from files, whatever form they are in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from atelier.cli.workflow.reading import read_bytes
from atelier.errors import UsageError

if TYPE_CHECKING:
    from atelier.cli.reporter import Reporter
    from atelier.workflows.object_info import NodeCatalogue


@dataclass(frozen=True, kw_only=True)
class Source:
    """A workflow file's content."""

    path: Path
    form: Literal["api", "ui"]
    document: Any


def read_source(path: Path) -> Source:
    """Read a JSON file, or the workflow that a picture carries (API format first).

    Raises:
        UsageError: the file cannot be read, is neither, or carries none.
    """
    from atelier.workflows.picture_metadata import read_workflow
    from atelier.workflows.remedies import shown
    from atelier.workflows.ui_document import is_ui_document

    data = read_bytes(path)
    try:
        document = json.loads(data)
    except RecursionError as error:
        raise UsageError(f"{path} is nested too deep to be a workflow.") from error
    except ValueError as error:
        if data.lstrip()[:1] in (b"{", b"["):
            raise UsageError(f"{path} is no whole JSON: {error}.") from error
        carried = read_workflow(data)
        if carried.prompt is not None:
            return Source(path=path, form="api", document=carried.prompt)
        if carried.workflow is not None:
            return Source(path=path, form="ui", document=carried.workflow)
        reasons = " ".join(carried.remarks)
        raise UsageError(
            f"{path} is neither JSON nor a picture with a workflow. {reasons}".rstrip()
        ) from None
    if not isinstance(document, dict):
        raise UsageError(f"{path} holds no workflow, which is an object of nodes, but {shown(document)}.")
    return Source(path=path, form="ui" if is_ui_document(document) else "api", document=document)


def as_api(source: Source, catalogue: NodeCatalogue, reporter: Reporter) -> Any:
    """Return the workflow in API format; what could not be carried over is told."""
    if source.form == "api":
        return source.document

    from atelier.workflows.ui_to_api import ui_to_api

    converted = ui_to_api(source.document, catalogue)
    for each in converted.remarks:
        reporter.remark("converted", each)
    return converted.workflow


def nodes_of(source: Source, catalogue: NodeCatalogue, reporter: Reporter) -> Any:
    """Return the nodes of a workflow in API format; entries that are none are told and left out.

    Raises:
        UsageError: it has no node.
    """
    from atelier.workflows import wiring

    workflow = as_api(source, catalogue, reporter)
    nodes = wiring.nodes_of(workflow)
    for node_id in workflow:
        if node_id not in nodes:
            reporter.remark("left_out", f"Entry {node_id} is no node: it has no class_type.")
    if not nodes:
        raise UsageError(f"{source.path} has no nodes.")
    return nodes
