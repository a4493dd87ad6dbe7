"""`atelier models verify`: reads every file again and names the damaged."""

from __future__ import annotations

from dataclasses import asdict

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.models import place
from atelier.cli.reporter import Reporter
from atelier.errors import ModelFileDamaged, ModelFileMissing


def verify(
    sets: place.Sets = None,
    models: place.Models = None,
    deployment: place.Deployment = None,
    json_lines: options.Json = False,
) -> None:
    """Read model files from the first byte to the last, and compare their checksums.

    Without sets, every file that is recorded in models.lock or there is read.
    """

    async def work(reporter: Reporter) -> None:
        from atelier.cli.models.telling import gigabytes, teller
        from atelier.deploy import models as files

        where = place.place_of(models, deployment)
        wanted = place.wanted_of(sets)
        if not sets:
            wanted = files.recorded_or_there(wanted, where.folder, where.lock)
        if not wanted:
            raise ModelFileMissing(
                f"{where.folder.root} has no model file that Atelier knows: there is nothing to verify."
            )
        checked = await files.verify(wanted, where.folder, where.lock, teller(reporter))
        width = max(len(each.key) for each in checked)
        reporter.result(
            "verified",
            "\n".join(
                f"{each.verdict:<10}  {each.key:<{width}}  {gigabytes(each.size):>10}  {each.detail}".rstrip()
                for each in checked
            ),
            files=[{**asdict(each), "path": each.path and str(each.path)} for each in checked],
            sound=sum(each.good for each in checked),
        )
        bad = [each for each in checked if not each.good]
        if bad:
            kind = ModelFileDamaged if any(each.verdict == "damaged" for each in bad) else ModelFileMissing
            raise kind(
                f"Not as they should be, {len(bad)} of {len(checked)}: {', '.join(each.key for each in bad)}."
            )

    run_command(work, json_lines=json_lines, kept="no file was changed")
