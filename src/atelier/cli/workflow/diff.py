"""`atelier workflow diff`: what changed from one workflow to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.node_catalogue import node_classes
from atelier.cli.reporter import Reporter
from atelier.cli.workflow import arguments


def diff(
    old: arguments.File,
    new: Annotated[Path, typer.Argument(metavar="FILE", help="The other workflow.")],
    server: options.Server = None,
    object_info: arguments.ObjectInfo = None,
    token: options.Token = None,
    json_lines: options.Json = False,
) -> None:
    """Compare two workflows by nodes and inputs; the exit status is 10 when they differ.

    Node classes are needed for workflows in UI format only.
    """

    async def work(reporter: Reporter) -> None:
        from atelier.cli.workflow.sources import nodes_of, read_source
        from atelier.errors import WorkflowFaulty
        from atelier.workflows.difference import difference
        from atelier.workflows.object_info import NodeCatalogue

        sources = read_source(old), read_source(new)
        catalogue = NodeCatalogue()
        if any(each.form == "ui" for each in sources):
            catalogue = (await node_classes(server, token, object_info, reporter)).catalogue
        before, after = (nodes_of(each, catalogue, reporter) for each in sources)
        found = difference(before, after)
        reporter.result("difference", found.text() or "no difference", difference=found.json())
        if not found.is_empty:
            raise WorkflowFaulty(f"{old} and {new} differ.")

    run_command(work, json_lines=json_lines)
