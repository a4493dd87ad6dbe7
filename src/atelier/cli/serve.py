"""`atelier serve`: the service, until it is stopped."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.reporter import Reporter

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop


def serve(
    config: Annotated[
        Path | None,
        typer.Option(
            envvar="ATELIER_CONFIG",
            metavar="FILE",
            help="The configuration, atelier.toml. Without it, the environment's and the defaults.",
        ),
    ] = None,
    json_lines: options.Json = False,
) -> None:
    """Serve accounts behind one door, with a fair queue before ComfyUI servers or the embedded engine.

    Everything that can be set: docs/reference/configuration.md.
    """

    async def work(reporter: Reporter) -> None:
        from atelier.gateway.config_file import read_config
        from atelier.gateway.serve import serve as serve_gateway

        settings = read_config(config)

        def ready(url: str, new_admin_token: Path | None) -> None:
            lines = [f"The service answers at {url} (Ctrl-C stops it)."]
            if new_admin_token is not None:
                lines.insert(0, f"An admin was made; its token is in {new_admin_token}.")
            reporter.result(
                "ready",
                "\n".join(lines),
                url=url,
                pid=os.getpid(),
                admin_token_file=None if new_admin_token is None else str(new_admin_token),
            )

        await serve_gateway(settings, ready=ready)

    run_command(work, json_lines=json_lines, loop_factory=_event_loop())


def _event_loop() -> Callable[[], AbstractEventLoop] | None:
    """Return what makes the fastest event loop that there is for this system; None for Python's own."""
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop
