"""`atelier workflow run`: a workflow of the library, or one from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.reporter import Reporter
from atelier.cli.workflow import arguments


def run(
    workflow: Annotated[
        str, typer.Argument(metavar="NAME|FILE", help="A workflow of the library, or a workflow file.")
    ],
    settings: arguments.Settings = None,
    models: arguments.Models = None,
    out: options.Out = Path(),
    server: options.Server = None,
    token: options.Token = None,
    timeout: options.Timeout = 600.0,
    json_lines: options.Json = False,
) -> None:
    """Run a workflow and save its pictures; local pictures among the parameters are uploaded.

    A file's inputs are set as ID.INPUT=VALUE, TITLE.INPUT=VALUE, or INPUT=VALUE where one node has it;
    `prompt` and `negative_prompt` mean the texts that its sampler is wired to.
    """

    async def work(reporter: Reporter) -> None:
        from atelier.cli.connection import connected
        from atelier.cli.telling import keep_run_pictures, teller
        from atelier.cli.workflow.prepared import from_file, from_library

        given = arguments.read_settings(settings)
        path = Path(workflow)
        async with connected(server, token, timeout=timeout, reporter=reporter) as client:
            if path.is_file():
                prepared = await from_file(client, path, given, reporter)
            else:
                prepared = await from_library(client, workflow, given, models, reporter)
            running = client.run(prepared.workflow)
            result = await running.result(on_event=teller(reporter))
            pictures = await running.images()
        keep_run_pictures(reporter, result, pictures, out, stem=prepared.stem)

    run_command(work, json_lines=json_lines)
