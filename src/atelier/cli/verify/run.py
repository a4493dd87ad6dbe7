"""`atelier verify`: prove what a server does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.reporter import Reporter
from atelier.cli.verify import arguments

if TYPE_CHECKING:
    from atelier.verify.report import Report


def run(
    url: arguments.Url = None,
    token: options.Token = None,
    second_token: arguments.SecondToken = None,
    profile: Annotated[
        Literal["quick", "daily", "full"],
        typer.Option(help="quick: seconds, one picture. daily: every workflow. full: everything."),
    ] = "quick",
    report: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Write a report: .json, .md, .html or .xml (JUnit); repeatable."),
    ] = None,
    metrics: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write figures for Prometheus' textfile collector."),
    ] = None,
    ca_file: arguments.CaFile = None,
    device: arguments.DeviceOption = None,
    require: arguments.Require = None,
    side: arguments.Side = None,
    drawing_seconds: arguments.DrawingSeconds = 180.0,
    restart_command: arguments.RestartCommand = None,
    deployment: arguments.Deployment = None,
    json_lines: options.Json = False,
) -> None:
    """Look at every claim, and say with evidence whether it holds.

    The exit status is 0 when claims were looked at and none failed, 14 otherwise. What was skipped counts for
    nothing.
    """

    async def work(reporter: Reporter) -> None:
        from atelier.cli.verify.looking import looked_at
        from atelier.errors import ClaimFailed
        from atelier.verify.metrics import write_metrics
        from atelier.verify.reports import require_form, write_report
        from atelier.verify.reports.words import score

        for path in report or ():
            # Before the work, so that a name that cannot serve costs nothing.
            require_form(path)
        found = await looked_at(
            arguments.address_of(url, deployment),
            lambda address: arguments.target_of(
                address,
                token=token,
                second_token=second_token,
                ca_file=ca_file,
                device=device,
                require=require,
                side=side,
                drawing_seconds=drawing_seconds,
                restart_command=restart_command,
                deployment=deployment,
            ),
            profile,
            reporter,
        )
        for path in report or ():
            write_report(found, path)
        if metrics is not None:
            write_metrics(found, metrics)
        reporter.result("verified", _text(found, reporter), **found.document())
        if not found.good:
            raise ClaimFailed(f"{found.target.url}: {score(found)}.")

    run_command(work, json_lines=json_lines)


def _text(found: Report, reporter: Reporter) -> str:
    from io import StringIO

    from rich.console import Console

    from atelier.verify.reports.table import table
    from atelier.verify.reports.words import score
    from atelier.verify.run import kind_in_words

    console = Console(file=StringIO(), width=reporter.width, force_terminal=reporter.colourful)
    with console.capture() as captured:
        console.print(table(found))
        for each in found.causes:
            console.print(f"\nLikely cause: {each.title} {each.explanation}", markup=False, highlight=False)
            console.print(each.remedy, markup=False, highlight=False)
        console.print(
            f"\n{found.target.url} is {kind_in_words(found)}; {score(found)}; {found.seconds:.1f} s",
            markup=False,
            highlight=False,
        )
    return captured.get().rstrip()
