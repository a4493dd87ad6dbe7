"""`atelier credentials init`: an empty store."""

from __future__ import annotations

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.credentials import arguments
from atelier.cli.reporter import Reporter


def init(
    store: arguments.StoreFolder = arguments.DEFAULT_STORE,
    json_lines: options.Json = False,
) -> None:
    """Make an empty store that only you can read and git ignores, and a list of copies to be filled in."""

    async def work(reporter: Reporter) -> None:
        from atelier.credentials.private_file import CHECKED
        from atelier.credentials.store import COPIES, Store

        made = Store.create(store)
        if not CHECKED:
            reporter.remark(
                "unchecked",
                "On Windows nobody checks who else can read it: keep it in a folder of your own.",
            )
        text = (
            f"Made {made.folder}. Next: `atelier credentials set NAME`, and name every copy in "
            f"{made.folder / COPIES}."
        )
        reporter.result("store", text, folder=str(made.folder.absolute()))

    run_command(work, json_lines=json_lines)
