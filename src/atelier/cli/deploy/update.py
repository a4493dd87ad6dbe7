"""`atelier deploy update`: a deployment, brought to this Atelier and its choices."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from atelier.cli import options
from atelier.cli.deploy.arguments import HERE, Directory, run_deploying, teller
from atelier.cli.reporter import Reporter


def update(
    source: Annotated[
        Path | None,
        typer.Option(help="Atelier's wheel or checkout for the images. Default: what this one came from."),
    ] = None,
    directory: Directory = HERE,
    json_lines: options.Json = False,
) -> None:
    """Render anew, build and start; where a check does not pass, go back to what ran before.

    After a change of deployment.toml, and after an update of Atelier itself. Files that you edited stay, with
    the new text beside them.
    """

    async def work(reporter: Reporter) -> None:
        from atelier.deploy.update import update as bring_up_to_date

        done = bring_up_to_date(directory, teller(reporter), source=source)
        if not done.before:
            lines = [f"Started {done.now}, for the first time."]
        elif done.changed or done.now != done.before:
            lines = [f"Updated from {done.before} to {done.now}."]
        else:
            lines = ["Nothing has changed."]
        lines += [f"{path} was edited and stays; the new text is in {path}.new" for path in done.kept]
        reporter.result(
            "updated",
            "\n".join(lines),
            before=done.before,
            now=done.now,
            changed=list(done.changed),
            kept=list(done.kept),
        )

    run_deploying(work, json_lines=json_lines)
