"""`atelier inpaint`: the masked part of a picture painted anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from atelier.cli import options
from atelier.cli.drawing import Errand, draw


def inpaint(
    image: Annotated[Path, typer.Argument(help="The picture.", metavar="IMAGE")],
    mask: Annotated[
        Path, typer.Argument(help="A picture of the same shape, white where to paint.", metavar="MASK")
    ],
    prompt: Annotated[str, typer.Argument(help="What the whole picture shall show.")],
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
    """Paint the masked part of a picture; outside the mask nothing changes."""

    errand = Errand(out=out, count=count, server=server, token=token, timeout=timeout, json_lines=json_lines)
    draw(
        errand,
        lambda client, tell: client.inpaint(
            image,
            mask,
            prompt,
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
