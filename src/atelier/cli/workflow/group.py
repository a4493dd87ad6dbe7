"""The sub-commands of `atelier workflow`, put together."""

from __future__ import annotations

import typer

from atelier.cli.workflow import (
    check,
    convert,
    diagram,
    diff,
    extract,
    listing,
    new,
    ready,
    repair,
    run,
    show,
)


def build_group() -> typer.Typer:
    """Return the group of commands, ready to be added to the command line."""
    group = typer.Typer(
        name="workflow",
        no_args_is_help=True,
        rich_markup_mode=None,
        help="Build workflows from the library; check, run, convert and compare workflow files.",
    )
    group.command("list")(listing.listing)
    for command in (
        show.show,
        new.new,
        run.run,
        check.check,
        ready.ready,
        convert.convert,
        repair.repair,
        diagram.diagram,
        diff.diff,
        extract.extract,
    ):
        group.command()(command)
    return group
