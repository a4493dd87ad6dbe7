"""`atelier deploy clean`, or `atelier clean` for short: removes what a deployment has in Docker."""

from __future__ import annotations

from typing import Annotated

import typer

from atelier.cli import options
from atelier.cli.deploy.arguments import HERE, Directory, run_deploying
from atelier.cli.reporter import Reporter


def clean(
    data: Annotated[
        bool, typer.Option("--data", help="The volumes too: accounts, pictures and keys; needs --yes.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Remove it; without, it is only said.")] = False,
    directory: Directory = HERE,
    json_lines: options.Json = False,
) -> None:
    """Say what a deployment has in Docker, and remove it with --yes; its directory and secrets stay."""

    async def work(reporter: Reporter) -> None:
        from dataclasses import asdict

        from atelier.deploy.cleaning import clean as remove
        from atelier.deploy.cleaning import possessions
        from atelier.deploy.directory import rendered_deployment

        found = possessions(directory, data=data)
        named = {kind: list(names) for kind, names in asdict(found).items() if names}
        lines = [f"{kind}: {', '.join(names)}" for kind, names in named.items()]
        lines = lines or ["There is nothing to remove."]
        if found.volumes and not yes:
            lines.append(
                "The volumes hold accounts, pictures and keys: nothing but a backup brings them back."
            )
        folder = rendered_deployment(directory).storage.folder
        kept = (
            f"What lies in {directory / folder} stays."
            if folder
            else "The volumes stay; --data counts them in."
        )
        if folder or not data:
            lines.append(kept)
        if not yes:
            reporter.result(
                "would_remove", "\n".join([*lines, "Nothing was removed; --yes removes it."]), **named
            )
            return
        remove(directory, found)
        reporter.result("removed", "\n".join(["Removed:", *lines] if named else lines), **named)

    run_deploying(work, json_lines=json_lines)
