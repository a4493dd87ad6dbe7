"""Qwen nodes that control where something appears: ControlNet and masks."""

from __future__ import annotations

from atelier.workflows.object_info import InputType
from atelier.workflows.qwen_nodes.node import (
    Commit,
    NativeOrigin,
    NativeWay,
    PackOrigin,
    QwenNode,
    node_type,
    wires,
)
from atelier.workflows.qwen_nodes.sockets import choice, link, outputs, real, switch, text, whole

GROUP = "ControlNet and masks"

_ELIGEN_ADDED = Commit(sha="c9d94560f2cb37b8a80041c8e32c6c8f68cb59f8", day="2025-09-24")


def _entity(number: int) -> tuple[InputType, ...]:
    return (
        link(f"entity{number}_mask", "MASK", required=False),
        text(f"entity{number}_prompt", required=False),
        real(f"entity{number}_weight", 1.0, 0.0, 2.0, step=0.1, required=False),
    )


NODES = (
    QwenNode(
        type=node_type(
            "QwenImageDiffsynthControlnet",
            "QwenImageDiffsynthControlnet",
            "advanced/loaders/qwen",
            (
                link("model", "MODEL"),
                link("model_patch", "MODEL_PATCH"),
                link("vae", "VAE"),
                link("image", "IMAGE"),
                real("strength", 1.0, -10.0, 10.0, step=0.01),
                link("mask", "MASK", required=False),
            ),
            outputs(("MODEL", "MODEL")),
            experimental=True,
        ),
        group=GROUP,
        purpose="Steers Qwen-Image with a control picture (edges, depth, inpainting) by a DiffSynth patch.",
        origin=NativeOrigin(
            version="0.3.52",
            commit=Commit(sha="0963493a9c3b6565f8537288a0fb90991391ec41", day="2025-08-20"),
            path="comfy_extras/nodes_model_patch.py",
        ),
        native_way=NativeWay(
            nodes=(
                "UNETLoader",
                "ModelPatchLoader",
                "VAELoader",
                "LoadImage",
                "Canny",
                "QwenImageDiffsynthControlnet",
                "KSampler",
            ),
            wires=wires(
                "UNETLoader.MODEL -> QwenImageDiffsynthControlnet.model",
                "ModelPatchLoader.MODEL_PATCH -> QwenImageDiffsynthControlnet.model_patch",
                "VAELoader.VAE -> QwenImageDiffsynthControlnet.vae",
                "LoadImage.IMAGE -> Canny.image",
                "Canny.IMAGE -> QwenImageDiffsynthControlnet.image",
                "QwenImageDiffsynthControlnet.MODEL -> KSampler.model",
            ),
            note="For a Canny patch from models/model_patches; other patches need other control pictures.",
        ),
    ),
    QwenNode(
        type=node_type(
            "QwenEliGenMaskPainter",
            "EliGen Mask Painter",
            "QwenImage/EliGen",
            (
                whole("width", 1024, 64, 4096, step=8),
                whole("height", 1024, 64, 4096, step=8),
                choice("shape", "rectangle", "ellipse", "custom", default="rectangle"),
                whole("x", 256, 0, 4096),
                whole("y", 256, 0, 4096),
                whole("size_x", 256, 8, 4096),
                whole("size_y", 256, 8, 4096),
                whole("feather", 0, 0, 100),
                link("input_mask", "MASK", required=False),
            ),
            outputs(("mask", "MASK")),
        ),
        group=GROUP,
        purpose="Draws a mask with a rectangle or an ellipse around a centre, with a soft edge.",
        origin=PackOrigin(path="nodes/qwen_eligen_entity_control.py", first=_ELIGEN_ADDED),
        native_way=NativeWay(
            nodes=("SolidMask", "SolidMask (shape)", "FeatherMask", "MaskComposite"),
            wires=wires(
                "SolidMask.MASK -> MaskComposite.destination",
                "SolidMask (shape).MASK -> FeatherMask.mask",
                "FeatherMask.MASK -> MaskComposite.source",
            ),
            settings={"SolidMask.value": 0.0, "MaskComposite.operation": "add"},
            complete=False,
            note="Rectangles only, placed by their upper left corner; draw others in the page's mask editor.",
        ),
    ),
    QwenNode(
        type=node_type(
            "QwenEliGenEntityControl",
            "Qwen EliGen Entity Control",
            "QwenImage/EliGen",
            (
                link("conditioning", "CONDITIONING"),
                text("global_prompt", "A beautiful landscape", multiline=True),
                *_entity(1),
                *_entity(2),
                *_entity(3),
                *_entity(4),
                switch("apply_to_negative", False, required=False),
                choice("blend_mode", "multiply", "overlay", "additive", default="multiply", required=False),
                switch("debug_mode", False, required=False),
            ),
            outputs(("conditioning", "CONDITIONING"), ("entity_preview", "IMAGE")),
        ),
        group=GROUP,
        purpose="Notes up to four masks, each with a prompt of its own, in the conditioning.",
        origin=PackOrigin(path="nodes/qwen_eligen_entity_control.py", first=_ELIGEN_ADDED),
        native_way=NativeWay(
            nodes=(
                "CLIPTextEncode",
                "CLIPTextEncode (region)",
                "LoadImageMask",
                "ConditioningSetMask",
                "ConditioningCombine",
                "KSampler",
            ),
            wires=wires(
                "LoadImageMask.MASK -> ConditioningSetMask.mask",
                "CLIPTextEncode (region).CONDITIONING -> ConditioningSetMask.conditioning",
                "CLIPTextEncode.CONDITIONING -> ConditioningCombine.conditioning_1",
                "ConditioningSetMask.CONDITIONING -> ConditioningCombine.conditioning_2",
                "ConditioningCombine.CONDITIONING -> KSampler.positive",
            ),
            settings={"ConditioningSetMask.set_cond_area": "default"},
            note="One CLIPTextEncode with its ConditioningSetMask for each region. Each region costs a"
            " prediction of its own in every step.",
        ),
        caution="By their code, neither the pack nor ComfyUI 0.3.64 reads what it notes: the picture"
        " stays the same.",
    ),
)
