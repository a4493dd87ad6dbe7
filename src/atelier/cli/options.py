"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Server = Annotated[
    str | None,
    typer.Option(
        envvar="ATELIER_SERVER",
        metavar="URL",
        help="A ComfyUI or engine to use. Without it, the embedded engine runs for this command.",
    ),
]
Token = Annotated[
    str | None,
    typer.Option(
        envvar="ATELIER_TOKEN",
        show_envvar=True,
        help="Bearer token of the server. Prefer the environment variable: arguments are visible to others.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document per line instead of text.")]
Out = Annotated[
    Path,
    typer.Option(help="Directory for the pictures, or a file name ending in .png when there is one picture."),
]
Seed = Annotated[
    int | None,
    typer.Option(min=0, max=2**64 - 1, help="The same seed gives the same picture. Default: a random one."),
]
Steps = Annotated[int | None, typer.Option(min=1, max=10_000, help="Sampling steps. Default: the model's.")]
Cfg = Annotated[
    float | None, typer.Option(min=0.0, max=100.0, help="Guidance; 1 switches it off. Default: the model's.")
]
SamplerName = Annotated[
    str | None, typer.Option("--sampler", help="Sampler, such as euler or dpmpp_2m. Default: the model's.")
]
Scheduler = Annotated[
    str | None, typer.Option(help="Scheduler, such as simple or beta. Default: the model's.")
]
Negative = Annotated[str, typer.Option(help="What the picture should not show.")]
Count = Annotated[int, typer.Option(min=1, max=64, help="How many pictures.")]
Timeout = Annotated[float, typer.Option(min=1.0, help="Seconds that the whole job may take.")]
