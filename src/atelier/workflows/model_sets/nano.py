"""Atelier's embedded model, which comes with it."""

from __future__ import annotations

from atelier.workflows.model_sets.model_set import ModelFile, ModelSet, SeparateFiles

_FILE = "atelier_nano_fp16.onnx"

NANO = ModelSet(
    name="atelier-nano",
    title="Atelier's embedded model",
    tasks=frozenset(
        {
            "text_to_image",
            "image_to_image",
            "image_edit",
            "composition",
            "style_transfer",
            "inpaint",
            "outpaint",
            "upscale",
            "variations",
        }
    ),
    weights=SeparateFiles(
        diffusion_model=ModelFile(folder="diffusion_models", name=_FILE),
        text_encoders=(ModelFile(folder="text_encoders", name=_FILE),),
        clip_type="qwen_image",
        vae=ModelFile(folder="vae", name=_FILE),
    ),
    licence="Apache-2.0",
    vram=0,
    steps=20,
    cfg=4.0,
    edit_cfg=2.5,
    edit_encoder="TextEncodeQwenImageEdit",
    width=128,
    height=128,
    min_side=64,
    max_side=256,
    source="docs/explanation/model.md",
    caution="Draws skies, landscapes and styles; its objects are blobs.",
)
