"""Qwen nodes that process texts and pictures outside ComfyUI's own encoders."""

from __future__ import annotations

from atelier.workflows.qwen_nodes.node import NativeWay, PackOrigin, QwenNode, node_type, wires
from atelier.workflows.qwen_nodes.sockets import choice, link, outputs, switch, text, whole
from atelier.workflows.qwen_nodes.wrappers import PROCESSORS_ADDED, WRAPPERS_ADDED, WRAPPERS_LAST

GROUP = "Processing"

_ENCODE = NativeWay(
    nodes=("CLIPLoader", "LoadImage", "TextEncodeQwenImageEditPlus", "KSampler"),
    wires=wires(
        "CLIPLoader.CLIP -> TextEncodeQwenImageEditPlus.clip",
        "LoadImage.IMAGE -> TextEncodeQwenImageEditPlus.image1",
        "TextEncodeQwenImageEditPlus.CONDITIONING -> KSampler.positive",
    ),
    settings={"CLIPLoader.type": "qwen_image"},
    note="One node prepares the pictures, tokenizes and encodes. Without pictures, CLIPTextEncode.",
)

NODES = (
    QwenNode(
        type=node_type(
            "QwenProcessorWrapper",
            "Qwen Processor (Wrapper)",
            "QwenImage/Wrapper",
            (
                link("processor", "QWEN_PROCESSOR"),
                text("text", "A beautiful landscape", multiline=True),
                link("images", "IMAGE", required=False),
                choice("mode", "text_to_image", "image_edit", default="text_to_image", required=False),
                switch("add_picture_labels", True, required=False),
                text("system_prompt", multiline=True, required=False),
                choice("return_tensors", "pt", "np", default="pt", required=False),
            ),
            outputs(("processed", "QWEN_PROCESSED"), ("formatted_text", "STRING")),
        ),
        group=GROUP,
        purpose="Tokenizes a prompt and prepares its pictures with the processor of Qwen2.5-VL.",
        origin=PackOrigin(path="nodes/qwen_wrapper_processor.py", first=PROCESSORS_ADDED, last=WRAPPERS_LAST),
        native_way=_ENCODE,
        caution="Where the processor fails, it goes on with 100 zeros as tokens and says so only in the log.",
    ),
    QwenNode(
        type=node_type(
            "QwenProcessedToEmbedding",
            "Qwen Processed to Embedding (Wrapper)",
            "QwenImage/Wrapper",
            (
                link("text_encoder", "QWEN_TEXT_ENCODER"),
                link("processed", "QWEN_PROCESSED"),
                whole("drop_tokens", 0, 0, 128, required=False),
            ),
            outputs(("conditioning", "CONDITIONING")),
        ),
        group=GROUP,
        purpose="Encodes what the processor made into conditioning.",
        origin=PackOrigin(path="nodes/qwen_wrapper_processor.py", first=PROCESSORS_ADDED, last=WRAPPERS_LAST),
        native_way=_ENCODE,
        caution="One must say how many tokens of the system prompt to drop; ComfyUI's encoder finds them.",
    ),
    QwenNode(
        type=node_type(
            "QwenImageEncodeWrapper",
            "Qwen Image Encode (Edit Latents)",
            "QwenImage/Wrappers",
            (link("vae", "VAE"), link("image", "IMAGE"), switch("pad_to_even", True, required=False)),
            outputs(("edit_latents", "QWEN_EDIT_LATENTS")),
        ),
        group=GROUP,
        purpose="Encodes reference pictures into latents, for the nodes of the group Sampling.",
        origin=PackOrigin(path="nodes/qwen_wrapper_nodes.py", first=WRAPPERS_ADDED, last=WRAPPERS_LAST),
        native_way=NativeWay(
            nodes=("LoadImage", "VAELoader", "VAEEncode", "ReferenceLatent"),
            wires=wires(
                "LoadImage.IMAGE -> VAEEncode.pixels",
                "VAELoader.VAE -> VAEEncode.vae",
                "VAEEncode.LATENT -> ReferenceLatent.latent",
            ),
            note="One ReferenceLatent for each picture, one after the other.",
        ),
    ),
)
