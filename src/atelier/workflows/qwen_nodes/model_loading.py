"""Qwen nodes that load models."""

from __future__ import annotations

from atelier.workflows.qwen_nodes.node import Commit, NativeWay, PackOrigin, QwenNode, node_type
from atelier.workflows.qwen_nodes.sockets import (
    choice,
    choice_of_server,
    outputs,
    switch,
    text,
)
from atelier.workflows.qwen_nodes.wrappers import DOWNLOADS, WRAPPERS_ADDED, WRAPPERS_LAST

GROUP = "Model loading"
_FROM_HUB = "Download from HuggingFace"

NODES = (
    QwenNode(
        type=node_type(
            "QwenVLCLIPLoader",
            "Qwen2.5-VL CLIP Loader",
            "QwenImage/Loaders",
            (choice_of_server("model_name"),),
            outputs(("clip", "CLIP")),
        ),
        group=GROUP,
        purpose="Loads Qwen2.5-VL, the text encoder of Qwen-Image, from models/text_encoders.",
        origin=PackOrigin(
            path="nodes/qwen_vl_encoder.py",
            first=Commit(sha="af23de074bc2fb8f41a0b621c12c020d636de558", day="2025-08-23"),
        ),
        native_way=NativeWay(nodes=("CLIPLoader",), settings={"CLIPLoader.type": "qwen_image"}),
        caution="Offers only files with 'qwen' in their names.",
    ),
    QwenNode(
        type=node_type(
            "QwenImageDiTLoaderWrapper",
            "Qwen Image DiT Loader (Wrapper)",
            "QwenImage/Loaders",
            (
                choice_of_server("model_name", default=_FROM_HUB),
                choice("precision", "bf16", "fp16", "fp32", "fp8", default="bf16"),
                choice("load_device", "cuda", "cpu", "offload", default="cuda"),
                text("huggingface_id", "Qwen/Qwen-Image-Edit-2509", required=False),
            ),
            outputs(("model", "MODEL")),
        ),
        group=GROUP,
        purpose="Loads the diffusion model of Qwen-Image-Edit-2509 from a file, or downloads it.",
        origin=PackOrigin(path="nodes/qwen_wrapper_loaders.py", first=WRAPPERS_ADDED, last=WRAPPERS_LAST),
        native_way=NativeWay(
            nodes=("UNETLoader",),
            settings={"UNETLoader.weight_dtype": "default"},
            complete=False,
            note="It does not download: the file must be in models/diffusion_models.",
        ),
        caution=DOWNLOADS,
    ),
    QwenNode(
        type=node_type(
            "QwenVLTextEncoderLoaderWrapper",
            "Qwen2.5-VL Text Encoder Loader (Wrapper)",
            "QwenImage/Loaders",
            (
                choice_of_server("model_name", default=_FROM_HUB),
                choice("precision", "bf16", "fp16", "fp32", "int8", "int4", default="bf16"),
                choice("load_device", "cuda", "cpu", "offload", default="offload"),
                text("huggingface_id", "Qwen/Qwen2.5-VL-7B-Instruct", required=False),
                switch("load_processor", True, required=False),
            ),
            outputs(("text_encoder", "QWEN_TEXT_ENCODER"), ("processor", "QWEN_PROCESSOR")),
        ),
        group=GROUP,
        purpose="Loads Qwen2.5-VL with its image processor, for the nodes of the group Processing.",
        origin=PackOrigin(path="nodes/qwen_wrapper_loaders.py", first=WRAPPERS_ADDED, last=WRAPPERS_LAST),
        native_way=NativeWay(
            nodes=("CLIPLoader",),
            settings={"CLIPLoader.type": "qwen_image"},
            complete=False,
            note="It brings tokenizer and image processor along, but does not download.",
        ),
        caution=f"{DOWNLOADS} Its outputs fit no node of ComfyUI.",
    ),
    QwenNode(
        type=node_type(
            "QwenImageVAELoaderWrapper",
            "Qwen 16-Channel VAE Loader (Wrapper)",
            "QwenImage/Loaders",
            (
                choice_of_server("model_name", default=_FROM_HUB),
                choice("precision", "bf16", "fp16", "fp32", default="bf16"),
                switch("tiling", False),
                text("huggingface_id", "Qwen/Qwen-Image-Edit-2509", required=False),
            ),
            outputs(("vae", "VAE")),
        ),
        group=GROUP,
        purpose="Loads the 16-channel VAE of Qwen-Image from a file, or downloads it.",
        origin=PackOrigin(path="nodes/qwen_wrapper_loaders.py", first=WRAPPERS_ADDED, last=WRAPPERS_LAST),
        native_way=NativeWay(
            nodes=("VAELoader",),
            complete=False,
            note="It does not download. For tiles, decode with VAEDecodeTiled.",
        ),
        caution=DOWNLOADS,
    ),
)
