"""The sets of model files that belong together, with the values at which they draw well."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any, Literal

Task = Literal["text_to_image", "image_to_image", "image_edit", "inpaint"]


@dataclass(frozen=True, kw_only=True)
class ModelSet:
    """Model files that are loaded together, and what is good for them."""

    name: str
    title: str
    #: File names as the server's loaders offer them.
    diffusion_model: str
    text_encoder: str
    vae: str
    #: CLIPLoader's `type`.
    clip_type: str
    tasks: frozenset[Task]
    steps: int
    cfg: float
    #: Guidance for edits, where it differs from `cfg`.
    edit_cfg: float | None = None
    sampler_name: str = "euler"
    scheduler: str = "simple"
    #: Shift of ModelSamplingAuraFlow; None leaves the node out.
    shift: float | None = None
    #: Strength of CFGNorm in edits; None leaves the node out.
    cfg_norm: float | None = None
    #: The node class that encodes an instruction together with pictures; None where edits are not possible.
    edit_encoder: str | None = None
    #: Megapixels to which pictures are scaled on the server before an edit; None where the client
    #: has fitted them already.
    edit_megapixels: float | None = None
    #: Pixels: the size for which the model was made, and the sides that it can draw.
    width: int
    height: int
    min_side: int
    max_side: int
    #: Sides are multiples of this many pixels.
    multiple: int = 16
    #: Where these values come from.
    source: str = ""
    #: What to know before using it, one sentence.
    caution: str = field(default="")


NANO = ModelSet(
    name="atelier-nano",
    title="Atelier's embedded model",
    diffusion_model="atelier_nano_fp16.onnx",
    text_encoder="atelier_nano_fp16.onnx",
    vae="atelier_nano_fp16.onnx",
    clip_type="qwen_image",
    tasks=frozenset({"text_to_image", "image_to_image", "image_edit", "inpaint"}),
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

_QWEN_TEXT_ENCODER = "qwen_2.5_vl_7b_fp8_scaled.safetensors"
_QWEN_VAE = "qwen_image_vae.safetensors"

QWEN_IMAGE = ModelSet(
    name="qwen-image",
    title="Qwen-Image",
    diffusion_model="qwen_image_fp8_e4m3fn.safetensors",
    text_encoder=_QWEN_TEXT_ENCODER,
    vae=_QWEN_VAE,
    clip_type="qwen_image",
    tasks=frozenset({"text_to_image", "image_to_image", "inpaint"}),
    steps=20,
    cfg=2.5,
    shift=3.1,
    width=1328,
    height=1328,
    min_side=256,
    max_side=2048,
    source="template image_qwen_image of comfyui-workflow-templates 0.1.95",
)

QWEN_IMAGE_EDIT_2509 = ModelSet(
    name="qwen-image-edit-2509",
    title="Qwen-Image-Edit-2509",
    diffusion_model="qwen_image_edit_2509_fp8_e4m3fn.safetensors",
    text_encoder=_QWEN_TEXT_ENCODER,
    vae=_QWEN_VAE,
    clip_type="qwen_image",
    tasks=frozenset({"image_edit"}),
    steps=20,
    cfg=2.5,
    shift=3.0,
    cfg_norm=1.0,
    edit_encoder="TextEncodeQwenImageEditPlus",
    edit_megapixels=1.0,
    width=1024,
    height=1024,
    min_side=256,
    max_side=2048,
    source="template image_qwen_image_edit_2509 of comfyui-workflow-templates 0.1.95, without its LoRA: "
    "steps and cfg of image_qwen_image_edit",
)

QWEN_IMAGE_EDIT = replace(
    QWEN_IMAGE_EDIT_2509,
    name="qwen-image-edit",
    title="Qwen-Image-Edit",
    diffusion_model="qwen_image_edit_fp8_e4m3fn.safetensors",
    edit_encoder="TextEncodeQwenImageEdit",
    source="template image_qwen_image_edit of comfyui-workflow-templates 0.1.95",
)

#: Best first: where a server has several, the first that can do the task is taken.
MODEL_SETS: tuple[ModelSet, ...] = (QWEN_IMAGE, QWEN_IMAGE_EDIT_2509, QWEN_IMAGE_EDIT, NANO)


def detect(object_info: Mapping[str, Any], sets: Iterable[ModelSet] = MODEL_SETS) -> tuple[ModelSet, ...]:
    """Return the sets of which a server has every file, in the order of `sets`.

    Files are recognised by their base name; the returned sets carry the names as the server spells them,
    sub-folder included.

    Args:
        object_info: The answer to `GET /object_info`.
        sets: The sets to look for.
    """
    found = []
    for each in sets:
        diffusion_model = _offered(object_info, "UNETLoader", "unet_name", each.diffusion_model)
        text_encoder = _offered(object_info, "CLIPLoader", "clip_name", each.text_encoder)
        vae = _offered(object_info, "VAELoader", "vae_name", each.vae)
        if diffusion_model is None or text_encoder is None or vae is None:
            continue
        found.append(replace(each, diffusion_model=diffusion_model, text_encoder=text_encoder, vae=vae))
    return tuple(found)


def choose(sets: Iterable[ModelSet], task: Task) -> ModelSet | None:
    """Return the first set that can do the task, or None."""
    return next((each for each in sets if task in each.tasks), None)


def combo_options(object_info: Mapping[str, Any], class_type: str, input_name: str) -> tuple[str, ...]:
    """Return what a combo offers, in either of ComfyUI's dialects; empty where there is none.

    Source: docs/reference/protocol.md, object_info.
    """
    groups = object_info.get(class_type, {}).get("input", {})
    for group in ("required", "optional"):
        config = groups.get(group, {}).get(input_name)
        if not config:
            continue
        options: Any = config[0]
        if options == "COMBO" and len(config) > 1:
            options = config[1].get("options", [])
        if isinstance(options, Sequence) and not isinstance(options, str):
            return tuple(each for each in options if isinstance(each, str))
    return ()


def _offered(object_info: Mapping[str, Any], class_type: str, input_name: str, file: str) -> str | None:
    options = combo_options(object_info, class_type, input_name)
    if file in options:
        return file
    return next((each for each in options if PurePosixPath(each.replace("\\", "/")).name == file), None)
