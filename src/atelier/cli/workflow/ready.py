"""`atelier workflow ready`: what a server lacks for a workflow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.node_catalogue import node_classes
from atelier.cli.reporter import Reporter
from atelier.cli.workflow import arguments

if TYPE_CHECKING:
    from atelier.workflows.readiness import Readiness


def ready(
    file: arguments.File,
    server: options.Server = None,
    object_info: arguments.ObjectInfo = None,
    token: options.Token = None,
    json_lines: options.Json = False,
) -> None:
    """Say which nodes, models and pictures a server lacks for a workflow, and where to get them.

    The exit status is 10 when something is missing.
    """

    async def work(reporter: Reporter) -> None:
        from atelier.cli.workflow.sources import nodes_of, read_source
        from atelier.errors import WorkflowFaulty
        from atelier.workflows.readiness import readiness

        source = read_source(file)
        known = await node_classes(server, token, object_info, reporter)
        found = readiness(nodes_of(source, known.catalogue, reporter), known.catalogue)
        reporter.result(
            "readiness",
            "\n".join(_lines(found)) or f"{known.source} has everything that {file} needs.",
            source=known.source,
            ready=found.ready,
            **asdict(found),
        )
        if not found.ready:
            raise WorkflowFaulty(f"{known.source} is not ready for {file}.")

    run_command(work, json_lines=json_lines)


def _lines(found: Readiness) -> Iterator[str]:
    for node in found.nodes:
        pack = node.pack
        where = f" It is in {pack.name}: {pack.repository}" if pack else " No known pack has it."
        yield f"node class {node.class_type} (nodes {', '.join(node.node_ids)}) is missing.{where}"
    for model in found.models:
        source = model.source
        text = f"model {model.name} (nodes {', '.join(model.node_ids)}) is missing."
        if source is not None:
            size = f", {source.size / 1e9:.1f} GB" if source.size else ""
            text += f" It belongs into {source.folder}: {source.url or 'it comes with Atelier'}{size}"
        elif model.nearest is not None:
            text += f" The server has {model.nearest}."
        yield text
    for each in found.files:
        yield f"input file {each.name} (nodes {', '.join(each.node_ids)}) is missing. Upload it."
