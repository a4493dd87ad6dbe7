"""The options that the commands of this room share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Gateway = Annotated[
    str | None,
    typer.Option(
        "--server", envvar="ATELIER_SERVER", metavar="URL", help="The gateway, as it is reached from here."
    ),
]
AdminToken = Annotated[
    str | None,
    typer.Option(
        "--token",
        envvar="ATELIER_TOKEN",
        show_envvar=True,
        help="Your token. Prefer the environment variable: arguments are visible to others.",
    ),
]
Offline = Annotated[
    bool,
    typer.Option("--offline", help="Work on the database itself, while the service is stopped."),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config", envvar="ATELIER_CONFIG", metavar="FILE", help="The service's atelier.toml, for --offline."
    ),
]
Class = Annotated[str | None, typer.Option("--class", metavar="NAME", help="Of this class alone.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without being asked again.")]
Expires = Annotated[
    str | None,
    typer.Option(metavar="DAY", help="Last day, such as 2027-07-31; never lifts it."),
]
