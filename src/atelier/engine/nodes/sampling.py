"""Nodes that draw: ModelSamplingAuraFlow and CFGNorm set a model up, KSampler runs it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from atelier.engine.diffusion.noise import MAX_SEED
from atelier.engine.diffusion.samplers import SAMPLERS
from atelier.engine.diffusion.sampling import Sampling, sample
from atelier.engine.diffusion.schedules import SCHEDULES
from atelier.engine.node import NodeClass, Output, combo, integer, number, socket
from atelier.errors import NodeInputInvalid

if TYPE_CHECKING:
    from atelier.engine.context import NodeContext
    from atelier.engine.values import Conditioning, Latent, Model


def shift_sampling(context: NodeContext, *, model: Model, shift: float) -> tuple[Model]:
    """Shift the model's noise schedule.

    Raises:
        NodeInputInvalid: the shift is 0, with which every noise level would be 0.
    """
    if shift <= 0:
        raise NodeInputInvalid(
            "A shift of 0 makes every noise level 0, so nothing would be drawn: use 1 for no shift."
        )
    return (replace(model, shift=shift),)


def limit_norm(context: NodeContext, *, model: Model, strength: float) -> tuple[Model]:
    """Limit what guidance adds to the length of the conditional prediction."""
    return (replace(model, cfg_norm=strength),)


def run_sampler(
    context: NodeContext,
    *,
    model: Model,
    seed: int,
    steps: int,
    cfg: float,
    sampler_name: str,
    scheduler: str,
    positive: Conditioning,
    negative: Conditioning,
    latent_image: Latent,
    denoise: float,
) -> tuple[Latent]:
    """Denoise a latent."""
    context.check_interrupted()
    settings = Sampling(
        seed=seed, steps=steps, cfg=cfg, sampler=sampler_name, scheduler=scheduler, denoise=denoise
    )
    return (sample(model, positive, negative, latent_image, settings, context.report_progress),)


NODES: tuple[NodeClass, ...] = (
    NodeClass(
        name="ModelSamplingAuraFlow",
        display_name="ModelSamplingAuraFlow",
        category="advanced/model",
        python_module="comfy_extras.nodes_model_advanced",
        inputs=(
            socket("model", "MODEL"),
            number("shift", default=1.73, min=0.0, max=100.0, step=0.01),
        ),
        outputs=(Output(type="MODEL", name="MODEL"),),
        run=shift_sampling,
    ),
    NodeClass(
        name="CFGNorm",
        category="advanced/guidance",
        python_module="comfy_extras.nodes_cfg",
        dialect="new",
        experimental=True,
        inputs=(
            socket("model", "MODEL"),
            number("strength", default=1.0, min=0.0, max=100.0, step=0.01),
        ),
        outputs=(Output(type="MODEL", name="patched_model"),),
        run=limit_norm,
    ),
    NodeClass(
        name="KSampler",
        display_name="KSampler",
        category="sampling",
        inputs=(
            socket("model", "MODEL"),
            integer("seed", default=0, min=0, max=MAX_SEED, control_after_generate=True),
            integer("steps", default=20, min=1, max=10000),
            number("cfg", default=8.0, min=0.0, max=100.0, step=0.1, round=0.01),
            combo("sampler_name", tuple(SAMPLERS)),
            combo("scheduler", tuple(SCHEDULES)),
            socket("positive", "CONDITIONING"),
            socket("negative", "CONDITIONING"),
            socket("latent_image", "LATENT"),
            number("denoise", default=1.0, min=0.0, max=1.0, step=0.01),
        ),
        outputs=(Output(type="LATENT", name="LATENT"),),
        run=run_sampler,
    ),
)
