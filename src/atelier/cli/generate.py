"""`atelier generate`: pictures from words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from atelier.cli import options
from atelier.cli.drawing import Errand, draw


def generate(
    prompt: Annotated[str, typer.Argument(help="What to draw.")],
    width: Annotated[int | None, typer.Option(min=16, help="Pixels. Default: the model's.")] = None,
    height: Annotated[int | None, typer.Option(min=16, help="Pixels. Default: the model's.")] = None,
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
    """Draw pictures from a prompt."""

    errand = Errand(out=out, count=count, server=server, token=token, timeout=timeout, json_lines=json_lines)
    draw(
        errand,
        lambda client, tell: client.generate_text2image(
            prompt,
            negative,
            width=width,
            height=height,
            steps=steps,
            cfg=cfg,
            seed=seed,
            sampler_name=sampler,
            scheduler=scheduler,
            count=count,
            on_event=tell,
        ),
    )
