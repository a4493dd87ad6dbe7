"""Atelier's larger embedded model, which comes in the data package comfy-atelier-mini."""

from __future__ import annotations

from dataclasses import replace

from atelier.workflows.model_sets.model_set import ModelFile, SeparateFiles
from atelier.workflows.model_sets.nano import NANO

_FILE = "atelier_mini_fp16.onnx"

MINI = replace(
    NANO,
    name="atelier-mini",
    title="Atelier's larger embedded model",
    weights=SeparateFiles(
        diffusion_model=ModelFile(folder="diffusion_models", name=_FILE),
        text_encoders=(ModelFile(folder="text_encoders", name=_FILE),),
        clip_type="qwen_image",
        vae=ModelFile(folder="vae", name=_FILE),
    ),
    edit_encoder="TextEncodeQwenImageEditPlus",
    source="docs/explanation/larger-model.md",
    caution="Draws ten kinds of things in landscapes, and nothing else.",
)
