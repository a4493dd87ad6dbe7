"""The Qwen node that manages all the models of a pipeline."""

from __future__ import annotations

from atelier.workflows.qwen_nodes.node import NativeWay, PackOrigin, QwenNode, node_type
from atelier.workflows.qwen_nodes.sockets import choice, outputs, text
from atelier.workflows.qwen_nodes.wrappers import DOWNLOADS, WRAPPERS_ADDED, WRAPPERS_LAST

GROUP = "Management"

NODES = (
    QwenNode(
        type=node_type(
            "QwenModelManagerWrapper",
            "Qwen Image Edit Pipeline Loader (Wrapper)",
            "QwenImage/Loaders",
            (
                choice("model_source", "HuggingFace", "Local Files", default="HuggingFace"),
                choice("precision", "bf16", "fp16", "fp32", "mixed", default="bf16"),
                text("huggingface_id", "Qwen/Qwen-Image-Edit-2509", required=False),
                text("dit_path", required=False),
                text("text_encoder_path", required=False),
                text("vae_path", required=False),
            ),
            outputs(
                ("dit", "MODEL"),
                ("text_encoder", "QWEN_TEXT_ENCODER"),
                ("vae", "VAE"),
                ("processor", "QWEN_PROCESSOR"),
            ),
        ),
        group=GROUP,
        purpose="Loads diffusion model, text encoder, processor and VAE in one node.",
        origin=PackOrigin(path="nodes/qwen_wrapper_loaders.py", first=WRAPPERS_ADDED, last=WRAPPERS_LAST),
        native_way=NativeWay(
            nodes=("UNETLoader", "CLIPLoader", "VAELoader"),
            settings={"CLIPLoader.type": "qwen_image"},
            complete=False,
            note="Three loaders; none of them downloads.",
        ),
        caution=DOWNLOADS,
    ),
)
