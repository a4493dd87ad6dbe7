"""`atelier workflow list`: what the library can build, and with which models."""

from __future__ import annotations

from typing import Annotated

import typer

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.reporter import Reporter


def listing(
    models: Annotated[bool, typer.Option("--models", help="List the model sets instead.")] = False,
    json_lines: options.Json = False,
) -> None:
    """List the workflows of the library, or the model sets."""

    async def work(reporter: Reporter) -> None:
        if models:
            _tell_sets(reporter)
        else:
            _tell_workflows(reporter)

    run_command(work, json_lines=json_lines)


def _tell_workflows(reporter: Reporter) -> None:
    from atelier.workflows.library import LIBRARY
    from atelier.workflows.model_sets import MODEL_SETS

    able = {
        each.name: [models.name for models in MODEL_SETS if each.name in models.tasks] for each in LIBRARY
    }
    width = max(len(each.name) for each in LIBRARY)
    reporter.result(
        "workflows",
        "\n".join(f"{each.name:<{width}}  {each.purpose}" for each in LIBRARY),
        workflows=[
            {"name": each.name, "title": each.title, "purpose": each.purpose, "models": able[each.name]}
            for each in LIBRARY
        ],
    )


def _tell_sets(reporter: Reporter) -> None:
    from atelier.workflows.model_sets import MODEL_SETS

    width = max(len(each.name) for each in MODEL_SETS)
    reporter.result(
        "model_sets",
        "\n".join(f"{each.name:<{width}}  {each.title}. {each.caution}".rstrip() for each in MODEL_SETS),
        model_sets=[
            {
                "name": each.name,
                "title": each.title,
                "tasks": sorted(each.tasks),
                "files": [f"{file.folder}/{file.name}" for file in each.files],
                "licence": each.licence,
                "gated": each.gated,
                "caution": each.caution,
            }
            for each in MODEL_SETS
        ],
    )
