"""`atelier edit`: a picture changed by an instruction."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from atelier.cli import options
from atelier.cli.drawing import Errand, draw


def edit(
    image: Annotated[Path, typer.Argument(help="The picture to edit.", metavar="IMAGE")],
    instruction: Annotated[str, typer.Argument(help='What to change, such as "make it night".')],
    negative: options.Negative = "",
    steps: options.Steps = None,
    cfg: options.Cfg = None,
    seed: options.Seed = None,
    sampler: options.SamplerName = None,
    scheduler: options.Scheduler = None,
    count: options.Count = 1,
    out: options.Out = Path(),
    server: options.Server = None,
    token: options.Token = None,
    timeout: options.Timeout = 600.0,
    json_lines: options.Json = False,
) -> None:
    """Change a picture as an instruction says, and leave the rest as it is."""

    errand = Errand(out=out, count=count, server=server, token=token, timeout=timeout, json_lines=json_lines)
    draw(
        errand,
        lambda client, tell: client.edit(
            image,
            instruction,
            negative,
            steps=steps,
            cfg=cfg,
            seed=seed,
            sampler_name=sampler,
            scheduler=scheduler,
            count=count,
            on_event=tell,
        ),
    )
