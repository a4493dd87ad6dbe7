"""`atelier deploy backup | restore`: a deployment as one file."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from atelier.cli import options
from atelier.cli.deploy.arguments import HERE, Directory, run_deploying, teller
from atelier.cli.reporter import Reporter

#: Holds the passphrase of backups, where no file does.
VARIABLE = "ATELIER_BACKUP_PASSPHRASE"

PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help=f"File with the passphrase for the credentials. Default: {VARIABLE}, or you are asked.",
    ),
]


def backup(
    out: Annotated[Path | None, typer.Option(help="The new file. Default: one in backups/.")] = None,
    passphrase_file: PassphraseFile = None,
    directory: Directory = HERE,
    json_lines: options.Json = False,
) -> None:
    """Save database, pictures, configuration and, encrypted, the credentials; while the service runs."""

    async def work(reporter: Reporter) -> None:
        from atelier.deploy.backup import save

        made = save(directory, out, _passphrase(passphrase_file, new=True), teller(reporter))
        size = made.stat().st_size
        text = f"Saved {made} ({size:,} bytes), and read it back. Keep its passphrase elsewhere."
        reporter.result("backup", text, file=str(made.absolute()), bytes=size)

    run_deploying(work, json_lines=json_lines)


def restore(
    archive: Annotated[Path, typer.Argument(help="The backup.")],
    passphrase_file: PassphraseFile = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Replace what a stopped deployment has; nothing brings it back.")
    ] = False,
    directory: Directory = HERE,
    json_lines: options.Json = False,
) -> None:
    """Bring a deployment back from a backup, into an empty directory or a stopped deployment."""

    async def work(reporter: Reporter) -> None:
        from atelier.deploy.backup import restore as bring_back

        deployment = bring_back(
            archive,
            directory,
            _passphrase(passphrase_file, new=False),
            replace=yes,
            tell=teller(reporter),
        )
        text = f"Restored '{deployment.name}' into {directory}. Start it: atelier deploy up -C {directory}"
        reporter.result("restored", text, name=deployment.name, directory=str(directory.absolute()))

    run_deploying(work, json_lines=json_lines)


def _passphrase(file: Path | None, *, new: bool) -> str:
    """Return the passphrase from the file, the environment, or whoever sits here."""
    from atelier.errors import UsageError

    if file is not None:
        try:
            return file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeError) as error:
            raise UsageError(f"The passphrase cannot be read from {file}: {error}.") from error
    if os.environ.get(VARIABLE):
        return os.environ[VARIABLE]
    if sys.stdin.isatty():
        return str(
            typer.prompt("Passphrase of the backup", hide_input=True, confirmation_prompt=new, err=True)
        )
    raise UsageError(f"The credentials of a backup are encrypted: name --passphrase-file, or set {VARIABLE}.")
