"""The way that every drawing command goes: connect, draw, tell, keep the pictures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from atelier.cli.command import run_command
from atelier.cli.reporter import Reporter

if TYPE_CHECKING:
    from atelier.client import AsyncComfyUIClient, Event, Result

#: Asks a client for pictures; the second argument is to be called with each event.
Ask = Callable[["AsyncComfyUIClient", Callable[["Event"], None]], Awaitable["Result"]]


@dataclass(frozen=True, kw_only=True)
class Errand:
    """Where to draw, and where the pictures go."""

    out: Path
    count: int
    server: str | None
    token: str | None
    timeout: float
    json_lines: bool


def draw(errand: Errand, ask: Ask) -> None:
    """Run a drawing command.

    Raises:
        typer.Exit: it failed; with the exit status of docs/reference/exit-statuses.md.
    """

    async def work(reporter: Reporter) -> None:
        from atelier.cli.connection import connected
        from atelier.cli.saving import plan_names
        from atelier.cli.telling import keep_pictures, teller

        # Before the work, so that a name that cannot serve costs nothing.
        plan_names(errand.out, stem="atelier", count=errand.count)
        async with connected(
            errand.server, errand.token, timeout=errand.timeout, reporter=reporter
        ) as client:
            result = await ask(client, teller(reporter))
        keep_pictures(reporter, result, errand.out)

    run_command(work, json_lines=errand.json_lines)
