"""`atelier workflow diagram`: a workflow as a drawing."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.node_catalogue import node_classes
from atelier.cli.reporter import Reporter
from atelier.cli.workflow import arguments


def diagram(
    file: arguments.File,
    format: Annotated[Literal["mermaid", "svg"], typer.Option(help="What to write.")] = "mermaid",
    out: arguments.Result = None,
    server: options.Server = None,
    object_info: arguments.ObjectInfo = None,
    token: options.Token = None,
    json_lines: options.Json = False,
) -> None:
    """Draw a workflow as a Mermaid flowchart or as an SVG picture."""

    async def work(reporter: Reporter) -> None:
        from atelier.cli.workflow.sources import nodes_of, read_source
        from atelier.cli.workflow.writing import write_text
        from atelier.workflows.mermaid import mermaid
        from atelier.workflows.svg import svg

        source = read_source(file)
        known = await node_classes(server, token, object_info, reporter)
        workflow = nodes_of(source, known.catalogue, reporter)
        draw = svg if format == "svg" else mermaid
        write_text(reporter, "diagram", draw(workflow, known.catalogue), out, format=format)

    run_command(work, json_lines=json_lines)
