"""`atelier usage` and `atelier audit`: what was used, and who did what."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from atelier.cli import options
from atelier.cli.reporter import Reporter
from atelier.cli.service import arguments
from atelier.cli.service.access import Access, Api
from atelier.cli.service.running import run_with_api

_USED = {
    "day": "DAY",
    "account": "ACCOUNT",
    "images": "PICTURES",
    "engine_seconds": "SECONDS",
    "jobs": "JOBS",
}
_DEEDS = {"at": "AT", "actor": "WHO", "action": "DID", "subject": "TO", "told": "DETAIL"}


def usage(
    since: Annotated[
        str | None,
        typer.Option(metavar="DAY", help="From this day (UTC) on, such as 2027-02-01. Default: today."),
    ] = None,
    account: Annotated[str | None, typer.Option(metavar="NAME", help="Of this account alone.")] = None,
    group: arguments.Class = None,
    server: arguments.Gateway = None,
    token: arguments.AdminToken = None,
    offline: arguments.Offline = False,
    config: arguments.ConfigFile = None,
    json_lines: options.Json = False,
) -> None:
    """Show what was used, by account and day."""

    async def work(api: Api, reporter: Reporter) -> None:
        from atelier.cli.service.table import table

        given = {"since": since, "account": account, "class": group}
        params = {key: value for key, value in given.items() if value is not None}
        found = await api.call("GET", "/usage", params=params)
        reporter.result("usage", table(found, _USED, empty="Nothing was used."), usage=found)

    run_with_api(
        Access(server=server, token=token, offline=offline, config=config), work, json_lines=json_lines
    )


def audit(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many lines, the latest.")] = 50,
    server: arguments.Gateway = None,
    token: arguments.AdminToken = None,
    offline: arguments.Offline = False,
    config: arguments.ConfigFile = None,
    json_lines: options.Json = False,
) -> None:
    """Show who did what, the latest last."""

    async def work(api: Api, reporter: Reporter) -> None:
        from atelier.cli.service.table import table

        found = list(reversed(await api.call("GET", "/audit", params={"limit": str(limit)})))
        rows = [
            {**each, "told": json.dumps(each["detail"], ensure_ascii=False) if each["detail"] else ""}
            for each in found
        ]
        reporter.result("audit", table(rows, _DEEDS, empty="Nobody did anything yet."), audit=found)

    run_with_api(
        Access(server=server, token=token, offline=offline, config=config), work, json_lines=json_lines
    )
