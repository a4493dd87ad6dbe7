"""Runs a command's work, and turns what goes wrong into one line and an exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable

import typer

from atelier.cli.reporter import Reporter
from atelier.errors import AtelierError, PromptRejected

#: What a shell gives a program that Ctrl-C ended.
INTERRUPTED = 130
#: What a shell gives a program whose reader went away.
BROKEN_PIPE = 141


def run_command(work: Callable[[Reporter], Awaitable[None]], *, json_lines: bool) -> None:
    """Run `work` in an event loop with a reporter.

    Raises:
        typer.Exit: the work failed; with the exit status of docs/reference/exit-statuses.md.
    """

    import asyncio

    async def within_loop() -> None:
        with reporter:
            await work(reporter)

    reporter = Reporter(json_lines=json_lines)
    try:
        asyncio.run(within_loop())
    except AtelierError as error:
        details = tuple(str(each) for each in error.findings) if isinstance(error, PromptRejected) else ()
        reporter.error(type(error).__name__, str(error), status=error.exit_status, details=details)
        raise typer.Exit(error.exit_status) from error
    except BrokenPipeError as error:
        # Whoever read has enough, as `head` does. Nothing more is written, at the interpreter's end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(BROKEN_PIPE) from error
    except KeyboardInterrupt as error:
        reporter.error("Interrupted", "Interrupted; nothing was kept.", status=INTERRUPTED)
        raise typer.Exit(INTERRUPTED) from error
