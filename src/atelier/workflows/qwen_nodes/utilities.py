"""Qwen nodes for the work around: refining and merging."""

from __future__ import annotations

from atelier.workflows.qwen_nodes.node import (
    Commit,
    NativeOrigin,
    NativeWay,
    PackOrigin,
    QwenNode,
    node_type,
    wires,
)
from atelier.workflows.qwen_nodes.sockets import choice_of_server, link, outputs, real, whole

GROUP = "Utilities"

_MERGED_PARTS = (
    "pos_embeds.",
    "img_in.",
    "txt_norm.",
    "txt_in.",
    "time_text_embed.",
    *(f"transformer_blocks.{number}." for number in range(60)),
    "proj_out.",
)

NODES = (
    QwenNode(
        type=node_type(
            "QwenLowresFixNode",
            "Qwen Lowres Fix (Two-Stage)",
            "QwenImage/Refinement",
            (
                link("model", "MODEL"),
                link("positive", "CONDITIONING"),
                link("negative", "CONDITIONING"),
                link("latent", "LATENT"),
                link("vae", "VAE"),
                whole("seed", 0, 0, 2**64 - 1),
                whole("steps", 20, 1, 10000),
                real("cfg", 7.0, 0.0, 100.0),
                choice_of_server("sampler_name"),
                choice_of_server("scheduler"),
                real("denoise", 0.5, 0.0, 1.0, step=0.01),
                real("upscale_factor", 1.5, 1.0, 4.0, step=0.1),
            ),
            outputs(("LATENT", "LATENT")),
        ),
        group=GROUP,
        purpose="Samples, enlarges the picture and samples again with less noise, for finer detail.",
        origin=PackOrigin(
            path="nodes/qwen_vl_encoder.py",
            first=Commit(sha="0e74cf3d33d78fea3ce3706a1ec4bfb55496ddfa", day="2025-09-26"),
        ),
        native_way=NativeWay(
            nodes=("KSampler", "VAEDecode", "ImageScaleBy", "VAEEncode", "KSampler (refine)"),
            wires=wires(
                "KSampler.LATENT -> VAEDecode.samples",
                "VAEDecode.IMAGE -> ImageScaleBy.image",
                "ImageScaleBy.IMAGE -> VAEEncode.pixels",
                "VAEEncode.LATENT -> KSampler (refine).latent_image",
            ),
            settings={
                "ImageScaleBy.upscale_method": "bicubic",
                "ImageScaleBy.scale_by": 1.5,
                "KSampler (refine).denoise": 0.5,
            },
        ),
        caution="By its code it fails at once: it makes ComfyUI's sampler without the model, steps and device"
        " that 0.3.64 asks for. The same line is there at the newest commit.",
    ),
    QwenNode(
        type=node_type(
            "ModelMergeQwenImage",
            "ModelMergeQwenImage",
            "advanced/model_merging/model_specific",
            (
                link("model1", "MODEL"),
                link("model2", "MODEL"),
                *(real(name, 1.0, 0.0, 1.0, step=0.01) for name in _MERGED_PARTS),
            ),
            outputs(("MODEL", "MODEL")),
        ),
        group=GROUP,
        purpose="Mixes two Qwen-Image models part by part: 1 keeps the first, 0 takes the second.",
        origin=NativeOrigin(
            version="0.3.50",
            commit=Commit(sha="9126c0cfe49508a64c429f97b45664b241aab3f2", day="2025-08-06"),
            path="comfy_extras/nodes_model_merging_model_specific.py",
        ),
        native_way=NativeWay(
            nodes=("UNETLoader", "UNETLoader (second)", "ModelMergeQwenImage", "ModelSave"),
            wires=wires(
                "UNETLoader.MODEL -> ModelMergeQwenImage.model1",
                "UNETLoader (second).MODEL -> ModelMergeQwenImage.model2",
                "ModelMergeQwenImage.MODEL -> ModelSave.model",
            ),
            note="ModelMergeSimple mixes all parts by one ratio.",
        ),
        caution="Needs both models in memory.",
    ),
)
