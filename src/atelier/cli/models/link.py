"""`atelier models link`: takes files that lie elsewhere on this machine, without storing them twice."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.models import place
from atelier.cli.reporter import Reporter
from atelier.errors import ModelFileMissing, UsageError


def link(
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER...", help="Where to look, with all that lies below.")
    ],
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="SET", help="Only this set's files. May be given several times."),
    ] = None,
    models: place.Models = None,
    deployment: place.Deployment = None,
    hard: Annotated[bool, typer.Option("--hard", help="Hard links only, which need the same disk.")] = False,
    symbolic: Annotated[
        bool,
        typer.Option("--symbolic", help="Symbolic links, which containers follow only into what they see."),
    ] = False,
    json_lines: options.Json = False,
) -> None:
    """Link model files that lie elsewhere, such as in another ComfyUI or the hub's cache.

    A file is known by its base name, its size and its checksum. Without --hard or --symbolic it is a hard
    link where both folders are on one disk, and a symbolic one elsewhere.
    """

    async def work(reporter: Reporter) -> None:
        from atelier.cli.models.telling import teller
        from atelier.deploy import models as files

        if hard and symbolic:
            raise UsageError("--hard and --symbolic exclude each other.")
        where = place.place_of(models, deployment)
        with where.folder.held():
            outcome = await files.link(
                place.wanted_of(sets or list(where.chosen)),
                folders,
                where.folder,
                where.lock,
                teller(reporter),
                kind="hard" if hard else "symbolic" if symbolic else None,
            )
        for other in outcome.others:
            reporter.remark(
                "other_file",
                f"Left alone: {other.path} {other.reason}.",
                path=str(other.path),
                reason=other.reason,
            )
        lines = []
        for each in outcome.linked:
            proof = "" if each.proved else ", taken by its name; its checksum is recorded now"
            lines.append(f"{each.key} -> {each.to} ({each.kind} link{proof})")
        if any(each.kind == "symbolic" for each in outcome.linked):
            lines.append(
                "A container follows a symbolic link only where it sees that folder at the same place."
            )
        lines.append(
            f"{len(outcome.linked)} linked, {len(outcome.present)} there already, "
            f"{len(outcome.missing)} not found."
        )
        reporter.result(
            "links",
            "\n".join(lines),
            linked=[
                {"file": each.key, "path": str(each.path), "to": str(each.to), "kind": each.kind}
                for each in outcome.linked
            ],
            present=[each.wanted.key for each in outcome.present],
            missing=[each.key for each in outcome.missing],
        )
        if not outcome.linked and not outcome.present:
            raise ModelFileMissing("No file that Atelier knows lies there: nothing was linked.")
        if sets and outcome.missing:
            raise ModelFileMissing(
                f"Not found: {', '.join(each.key for each in outcome.missing)}. `atelier models fetch` "
                "brings them."
            )

    run_command(work, json_lines=json_lines, kept="what was linked stays")
