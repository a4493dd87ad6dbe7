"""`atelier verify compare`: what changed between two reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.reporter import Reporter

if TYPE_CHECKING:
    from atelier.verify.compare import Difference


def compare(
    before: Annotated[Path, typer.Argument(metavar="A.json", help="The earlier report.")],
    after: Annotated[Path, typer.Argument(metavar="B.json", help="The later report.")],
    json_lines: options.Json = False,
) -> None:
    """Say what changed between two reports; the exit status is 14 when something broke."""

    async def work(reporter: Reporter) -> None:
        from atelier.errors import ClaimFailed
        from atelier.verify.compare import compare as differences
        from atelier.verify.report import read_report

        old, new = read_report(before), read_report(after)
        found = differences(old, new)
        if (old.target.url, old.target.profile) != (new.target.url, new.target.profile):
            reporter.remark(
                "notice",
                f"The reports are of {old.target.url} ({old.target.profile}) and {new.target.url} "
                f"({new.target.profile}).",
                code="targets_differ",
                items=[],
            )
        reporter.result(
            "compared",
            "\n".join(map(_line, found)) or "Nothing changed.",
            before=str(before),
            after=str(after),
            differences=[each.to_json() for each in found],
        )
        broke = [each for each in found if each.change == "broke"]
        if broke:
            raise ClaimFailed(f"{len(broke)} claims hold no more: {', '.join(each.claim for each in broke)}.")

    run_command(work, json_lines=json_lines)


def _line(each: Difference) -> str:
    text = f"{each.change}: {each.claim}"
    if each.before or each.after:
        text += f" ({each.before or 'not looked at'} -> {each.after or 'not looked at'})"
    return f"{text}: {each.reason}" if each.reason else text
