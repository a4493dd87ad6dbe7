"""`atelier jobs`: everybody's jobs."""

from __future__ import annotations

from typing import Annotated

import typer

from atelier.cli import options
from atelier.cli.reporter import Reporter
from atelier.cli.service import arguments
from atelier.cli.service.access import Access, Api, part
from atelier.cli.service.running import run_with_api

_COLUMNS = {
    "id": "ID",
    "account": "ACCOUNT",
    "state": "STATE",
    "created": "CREATED",
    "engine": "ENGINE",
    "engine_seconds": "SECONDS",
    "failure": "FAILURE",
}


def listing(
    account: Annotated[str | None, typer.Option(metavar="NAME", help="Of this account alone.")] = None,
    group: arguments.Class = None,
    every: Annotated[bool, typer.Option("--all", help="Those that have ended too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Of each account, the latest.")] = 100,
    server: arguments.Gateway = None,
    token: arguments.AdminToken = None,
    offline: arguments.Offline = False,
    config: arguments.ConfigFile = None,
    json_lines: options.Json = False,
) -> None:
    """List the jobs that wait or run."""

    async def work(api: Api, reporter: Reporter) -> None:
        from atelier.cli.service.table import table

        params = {"all": str(every).lower(), "limit": str(limit)}
        params |= {} if account is None else {"account": account}
        params |= {} if group is None else {"class": group}
        found = await api.call("GET", "/jobs", params=params)
        reporter.result("jobs", table(found, _COLUMNS, empty="There are no jobs."), jobs=found)

    run_with_api(
        Access(server=server, token=token, offline=offline, config=config), work, json_lines=json_lines
    )


def cancel(
    job_id: Annotated[str, typer.Argument(help="The job's id, as `atelier jobs list` shows it.")],
    server: arguments.Gateway = None,
    token: arguments.AdminToken = None,
    json_lines: options.Json = False,
) -> None:
    """Cancel anybody's job."""

    async def work(api: Api, reporter: Reporter) -> None:
        answer = await api.call("DELETE", f"/jobs/{part(job_id)}")
        reporter.result("job", f"{job_id}: {answer['done']}.", id=job_id, **answer)

    run_with_api(Access(server=server, token=token), work, json_lines=json_lines)


def build_group() -> typer.Typer:
    """Return the group of commands, ready to be added to the command line."""
    group = typer.Typer(
        name="jobs", no_args_is_help=True, rich_markup_mode=None, help="See and cancel everybody's jobs."
    )
    group.command("list")(listing)
    group.command()(cancel)
    return group
