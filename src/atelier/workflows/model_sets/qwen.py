"""Qwen-Image and its editors, each also with its Lightning LoRA.

Repositories and paths are those of the templates' download links. Sizes and digests are those by which public
installers pin the files at Comfy-Org/Qwen-Image_ComfyUI (1f12b17be14c), Comfy-Org/Qwen-Image-Edit_ComfyUI
(7d41107b653d) and lightx2v/Qwen-Image-Lightning; at least two agree on each that is given.
"""

from __future__ import annotations

from dataclasses import replace

from atelier.workflows.model_sets.model_set import ModelFile, ModelSet, SeparateFiles, Task

_IMAGE = "Comfy-Org/Qwen-Image_ComfyUI"
_EDIT = "Comfy-Org/Qwen-Image-Edit_ComfyUI"
_LIGHTNING = "lightx2v/Qwen-Image-Lightning"

_DRAWING: frozenset[Task] = frozenset(
    {"text_to_image", "image_to_image", "composition", "inpaint", "outpaint", "upscale", "variations"}
)

_TEXT_ENCODER = ModelFile(
    folder="text_encoders",
    name="qwen_2.5_vl_7b_fp8_scaled.safetensors",
    repository=_IMAGE,
    path="split_files/text_encoders/qwen_2.5_vl_7b_fp8_scaled.safetensors",
    size=9_384_670_680,
    sha256="cb5636d852a0ea6a9075ab1bef496c0db7aef13c02350571e388aea959c5c0b4",
)
_VAE = ModelFile(
    folder="vae",
    name="qwen_image_vae.safetensors",
    repository=_IMAGE,
    path="split_files/vae/qwen_image_vae.safetensors",
    size=253_806_246,
    sha256="a70580f0213e67967ee9c95f05bb400e8fb08307e017a924bf3441223e023d1f",
)


def _weights(diffusion_model: ModelFile) -> SeparateFiles:
    return SeparateFiles(
        diffusion_model=diffusion_model, text_encoders=(_TEXT_ENCODER,), clip_type="qwen_image", vae=_VAE
    )


QWEN_IMAGE = ModelSet(
    name="qwen-image",
    title="Qwen-Image",
    tasks=_DRAWING,
    weights=_weights(
        ModelFile(
            folder="diffusion_models",
            name="qwen_image_fp8_e4m3fn.safetensors",
            repository=_IMAGE,
            path="split_files/diffusion_models/qwen_image_fp8_e4m3fn.safetensors",
            size=20_430_635_136,
            sha256="98763a127701eb6fb59096f7742cb3aa7d64ed510b9f4e882d8351f8176e3ce3",
        )
    ),
    licence="Apache-2.0",
    # "86 %" of the 24 GB of an RTX 4090D, in the template's note.
    vram=20.6,
    steps=20,
    cfg=2.5,
    shift=3.1,
    width=1328,
    height=1328,
    min_side=256,
    max_side=2048,
    source="template image_qwen_image of comfyui-workflow-templates 0.1.95",
)

QWEN_IMAGE_LIGHTNING = replace(
    QWEN_IMAGE,
    name="qwen-image-lightning",
    title="Qwen-Image with the 8-step Lightning LoRA",
    lora=ModelFile(
        folder="loras",
        name="Qwen-Image-Lightning-8steps-V1.0.safetensors",
        repository=_LIGHTNING,
        path="Qwen-Image-Lightning-8steps-V1.0.safetensors",
        size=1_698_951_104,
        sha256="07b5a999881437f63124979844ba1949ce2438f65b6220628a196a7d30a4fff9",
    ),
    steps=8,
    cfg=1.0,
    source="note of the template image_qwen_image of comfyui-workflow-templates 0.1.95: 8 steps, cfg 1",
    caution="At cfg 1 the negative prompt has no effect.",
)

QWEN_IMAGE_EDIT = ModelSet(
    name="qwen-image-edit",
    title="Qwen-Image-Edit",
    tasks=frozenset({"image_edit"}),
    weights=_weights(
        ModelFile(
            folder="diffusion_models",
            name="qwen_image_edit_fp8_e4m3fn.safetensors",
            repository=_EDIT,
            path="split_files/diffusion_models/qwen_image_edit_fp8_e4m3fn.safetensors",
            size=20_430_635_136,
            sha256="393c6743d1de2e9031b5197027b36116f2096958ccc0223526d34e1860266021",
        )
    ),
    licence="Apache-2.0",
    steps=20,
    cfg=2.5,
    shift=3.0,
    cfg_norm=1.0,
    edit_encoder="TextEncodeQwenImageEdit",
    edit_megapixels=1.0,
    width=1024,
    height=1024,
    min_side=256,
    max_side=2048,
    source="template image_qwen_image_edit of comfyui-workflow-templates 0.1.95",
)

QWEN_IMAGE_EDIT_LIGHTNING = replace(
    QWEN_IMAGE_EDIT,
    name="qwen-image-edit-lightning",
    title="Qwen-Image-Edit with the 4-step Lightning LoRA",
    lora=ModelFile(
        folder="loras",
        name="Qwen-Image-Lightning-4steps-V1.0.safetensors",
        repository=_LIGHTNING,
        path="Qwen-Image-Lightning-4steps-V1.0.safetensors",
    ),
    steps=4,
    cfg=1.0,
    source="note of the template image_qwen_image_edit of comfyui-workflow-templates 0.1.95: 4 steps, cfg 1",
    caution="At cfg 1 the negative prompt has no effect.",
)

QWEN_IMAGE_EDIT_2509 = replace(
    QWEN_IMAGE_EDIT,
    name="qwen-image-edit-2509",
    title="Qwen-Image-Edit-2509",
    tasks=frozenset({"image_edit", "composition", "style_transfer"}),
    weights=_weights(
        ModelFile(
            folder="diffusion_models",
            name="qwen_image_edit_2509_fp8_e4m3fn.safetensors",
            repository=_EDIT,
            path="split_files/diffusion_models/qwen_image_edit_2509_fp8_e4m3fn.safetensors",
        )
    ),
    edit_encoder="TextEncodeQwenImageEditPlus",
    source="template image_qwen_image_edit_2509 of comfyui-workflow-templates 0.1.95; "
    "steps and cfg without the LoRA are those of its note: 20 steps, cfg 2.5",
)

QWEN_IMAGE_EDIT_2509_LIGHTNING = replace(
    QWEN_IMAGE_EDIT_2509,
    name="qwen-image-edit-2509-lightning",
    title="Qwen-Image-Edit-2509 with the 4-step Lightning LoRA",
    lora=ModelFile(
        folder="loras",
        name="Qwen-Image-Edit-2509-Lightning-4steps-V1.0-bf16.safetensors",
        repository=_LIGHTNING,
        path="Qwen-Image-Edit-2509/Qwen-Image-Edit-2509-Lightning-4steps-V1.0-bf16.safetensors",
    ),
    steps=4,
    cfg=1.0,
    source="template image_qwen_image_edit_2509 of comfyui-workflow-templates 0.1.95",
    caution="At cfg 1 the negative prompt has no effect.",
)
