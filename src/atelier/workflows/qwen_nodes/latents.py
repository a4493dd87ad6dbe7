"""Qwen nodes that make latents or look at them."""

from __future__ import annotations

from atelier.workflows.qwen_nodes.node import Commit, NativeWay, PackOrigin, QwenNode, node_type, wires
from atelier.workflows.qwen_nodes.sockets import link, outputs, whole
from atelier.workflows.qwen_nodes.wrappers import WRAPPERS_ADDED, WRAPPERS_LAST

GROUP = "Latents"

_HELPERS = PackOrigin(
    path="nodes/qwen_vl_helpers.py",
    first=Commit(sha="38ab82e82d4582147266388471ff35299cad3013", day="2025-08-23"),
    away=(
        Commit(sha="71bea5707c675e949139c6ea8f526f75876a541c", day="2025-09-02"),
        Commit(sha="b6d76247b99c8a5c6cad6d6a1312ef6f5ab56b2d", day="2025-09-11"),
    ),
)

NODES = (
    QwenNode(
        type=node_type(
            "QwenVLEmptyLatent",
            "Qwen VL Empty Latent",
            "Qwen/Latent",
            (
                whole("width", 1024, 16, 8192, step=8),
                whole("height", 1024, 16, 8192, step=8),
                whole("batch_size", 1, 1, 4096),
            ),
            outputs(("LATENT", "LATENT")),
        ),
        group=GROUP,
        purpose="Makes an empty latent with 16 channels, where text-to-image starts.",
        origin=_HELPERS,
        native_way=NativeWay(
            nodes=("EmptySD3LatentImage", "KSampler"),
            wires=wires("EmptySD3LatentImage.LATENT -> KSampler.latent_image"),
            note="Sizes go in steps of 16 pixels.",
        ),
    ),
    QwenNode(
        type=node_type(
            "QwenVLImageToLatent",
            "Qwen VL Image to Latent",
            "Qwen/Latent",
            (link("images", "IMAGE"), link("vae", "VAE")),
            outputs(("LATENT", "LATENT")),
        ),
        group=GROUP,
        purpose="Encodes pictures with the VAE, where image-to-image starts.",
        origin=_HELPERS,
        native_way=NativeWay(
            nodes=("LoadImage", "VAELoader", "VAEEncode", "KSampler"),
            wires=wires(
                "LoadImage.IMAGE -> VAEEncode.pixels",
                "VAELoader.VAE -> VAEEncode.vae",
                "VAEEncode.LATENT -> KSampler.latent_image",
            ),
        ),
    ),
    QwenNode(
        type=node_type(
            "QwenDebugLatents",
            "Qwen Debug Latents",
            "QwenImage/Debug",
            (
                link("main_latent", "LATENT", required=False),
                link("edit_latents", "QWEN_EDIT_LATENTS", required=False),
            ),
            (),
            output_node=True,
        ),
        group=GROUP,
        purpose="Prints shape, type and range of latents on the server's console.",
        origin=PackOrigin(path="nodes/qwen_wrapper_nodes.py", first=WRAPPERS_ADDED, last=WRAPPERS_LAST),
        native_way=NativeWay(
            nodes=("VAEDecode", "GetImageSize", "PreviewAny"),
            wires=wires("VAEDecode.IMAGE -> GetImageSize.image", "GetImageSize.width -> PreviewAny.source"),
            complete=False,
            note="It shows the size in pixels and the number in the batch, not the values.",
        ),
        caution="What it prints is seen by who can read the server's console, not by who sent the job.",
    ),
)
