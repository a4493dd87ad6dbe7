"""`atelier credentials sync`: writes every copy that drifted anew."""

from __future__ import annotations

from typing import Annotated

import typer

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.credentials import arguments
from atelier.cli.reporter import Reporter


def sync(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    store: arguments.StoreFolder = arguments.DEFAULT_STORE,
    json_lines: options.Json = False,
) -> None:
    """Write every copy that drifted anew from the store; lines of others in it stay."""

    async def work(reporter: Reporter) -> None:
        from atelier.cli.credentials.telling import tell_changes
        from atelier.credentials.store import Store
        from atelier.credentials.sync import sync as sync_copies

        tell_changes(reporter, sync_copies(Store.open(store), write=not dry_run), dry_run=dry_run)

    run_command(work, json_lines=json_lines)
