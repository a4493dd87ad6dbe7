"""The sub-commands of `atelier deploy`, put together."""

from __future__ import annotations

import typer

from atelier.cli.deploy import init, lifecycle


def build_group() -> typer.Typer:
    """Return the group of commands, ready to be added to the command line."""
    group = typer.Typer(
        name="deploy",
        no_args_is_help=True,
        rich_markup_mode=None,
        help="Make, start, watch, update and back up a service in containers.",
    )
    for command in (
        init.init,
        lifecycle.up,
        lifecycle.down,
        lifecycle.restart,
        lifecycle.logs,
    ):
        group.command()(command)
    return group
