"""The arguments that the commands of `atelier deploy` share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer

from atelier.cli.command import run_command
from atelier.cli.reporter import Reporter

Directory = Annotated[
    Path,
    typer.Option(
        "--directory",
        "-C",
        envvar="ATELIER_DEPLOYMENT",
        metavar="DIR",
        help="The deployment's directory. Default: where you are.",
    ),
]
HERE = Path()


def teller(reporter: Reporter) -> Callable[[str, str], None]:
    """Return a function that tells each step of something long."""
    return lambda name, text: reporter.remark("step", text, step=name)


def run_deploying(work: Callable[[Reporter], Awaitable[None]], *, json_lines: bool) -> None:
    """Run a command that waits for Docker, and end it at once when it is told to."""

    async def interruptible_work(reporter: Reporter) -> None:
        from atelier.deploy.interruption import interruptible

        with interruptible():
            await work(reporter)

    run_command(interruptible_work, json_lines=json_lines, kept="it may be half done: call it again")
