"""The arguments that the commands of `atelier deploy` share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from atelier.cli.reporter import Reporter

Directory = Annotated[
    Path,
    typer.Option(
        "--directory",
        "-C",
        envvar="ATELIER_DEPLOYMENT",
        metavar="DIR",
        help="The deployment's directory. Default: where you are.",
    ),
]
HERE = Path()


def teller(reporter: Reporter) -> Callable[[str, str], None]:
    """Return a function that tells each step of something long."""
    return lambda name, text: reporter.remark("step", text, step=name)
