"""The command line, put together from its commands."""

from __future__ import annotations

from typing import Annotated

import typer

from atelier import __version__
from atelier.cli import edit, engine, generate, info, inpaint, nodes, serve, setup
from atelier.cli.credentials import group as credentials
from atelier.cli.deploy import clean
from atelier.cli.deploy import group as deploy
from atelier.cli.models import group as models
from atelier.cli.service import classes, engines, jobs, records, tokens, users
from atelier.cli.verify import diagnose
from atelier.cli.verify import group as verify
from atelier.cli.workflow.group import build_group


def build_app() -> typer.Typer:
    """Return the command line, ready to be called."""
    app = typer.Typer(
        name="atelier",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        help="Draw pictures with ComfyUI, or with the engine that Atelier brings along.",
        epilog="Exit statuses: docs/reference/exit-statuses.md",
    )
    app.callback()(_version_option)
    for command in (
        generate.generate,
        edit.edit,
        inpaint.inpaint,
        engine.engine,
        info.info,
        nodes.nodes,
        serve.serve,
        setup.setup,
        clean.clean,
        diagnose.diagnose,
        records.usage,
        records.audit,
    ):
        app.command()(command)
    app.add_typer(build_group())
    for group in (verify, deploy, models, users, classes, tokens, jobs, engines, credentials):
        app.add_typer(group.build_group())
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"atelier {__version__}")
        raise typer.Exit


def _version_option(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass
