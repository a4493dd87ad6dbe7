"""Qwen nodes that turn texts and pictures into conditioning."""

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
from atelier.workflows.qwen_nodes.sockets import choice, link, outputs, real, switch, text, whole

GROUP = "Text encoding"

_SCALING = choice(
    "scaling_mode",
    "preserve_resolution",
    "max_dimension_1024",
    "area_1024",
    default="preserve_resolution",
    required=False,
)
_ENCODER_INPUTS = (
    link("clip", "CLIP"),
    text("text", multiline=True),
    choice("mode", "text_to_image", "image_edit", "multi_image_edit", "inpainting", default="image_edit"),
    link("template_output", "QWEN_TEMPLATE", required=False),
    link("edit_image", "IMAGE", required=False),
    link("vae", "VAE", required=False),
    link("inpaint_mask", "MASK", required=False),
    text("system_prompt", multiline=True, required=False),
    _SCALING,
    switch("debug_mode", False, required=False),
    switch("auto_label", True, required=False),
    switch("verbose_log", False, required=False),
)

NODES = (
    QwenNode(
        type=node_type(
            "TextEncodeQwenImageEdit",
            "TextEncodeQwenImageEdit",
            "advanced/conditioning",
            (
                link("clip", "CLIP"),
                text("prompt", None, multiline=True),
                link("vae", "VAE", required=False),
                link("image", "IMAGE", required=False),
            ),
            outputs(("CONDITIONING", "CONDITIONING")),
        ),
        group=GROUP,
        purpose="Encodes an instruction together with the picture to edit, for Qwen-Image-Edit.",
        origin=NativeOrigin(
            version="0.3.51",
            commit=Commit(sha="4977f203fa8e9e3ab22884c8ace8f9b540d48952", day="2025-08-18"),
            path="comfy_extras/nodes_qwen.py",
        ),
        native_way=NativeWay(
            nodes=("CLIPLoader", "VAELoader", "LoadImage", "TextEncodeQwenImageEdit", "KSampler"),
            wires=wires(
                "CLIPLoader.CLIP -> TextEncodeQwenImageEdit.clip",
                "VAELoader.VAE -> TextEncodeQwenImageEdit.vae",
                "LoadImage.IMAGE -> TextEncodeQwenImageEdit.image",
                "TextEncodeQwenImageEdit.CONDITIONING -> KSampler.positive",
            ),
            settings={"CLIPLoader.type": "qwen_image"},
        ),
        caution="Scales the picture to about one megapixel. Without `vae` only the text encoder sees it.",
    ),
    QwenNode(
        type=node_type(
            "TextEncodeQwenImageEditPlus",
            "TextEncodeQwenImageEditPlus",
            "advanced/conditioning",
            (
                link("clip", "CLIP"),
                text("prompt", None, multiline=True),
                link("vae", "VAE", required=False),
                link("image1", "IMAGE", required=False),
                link("image2", "IMAGE", required=False),
                link("image3", "IMAGE", required=False),
            ),
            outputs(("CONDITIONING", "CONDITIONING")),
        ),
        group=GROUP,
        purpose="Encodes an instruction together with one to three pictures, for Qwen-Image-Edit-2509.",
        origin=NativeOrigin(
            version="0.3.60",
            commit=Commit(sha="1fee8827cb8160c85d96c375413ac590311525dc", day="2025-09-22"),
            path="comfy_extras/nodes_qwen.py",
        ),
        native_way=NativeWay(
            nodes=(
                "CLIPLoader",
                "VAELoader",
                "LoadImage",
                "LoadImage (second)",
                "TextEncodeQwenImageEditPlus",
                "KSampler",
            ),
            wires=wires(
                "CLIPLoader.CLIP -> TextEncodeQwenImageEditPlus.clip",
                "VAELoader.VAE -> TextEncodeQwenImageEditPlus.vae",
                "LoadImage.IMAGE -> TextEncodeQwenImageEditPlus.image1",
                "LoadImage (second).IMAGE -> TextEncodeQwenImageEditPlus.image2",
                "TextEncodeQwenImageEditPlus.CONDITIONING -> KSampler.positive",
            ),
            settings={"CLIPLoader.type": "qwen_image"},
            note="The prompt calls the pictures Picture 1, 2 and 3.",
        ),
        caution="The text encoder sees pictures at about 384 × 384 pixels, the VAE at about one megapixel.",
    ),
    QwenNode(
        type=node_type(
            "QwenVLTextEncoder",
            "Qwen2.5-VL Text Encoder",
            "QwenImage/Encoding",
            _ENCODER_INPUTS,
            outputs(("conditioning", "CONDITIONING"), ("debug_output", "STRING")),
        ),
        group=GROUP,
        purpose="Encodes a prompt, with pictures and a system prompt where given, in one of four modes.",
        origin=PackOrigin(
            path="nodes/qwen_vl_encoder.py",
            first=Commit(sha="38ab82e82d4582147266388471ff35299cad3013", day="2025-08-23"),
            away=(
                Commit(sha="af23de074bc2fb8f41a0b621c12c020d636de558", day="2025-08-23"),
                Commit(sha="feacbb4dcb01c4367c2c52a8e71d8d141868ccd5", day="2025-08-24"),
            ),
            later="Has `vae_max_dimension` (INT, 512 to 3584, default 2048) instead of `scaling_mode`.",
        ),
        native_way=NativeWay(
            nodes=(
                "CLIPLoader",
                "VAELoader",
                "LoadImage",
                "TextEncodeQwenImageEditPlus",
                "SetLatentNoiseMask",
            ),
            wires=wires(
                "CLIPLoader.CLIP -> TextEncodeQwenImageEditPlus.clip",
                "VAELoader.VAE -> TextEncodeQwenImageEditPlus.vae",
                "LoadImage.IMAGE -> TextEncodeQwenImageEditPlus.image1",
                "LoadImage.MASK -> SetLatentNoiseMask.mask",
            ),
            settings={"CLIPLoader.type": "qwen_image"},
            complete=False,
            note="Without pictures, CLIPTextEncode. At most three pictures, scaled to about one megapixel.",
        ),
        caution="Its mask goes into the conditioning, where neither the pack nor ComfyUI 0.3.64 reads it.",
    ),
    QwenNode(
        type=node_type(
            "QwenVLTextEncoderAdvanced",
            "Qwen2.5-VL Text Encoder (Advanced)",
            "QwenImage/Encoding",
            (
                *_ENCODER_INPUTS,
                choice(
                    "resolution_mode",
                    "balanced",
                    "hero_first",
                    "hero_last",
                    "progressive",
                    "custom",
                    "memory_optimized",
                    default="balanced",
                    required=False,
                ),
                whole("vision_target_area", 147456, 65536, 1048576, step=4096, required=False),
                whole("vae_target_area", 1048576, 262144, 4194304, step=16384, required=False),
                real("hero_weight", 1.0, 0.5, 2.0, step=0.1, required=False),
                real("reference_weight", 0.5, 0.1, 1.0, step=0.1, required=False),
                whole("max_memory_mb", 0, 0, 16384, step=512, required=False),
                text("image_weights", required=False),
                choice("label_format", "Picture", "Image", default="Picture", required=False),
            ),
            outputs(("conditioning", "CONDITIONING"), ("debug_output", "STRING")),
        ),
        group=GROUP,
        purpose="The same with a resolution of its own for each picture, so that one can weigh more.",
        origin=PackOrigin(
            path="nodes/qwen_vl_encoder_advanced.py",
            first=Commit(sha="0e74cf3d33d78fea3ce3706a1ec4bfb55496ddfa", day="2025-09-26"),
            later="Has `vae_max_dimension` (INT, 512 to 3584, default 2048) instead of `scaling_mode`,"
            " `vision_target_area` and `vae_target_area`.",
        ),
        native_way=NativeWay(
            nodes=(
                "CLIPLoader",
                "LoadImage",
                "TextEncodeQwenImageEditPlus",
                "ImageScaleToTotalPixels",
                "VAELoader",
                "VAEEncode",
                "ReferenceLatent",
            ),
            wires=wires(
                "LoadImage.IMAGE -> ImageScaleToTotalPixels.image",
                "ImageScaleToTotalPixels.IMAGE -> VAEEncode.pixels",
                "VAELoader.VAE -> VAEEncode.vae",
                "VAEEncode.LATENT -> ReferenceLatent.latent",
                "CLIPLoader.CLIP -> TextEncodeQwenImageEditPlus.clip",
                "LoadImage.IMAGE -> TextEncodeQwenImageEditPlus.image1",
                "TextEncodeQwenImageEditPlus.CONDITIONING -> ReferenceLatent.conditioning",
            ),
            settings={"ImageScaleToTotalPixels.megapixels": 1.0, "CLIPLoader.type": "qwen_image"},
            complete=False,
            note="Leave `vae` of the encoder open and add one such chain for each picture, with its own"
            " size. The size that the text encoder sees is fixed.",
        ),
        caution="Its mask is read by nothing, as with QwenVLTextEncoder.",
    ),
)
