"""Runs a command's work, and turns what goes wrong into one line and an exit status."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import typer

from atelier.cli.reporter import Reporter
from atelier.errors import AtelierError, PromptRejected

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

#: What a shell gives a program that Ctrl-C ended.
INTERRUPTED = 130
#: What a shell gives a program whose reader went away.
BROKEN_PIPE = 141
#: What a shell gives a program that was told to end.
TERMINATED = 143


def run_command(
    work: Callable[[Reporter], Awaitable[None]],
    *,
    json_lines: bool,
    loop_factory: Callable[[], AbstractEventLoop] | None = None,
    kept: str = "nothing was kept",
) -> None:
    """Run `work` in an event loop with a reporter.

    Args:
        loop_factory: Makes the event loop; None for Python's own.
        kept: What is left of the work when it is interrupted.

    Raises:
        typer.Exit: the work failed; with the exit status of docs/reference/exit-statuses.md.
    """

    import asyncio

    async def within_loop() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        # Unwound like any cancellation, so that no job, no engine and no directory is left behind.
        previous = signal.signal(signal.SIGTERM, lambda *_: task and loop.call_soon_threadsafe(task.cancel))
        try:
            with reporter:
                await work(reporter)
        finally:
            signal.signal(signal.SIGTERM, previous)

    reporter = Reporter(json_lines=json_lines)
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(within_loop())
    except AtelierError as error:
        details = tuple(str(each) for each in error.findings) if isinstance(error, PromptRejected) else ()
        reporter.error(type(error).__name__, str(error), status=error.exit_status, details=details)
        raise typer.Exit(error.exit_status) from error
    except BrokenPipeError as error:
        # Whoever read has enough, as `head` does. Nothing more is written, at the interpreter's end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(BROKEN_PIPE) from error
    except asyncio.CancelledError as error:
        reporter.error("Terminated", f"Told to end; {kept}.", status=TERMINATED)
        raise typer.Exit(TERMINATED) from error
    except KeyboardInterrupt as error:
        reporter.error("Interrupted", f"Interrupted; {kept}.", status=INTERRUPTED)
        raise typer.Exit(INTERRUPTED) from error
