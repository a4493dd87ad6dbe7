"""`atelier workflow convert`: from UI format to API format, or back."""

from __future__ import annotations

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.node_catalogue import node_classes
from atelier.cli.reporter import Reporter
from atelier.cli.workflow import arguments


def convert(
    file: arguments.File,
    out: arguments.Result = None,
    server: options.Server = None,
    object_info: arguments.ObjectInfo = None,
    token: options.Token = None,
    json_lines: options.Json = False,
) -> None:
    """Convert a UI workflow to API format, or an API workflow to UI format with a layout."""

    async def work(reporter: Reporter) -> None:
        from atelier.cli.workflow.sources import as_api, nodes_of, read_source
        from atelier.cli.workflow.writing import write_json
        from atelier.workflows.api_to_ui import api_to_ui

        source = read_source(file)
        known = await node_classes(server, token, object_info, reporter)
        if source.form == "ui":
            write_json(reporter, "workflow", as_api(source, known.catalogue, reporter), out, form="api")
        else:
            document = api_to_ui(nodes_of(source, known.catalogue, reporter), known.catalogue)
            write_json(reporter, "workflow", document, out, form="ui")

    run_command(work, json_lines=json_lines)
