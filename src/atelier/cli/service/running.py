"""Runs a command that calls the service's API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from atelier.cli.command import run_command
from atelier.cli.reporter import Reporter
from atelier.cli.service.access import Access, Api

Work = Callable[[Api, Reporter], Awaitable[None]]


def run_with_api(access: Access, work: Work, *, json_lines: bool) -> None:
    """Run `work` with the API and a reporter; raises as `run_command`."""

    async def with_api(reporter: Reporter) -> None:
        async with access.opened() as api:
            await work(api, reporter)

    run_command(with_api, json_lines=json_lines)


def confirmed(question: str, yes: bool) -> None:
    """Return if somebody says yes, beforehand or now.

    Raises:
        typer.Abort: they say no, or nobody is there to ask.
    """
    import typer

    if not yes:
        typer.confirm(question, abort=True, err=True)
