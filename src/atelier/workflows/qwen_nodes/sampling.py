"""Qwen nodes that sample."""

from __future__ import annotations

from atelier.workflows.qwen_nodes.node import NativeWay, PackOrigin, QwenNode, node_type, wires
from atelier.workflows.qwen_nodes.sockets import choice_of_server, link, outputs, real, whole
from atelier.workflows.qwen_nodes.wrappers import WRAPPERS_ADDED, WRAPPERS_LAST

GROUP = "Sampling"

_CONDITIONED = (
    link("model", "MODEL"),
    link("positive", "CONDITIONING"),
    link("negative", "CONDITIONING"),
    link("latent", "LATENT"),
    whole("steps", 50, 1, 200),
    real("cfg", 7.0, 1.0, 30.0, step=0.5),
)
_REFERENCE = wires(
    "LoadImage.IMAGE -> VAEEncode.pixels",
    "VAELoader.VAE -> VAEEncode.vae",
    "VAEEncode.LATENT -> ReferenceLatent.latent",
    "ReferenceLatent.CONDITIONING -> KSampler.positive",
)

NODES = (
    QwenNode(
        type=node_type(
            "QwenImageSamplerNode",
            "Qwen Image Sampler (FlowMatch)",
            "QwenImage/Sampling",
            (
                *_CONDITIONED,
                real("denoise", 1.0, 0.0, 1.0, step=0.01),
                whole("seed", 0, 0, 2**32 - 1),
                whole("height", 1024, 256, 2048, step=32, required=False),
                whole("width", 1024, 256, 2048, step=32, required=False),
            ),
            outputs(("samples", "LATENT")),
        ),
        group=GROUP,
        purpose="Samples with a flow-matching schedule of its own, shifted by the size of the picture.",
        origin=PackOrigin(path="nodes/qwen_wrapper_sampler.py", first=WRAPPERS_ADDED, last=WRAPPERS_LAST),
        native_way=NativeWay(
            nodes=("UNETLoader", "ModelSamplingAuraFlow", "CFGNorm", "KSampler", "VAEDecode"),
            wires=wires(
                "UNETLoader.MODEL -> ModelSamplingAuraFlow.model",
                "ModelSamplingAuraFlow.MODEL -> CFGNorm.model",
                "CFGNorm.patched_model -> KSampler.model",
                "KSampler.LATENT -> VAEDecode.samples",
            ),
            settings={
                "ModelSamplingAuraFlow.shift": 3.0,
                "KSampler.sampler_name": "euler",
                "KSampler.scheduler": "simple",
            },
            note="Shift, sampler and scheduler as in ComfyUI's template image_qwen_image_edit_2509; the"
            " shift does not follow the size.",
        ),
        caution="Its cfg of 7 is well above the 1 or 2.5 of ComfyUI's templates for Qwen-Image.",
    ),
    QwenNode(
        type=node_type(
            "QwenImageSamplerWithEdit",
            "Qwen Sampler with Edit",
            "QwenImage/Wrappers",
            (
                *_CONDITIONED,
                choice_of_server("sampler_name"),
                choice_of_server("scheduler"),
                real("denoise", 1.0, 0.0, 1.0, step=0.01),
                whole("seed", 0, 0, 2**64 - 1),
                link("edit_latents", "QWEN_EDIT_LATENTS", required=False),
            ),
            outputs(("samples", "LATENT")),
        ),
        group=GROUP,
        purpose="Calls ComfyUI's KSampler with a model that is handed the latents of the reference pictures.",
        origin=PackOrigin(path="nodes/qwen_wrapper_nodes.py", first=WRAPPERS_ADDED, last=WRAPPERS_LAST),
        native_way=NativeWay(
            nodes=("LoadImage", "VAELoader", "VAEEncode", "ReferenceLatent", "KSampler"), wires=_REFERENCE
        ),
        caution="`edit_latents` fits only QwenImageEncodeWrapper.",
    ),
    QwenNode(
        type=node_type(
            "QwenImageModelWithEdit",
            "Qwen Model with Edit Latents",
            "QwenImage/Wrappers",
            (
                link("model", "MODEL"),
                link("edit_latents", "QWEN_EDIT_LATENTS", required=False),
                link("context_latents", "LATENT", required=False),
            ),
            outputs(("model", "MODEL")),
        ),
        group=GROUP,
        purpose="Wraps a model so that it is handed the latents of the reference pictures in every step.",
        origin=PackOrigin(path="nodes/qwen_wrapper_nodes.py", first=WRAPPERS_ADDED, last=WRAPPERS_LAST),
        native_way=NativeWay(
            nodes=("LoadImage", "VAELoader", "VAEEncode", "ReferenceLatent", "KSampler"),
            wires=_REFERENCE,
            note="ComfyUI carries reference latents in the conditioning, not in the model.",
        ),
    ),
)
