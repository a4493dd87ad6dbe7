"""`atelier workflow new`: a workflow of the library as a file."""

from __future__ import annotations

from typing import Annotated

import typer

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.reporter import Reporter
from atelier.cli.workflow import arguments


def new(
    name: arguments.Name,
    settings: arguments.Settings = None,
    models: arguments.Models = None,
    out: arguments.Result = None,
    server: Annotated[
        str | None, typer.Option(envvar="ATELIER_SERVER", metavar="URL", help="Look for the model set there.")
    ] = None,
    token: options.Token = None,
    json_lines: options.Json = False,
) -> None:
    """Build a workflow of the library in API format; pictures are named as the server has them.

    With --server the model set is looked for there; without, it is the one named, or the embedded model's.
    """

    async def work(reporter: Reporter) -> None:
        from atelier.cli.connection import connected
        from atelier.cli.workflow.model_choice import named_set, server_set
        from atelier.cli.workflow.writing import write_json
        from atelier.workflows.library import find

        workflow = find(name)
        parameters = arguments.read_settings(settings)
        if server is None:
            model_set = named_set(models or "atelier-nano")
        else:
            async with connected(server, token, timeout=60.0, reporter=reporter) as client:
                model_set = await server_set(client, models, workflow.name)
        write_json(reporter, "workflow", workflow.build(parameters, model_set), out, models=model_set.name)

    run_command(work, json_lines=json_lines)
