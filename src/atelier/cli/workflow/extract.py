"""`atelier workflow extract`: the workflow that a picture carries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.reporter import Reporter
from atelier.cli.workflow import arguments


def extract(
    picture: Annotated[
        Path, typer.Argument(metavar="PICTURE", help="A picture that ComfyUI or Atelier saved.")
    ],
    ui: Annotated[bool, typer.Option("--ui", help="The page's own form instead of the API form.")] = False,
    strip: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the picture without its workflow there, same pixels."),
    ] = None,
    out: arguments.Result = None,
    json_lines: options.Json = False,
) -> None:
    """Read the workflow out of a picture, or take it out."""

    async def work(reporter: Reporter) -> None:
        from atelier.cli.saving import save
        from atelier.cli.workflow.reading import read_bytes
        from atelier.cli.workflow.writing import write_json
        from atelier.errors import UsageError
        from atelier.workflows.picture_metadata import read_workflow, strip_workflow

        data = read_bytes(picture)
        if strip is not None:
            save(strip, strip_workflow(data))
            reporter.result("stripped", str(strip), path=str(strip.absolute()))
            return
        carried = read_workflow(data)
        document, other = carried.prompt, carried.workflow
        if ui:
            document, other = other, document
        if document is None:
            hint = f" It has one in {'API' if ui else 'UI'} form." if other is not None else ""
            raise UsageError(
                f"{picture} carries no workflow in {'UI' if ui else 'API'} form.{hint} "
                f"{' '.join(carried.remarks)}".rstrip()
            )
        write_json(reporter, "workflow", document, out)

    run_command(work, json_lines=json_lines)
