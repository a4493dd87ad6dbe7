"""FLUX.1-dev and FLUX.1-schnell, each in separate files and as one checkpoint in 8 bits.

Repositories and paths are those of the templates' download links. Sizes and digests are those by which public
installers pin the files, Black Forest Labs' own list among them for the two diffusion models; at least two
agree on each.

The templates for separate files encode the prompt with CLIPTextEncodeFlux, which is CLIPTextEncode with
FluxGuidance behind it when both of its texts are the same (ComfyUI 0.3.64, comfy_extras/nodes_flux.py).
"""

from __future__ import annotations

from dataclasses import replace

from atelier.workflows.model_sets.model_set import Checkpoint, ModelFile, ModelSet, SeparateFiles, Task

_ENCODERS = "comfyanonymous/flux_text_encoders"

_DRAWING: frozenset[Task] = frozenset(
    {"text_to_image", "image_to_image", "composition", "inpaint", "outpaint", "upscale", "variations"}
)

_CLIP_L = ModelFile(
    folder="text_encoders",
    name="clip_l.safetensors",
    repository=_ENCODERS,
    path="clip_l.safetensors",
    size=246_144_152,
    sha256="660c6f5b1abae9dc498ac2d21e1347d2abdb0cf6c0c0c8576cd796491d9a6cdd",
)
_T5 = ModelFile(
    folder="text_encoders",
    name="t5xxl_fp16.safetensors",
    repository=_ENCODERS,
    path="t5xxl_fp16.safetensors",
    size=9_787_841_024,
    sha256="6e480b09fae049a72d2a8c5fbccb8d3e92febeb233bbe9dfe7256958a9167635",
)
_VAE = ModelFile(
    folder="vae",
    name="ae.safetensors",
    repository="Comfy-Org/Lumina_Image_2.0_Repackaged",
    path="split_files/vae/ae.safetensors",
    size=335_304_388,
    sha256="afc8e28272cd15db3919bacdb6918ce9c1ed22e96cb12c4d5ed0fba823529e38",
)


def _weights(diffusion_model: ModelFile) -> SeparateFiles:
    return SeparateFiles(
        diffusion_model=diffusion_model, text_encoders=(_CLIP_L, _T5), clip_type="flux", vae=_VAE
    )


FLUX_DEV = ModelSet(
    name="flux-1-dev",
    title="FLUX.1-dev",
    tasks=_DRAWING,
    weights=_weights(
        ModelFile(
            folder="diffusion_models",
            name="flux1-dev.safetensors",
            repository="Comfy-Org/flux1-dev",
            path="flux1-dev.safetensors",
            size=23_802_932_552,
            sha256="4610115bb0c89560703c892c59ac2742fa821e60ef5871b33493ba544683abd7",
        )
    ),
    licence="FLUX.1 [dev] Non-Commercial License",
    vram=22.0,
    steps=20,
    cfg=1.0,
    guidance=3.5,
    negative_prompt=False,
    width=1024,
    height=1024,
    min_side=256,
    max_side=2048,
    source="template flux_dev_full_text_to_image of comfyui-workflow-templates 0.1.95, memory from its index",
    caution="Has no negative prompt; its licence excludes commercial use.",
)

FLUX_DEV_FP8 = replace(
    FLUX_DEV,
    name="flux-1-dev-fp8",
    title="FLUX.1-dev in 8 bits",
    weights=Checkpoint(
        file=ModelFile(
            folder="checkpoints",
            name="flux1-dev-fp8.safetensors",
            repository="Comfy-Org/flux1-dev",
            path="flux1-dev-fp8.safetensors",
            size=17_246_524_772,
            sha256="8e91b68084b53a7fc44ed2a3756d821e355ac1a7b6fe29be760c1db532f3d88a",
        )
    ),
    vram=17.0,
    source="template flux_dev_checkpoint_example of comfyui-workflow-templates 0.1.95, memory from its index",
)

FLUX_SCHNELL = replace(
    FLUX_DEV,
    name="flux-1-schnell",
    title="FLUX.1-schnell",
    weights=_weights(
        ModelFile(
            folder="diffusion_models",
            name="flux1-schnell.safetensors",
            repository="Comfy-Org/flux1-schnell",
            path="flux1-schnell.safetensors",
            size=23_782_506_688,
            sha256="9403429e0052277ac2a87ad800adece5481eecefd9ed334e1f348723621d2a0a",
        )
    ),
    licence="Apache-2.0",
    vram=None,
    steps=4,
    # The template sets 3.5, which this model does not read; the one for the checkpoint leaves the node out.
    guidance=None,
    source="template flux_schnell_full_text_to_image of comfyui-workflow-templates 0.1.95",
    caution="Has no negative prompt.",
)

FLUX_SCHNELL_FP8 = replace(
    FLUX_SCHNELL,
    name="flux-1-schnell-fp8",
    title="FLUX.1-schnell in 8 bits",
    weights=Checkpoint(
        file=ModelFile(
            folder="checkpoints",
            name="flux1-schnell-fp8.safetensors",
            repository="Comfy-Org/flux1-schnell",
            path="flux1-schnell-fp8.safetensors",
            size=17_236_328_572,
            sha256="ead426278b49030e9da5df862994f25ce94ab2ee4df38b556ddddb3db093bf72",
        )
    ),
    vram=17.0,
    source="template flux_schnell of comfyui-workflow-templates 0.1.95, memory from its index",
)
