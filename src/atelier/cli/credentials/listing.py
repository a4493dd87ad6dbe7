"""`atelier credentials list`: what there is, without what it is."""

from __future__ import annotations

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.credentials import arguments
from atelier.cli.reporter import Reporter

_COLUMNS = {"name": "NAME", "kind": "KIND", "account": "ACCOUNT", "changed": "CHANGED", "copies": "COPIES"}


def listing(
    store: arguments.StoreFolder = arguments.DEFAULT_STORE,
    json_lines: options.Json = False,
) -> None:
    """List the secrets by name, kind, age and copies; no value is shown."""

    async def work(reporter: Reporter) -> None:
        from atelier.cli.service.table import table
        from atelier.credentials.copies import read_copies
        from atelier.credentials.judging import day
        from atelier.credentials.store import Store

        opened = Store.open(store)
        copies = read_copies(opened)
        rows = [
            {
                "name": name,
                "kind": entry.kind.value,
                "account": entry.account,
                "changed": day(entry.changed_at),
                "copies": [each.file for each in copies if name in each.names],
            }
            for name, entry in sorted(opened.contents().secrets.items())
        ]
        text = table(
            [{**row, "copies": ", ".join(map(str, row["copies"] or ())) or None} for row in rows],
            _COLUMNS,
            empty="There are no secrets yet.",
        )
        reporter.result("secrets", text, secrets=rows)

    run_command(work, json_lines=json_lines)
