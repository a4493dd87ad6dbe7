"""`atelier diagnose`: the likely cause of what does not work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.reporter import Reporter
from atelier.cli.verify import arguments

if TYPE_CHECKING:
    from atelier.verify.report import Report
    from atelier.verify.result import Result


def diagnose(
    url: arguments.Url = None,
    token: options.Token = None,
    second_token: arguments.SecondToken = None,
    from_report: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="Read a report instead of looking at a server."),
    ] = None,
    ca_file: arguments.CaFile = None,
    device: arguments.DeviceOption = None,
    require: arguments.Require = None,
    side: arguments.Side = None,
    drawing_seconds: arguments.DrawingSeconds = 180.0,
    deployment: arguments.Deployment = None,
    json_lines: options.Json = False,
) -> None:
    """Say in plain words what is likely wrong, from the claims that fail.

    The exit status is 14 when something failed, or nothing could be looked at.
    """

    async def work(reporter: Reporter) -> None:
        from atelier.cli.verify.looking import looked_at
        from atelier.errors import ClaimFailed
        from atelier.verify.diagnosis.diagnose import diagnosed
        from atelier.verify.report import read_report

        if from_report is not None:
            found = diagnosed(read_report(from_report))
        else:
            found = await looked_at(
                arguments.address_of(url, deployment),
                lambda address: arguments.target_of(
                    address,
                    token=token,
                    second_token=second_token,
                    ca_file=ca_file,
                    device=device,
                    require=require,
                    side=side,
                    drawing_seconds=drawing_seconds,
                    restart_command=None,
                    deployment=deployment,
                ),
                "quick",
                reporter,
            )
        reporter.result(
            "diagnosis",
            "\n".join(_lines(found)),
            url=found.target.url,
            causes=[each.model_dump(mode="json") for each in found.causes],
            unexplained=[each.claim for each in _unexplained(found)],
            counts=found.counts,
        )
        if not found.good:
            raise ClaimFailed(f"{found.counts['failed']} claims about {found.target.url} do not hold.")

    run_command(work, json_lines=json_lines)


def _unexplained(found: Report) -> list[Result]:
    explained = {claim for cause in found.causes for claim in cause.claims}
    return [each for each in found.results if each.verdict == "failed" and each.claim not in explained]


def _lines(found: Report) -> list[str]:
    if not found.counts["failed"]:
        if not found.counts["passed"]:
            return ["Nothing could be looked at."]
        return [f"Nothing failed of {found.counts['passed']} claims that were looked at."]
    lines = []
    for number, cause in enumerate(found.causes, 1):
        first = found.of(cause.claims[0])
        lines += [
            f"{number}. {cause.title}",
            f"   {cause.explanation}",
            f"   Do: {cause.remedy}",
            f"   Seen in: {', '.join(cause.claims)}",
        ]
        if first is not None:
            lines.append(f"   Such as: {first.reason}")
    for each in _unexplained(found):
        lines += [f"Unexplained: {each.text} {each.reason}", f"   Do: {each.remedy}"]
    return lines
