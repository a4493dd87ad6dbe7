"""The sub-commands of `atelier models`, put together."""

from __future__ import annotations

import typer

from atelier.cli.models import fetch, link, listing, verify


def build_group() -> typer.Typer:
    """Return the group of commands, ready to be added to the command line."""
    group = typer.Typer(
        name="models",
        no_args_is_help=True,
        rich_markup_mode=None,
        help="List, fetch, check and link the files of models.",
    )
    group.command("list")(listing.listing)
    for command in (fetch.fetch, verify.verify, link.link):
        group.command()(command)
    return group
