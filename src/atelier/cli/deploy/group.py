"""The sub-commands of `atelier deploy`, put together."""

from __future__ import annotations

import typer

from atelier.cli.deploy import clean, gpus, init, lifecycle, saving, status, update


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
        status.status,
        lifecycle.restart,
        lifecycle.logs,
        update.update,
        saving.backup,
        saving.restore,
        clean.clean,
        gpus.gpus,
    ):
        group.command()(command)
    return group
