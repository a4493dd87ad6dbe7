"""`atelier credentials check`: which copy drifted, why, and how to mend it."""

from __future__ import annotations

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.credentials import arguments
from atelier.cli.reporter import Reporter


def check(
    store: arguments.StoreFolder = arguments.DEFAULT_STORE,
    json_lines: options.Json = False,
) -> None:
    """Compare every copy with the store, and name each that drifted, why, and how to mend it.

    Nothing is changed and no secret is shown. The exit status is 12 when a copy drifted.
    """

    async def work(reporter: Reporter) -> None:
        from atelier.cli.credentials.telling import drift_document
        from atelier.credentials.check import check as check_copies
        from atelier.credentials.store import Store
        from atelier.errors import CopiesDrifted

        report = check_copies(Store.open(store))
        for each in report.unchecked:
            reporter.remark("unchecked", f"Not checked: {each}")
        lines = [str(each) for each in report.drifts]
        text = "\n".join(lines) or f"The store and its {report.copies} copies are in step."
        if not report.copies and not lines:
            text = "The store is sound. There are no copies: name them in copies.toml."
        reporter.result(
            "drifts",
            text,
            copies=report.copies,
            drifts=[drift_document(each) for each in report.drifts],
            unchecked=list(report.unchecked),
        )
        if report.drifts:
            files = dict.fromkeys(each.file for each in report.drifts)
            raise CopiesDrifted(f"Not as they should be: {', '.join(files)}.")

    run_command(work, json_lines=json_lines)
