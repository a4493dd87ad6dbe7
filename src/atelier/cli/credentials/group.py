"""The sub-commands of `atelier credentials`, put together."""

from __future__ import annotations

import typer

from atelier.cli.credentials import check, init, listing, rotate, setting, sync


def build_group() -> typer.Typer:
    """Return the group of commands, ready to be added to the command line."""
    group = typer.Typer(
        name="credentials",
        no_args_is_help=True,
        rich_markup_mode=None,
        help="Keep the secrets of a deployment in one place, and every copy of them in step.",
    )
    group.command("list")(listing.listing)
    group.command("set")(setting.set_)
    for command in (init.init, rotate.rotate, sync.sync, check.check):
        group.command()(command)
    return group
