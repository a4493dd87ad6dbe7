"""Stable Diffusion 3.5 Large and SDXL-Turbo.

Repositories and paths are those of the templates' download links. Sizes and digests are those by which public
installers pin the files at Comfy-Org/stable-diffusion-3.5-fp8 (934251d1e616) and stabilityai/sdxl-turbo
(71153311d3db); at least two agree on each.
"""

from __future__ import annotations

from atelier.workflows.model_sets.model_set import Checkpoint, ModelFile, ModelSet, Task

_DRAWING: frozenset[Task] = frozenset(
    {"text_to_image", "image_to_image", "composition", "inpaint", "outpaint", "upscale", "variations"}
)

SD35_LARGE = ModelSet(
    name="sd3.5-large",
    title="Stable Diffusion 3.5 Large in 8 bits",
    tasks=_DRAWING,
    weights=Checkpoint(
        file=ModelFile(
            folder="checkpoints",
            name="sd3.5_large_fp8_scaled.safetensors",
            repository="Comfy-Org/stable-diffusion-3.5-fp8",
            path="sd3.5_large_fp8_scaled.safetensors",
            size=14_934_922_866,
            sha256="5ad94d6f951556b1ab6b75930fd4effbafaf3130fe9df440e7f2d05a220dd1be",
        )
    ),
    licence="Stability AI Community License",
    steps=20,
    cfg=4.01,
    scheduler="sgm_uniform",
    width=1024,
    height=1024,
    min_side=256,
    max_side=1536,
    source="template sd3.5_simple_example of comfyui-workflow-templates 0.1.95",
)

SDXL_TURBO = ModelSet(
    name="sdxl-turbo",
    title="SDXL-Turbo",
    tasks=_DRAWING,
    weights=Checkpoint(
        file=ModelFile(
            folder="checkpoints",
            name="sd_xl_turbo_1.0_fp16.safetensors",
            repository="stabilityai/sdxl-turbo",
            path="sd_xl_turbo_1.0_fp16.safetensors",
            size=6_938_081_905,
            sha256="e869ac7d6942cb327d68d5ed83a40447aadf20e0c3358d98b2cc9e270db0da26",
        )
    ),
    # Accounts of the text differ: read it there.
    licence="LICENSE.md of stabilityai/sdxl-turbo",
    steps=1,
    cfg=1.0,
    sampler_name="euler_ancestral",
    turbo=True,
    four_channels=True,
    width=512,
    height=512,
    min_side=256,
    max_side=1024,
    multiple=8,
    source="template sdxlturbo_example of comfyui-workflow-templates 0.1.95",
    caution="At cfg 1 the negative prompt has no effect.",
)
