"""`atelier engines`: the engines behind a service."""

from __future__ import annotations

from typing import Annotated

import typer

from atelier.cli import options
from atelier.cli.reporter import Reporter
from atelier.cli.service import arguments
from atelier.cli.service.access import Access, Api, part
from atelier.cli.service.running import run_with_api

Name = Annotated[str, typer.Argument(help="Name of the engine.")]

_COLUMNS = {
    "name": "ENGINE",
    "state": "STATE",
    "draining": "DRAINING",
    "running": "JOBS",
    "model": "MODEL",
    "address": "ADDRESS",
    "detail": "DETAIL",
}


def listing(
    server: arguments.Gateway = None,
    token: arguments.AdminToken = None,
    json_lines: options.Json = False,
) -> None:
    """List the engines and how they are."""

    async def work(api: Api, reporter: Reporter) -> None:
        from atelier.cli.service.table import table

        found = await api.call("GET", "/engines")
        text = table(found, _COLUMNS, empty="No engine has reported yet.")
        reporter.result("engines", text, engines=found)

    run_with_api(Access(server=server, token=token), work, json_lines=json_lines)


def drain(
    name: Name,
    back: Annotated[bool, typer.Option("--back", help="Give it jobs again.")] = False,
    server: arguments.Gateway = None,
    token: arguments.AdminToken = None,
    json_lines: options.Json = False,
) -> None:
    """Let an engine finish what it has, and give it no more jobs; or take it back in."""

    async def work(api: Api, reporter: Reporter) -> None:
        answer = await api.call("DELETE" if back else "POST", f"/engines/{part(name)}/drain")
        reporter.result("engine", f"{name}: {answer['done']}.", name=name, **answer)

    run_with_api(Access(server=server, token=token), work, json_lines=json_lines)


def build_group() -> typer.Typer:
    """Return the group of commands, ready to be added to the command line."""
    group = typer.Typer(
        name="engines",
        no_args_is_help=True,
        rich_markup_mode=None,
        help="See the engines behind a service, drain them and take them back in.",
    )
    group.command("list")(listing)
    group.command()(drain)
    return group
