"""The arguments and options that the workflow commands share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from atelier.errors import UsageError

File = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="A workflow as JSON, API or UI format, or a picture that has one."),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="A workflow of the library; see `workflow list`.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A parameter. May be given several times."),
]
Models = Annotated[
    str | None,
    typer.Option(metavar="SET", help="The model set; `workflow list --models`. Default: the server's best."),
]
Result = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="FILE", help="Where to write. Default: standard output.")
]
ObjectInfo = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Node classes from a saved answer of GET /object_info."),
]


def read_settings(settings: Sequence[str] | None) -> dict[str, str]:
    """Return `NAME=VALUE` options as a dictionary.

    Raises:
        UsageError: one has no `=`, or names the same parameter again.
    """
    read: dict[str, str] = {}
    for each in settings or ():
        name, separator, value = each.partition("=")
        if not separator or not name:
            raise UsageError(f"--set takes NAME=VALUE, got '{each}'.")
        if name in read:
            raise UsageError(f"--set names '{name}' twice.")
        read[name] = value
    return read
