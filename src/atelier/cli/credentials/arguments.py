"""The options that the commands of this room share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Name = Annotated[str, typer.Argument(help="Name of the secret, such as huggingface-token.")]
StoreFolder = Annotated[
    Path,
    typer.Option(
        "--store", metavar="DIR", help="The folder of the store. Copies lie relative to the one above it."
    ),
]

#: Where the store is when nobody says.
DEFAULT_STORE = Path(".secrets")
