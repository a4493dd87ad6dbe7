"""`atelier credentials set`: keeps a secret, and writes its copies."""

from __future__ import annotations

from typing import Annotated

import typer

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.credentials import arguments
from atelier.cli.reporter import Reporter
from atelier.credentials.kind import Kind


def set_(
    name: arguments.Name,
    kind: Annotated[
        Kind | None, typer.Option(help="Where it comes from. Default: what it was; for a new one, key.")
    ] = None,
    account: Annotated[
        str | None, typer.Option(metavar="NAME", help="The gateway's account that a token speaks for.")
    ] = None,
    make: Annotated[
        bool, typer.Option("--make", help="Let Atelier make a random one instead of reading it.")
    ] = False,
    store: arguments.StoreFolder = arguments.DEFAULT_STORE,
    json_lines: options.Json = False,
) -> None:
    """Keep a secret, and write every copy of it.

    The value is read from standard input, or typed unseen; it never stands among the arguments, which others
    can see.
    """

    async def work(reporter: Reporter) -> None:
        from atelier.cli.credentials.reading import read_secret
        from atelier.cli.credentials.telling import tell_changes
        from atelier.credentials.kind import check_name
        from atelier.credentials.making import new_value
        from atelier.credentials.store import Store
        from atelier.credentials.sync import sync

        opened = Store.open(store)
        check_name(name)
        known = opened.contents().secrets.get(name)
        if make:
            value = new_value(name, kind or (known.kind if known is not None else Kind.KEY))
        else:
            value = read_secret(name)
        changed = opened.put(name, value, kind=kind, account=account)
        entry = opened.entry(name)
        text = f"{name} ({entry.kind}) is {'kept' if changed else 'what it was'}."
        reporter.result("secret", text, name=name, kind=entry.kind.value, changed=changed)
        tell_changes(reporter, sync(opened))

    run_command(work, json_lines=json_lines)
