"""Reads workflows from files, whatever form they are in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

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
    from atelier.workflows.ui_document import is_ui_document

    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror or error}.") from error
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        carried = read_workflow(data)
        if carried.prompt is not None:
            return Source(path=path, form="api", document=carried.prompt)
        if carried.workflow is not None:
            return Source(path=path, form="ui", document=carried.workflow)
        reasons = " ".join(carried.remarks)
        raise UsageError(
            f"{path} is neither JSON nor a picture with a workflow. {reasons}".rstrip()
        ) from None
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
