"""Nodes that load models: UNETLoader, CLIPLoader, VAELoader, CheckpointLoaderSimple."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from atelier.engine.node import NodeClass, Output, combo
from atelier.engine.values import Model

if TYPE_CHECKING:
    from atelier.engine.context import NodeContext
    from atelier.engine.diffusion.text_encoder import TextEncoder
    from atelier.engine.diffusion.vae import Vae
    from atelier.engine.folders import Folders

#: Accepted and without effect: the weights are of one precision and run on the CPU.
_WEIGHT_TYPES = ("default", "fp8_e4m3fn", "fp8_e4m3fn_fast", "fp8_e5m2")
_DEVICES = ("default", "cpu")
#: The text encoder of the embedded model stands in Qwen-Image's place.
_TEXT_ENCODER_TYPES = ("qwen_image",)


def _names(kind: str) -> Callable[[Folders], tuple[str, ...]]:
    def names(folders: Folders) -> tuple[str, ...]:
        return folders.model_names(kind)

    return names


def load_diffusion_model(context: NodeContext, *, unet_name: str, weight_dtype: str) -> tuple[Model]:
    """Load a denoiser."""
    return (Model(denoiser=context.models.diffusion_model(unet_name)),)


def load_text_encoder(
    context: NodeContext, *, clip_name: str, type: str, device: str = "default"
) -> tuple[TextEncoder]:
    """Load a text encoder."""
    return (context.models.text_encoder(clip_name),)


def load_vae(context: NodeContext, *, vae_name: str) -> tuple[Vae]:
    """Load a VAE."""
    return (context.models.vae(vae_name),)


def load_checkpoint(context: NodeContext, *, ckpt_name: str) -> tuple[Model, TextEncoder, Vae]:
    """Load the three models that a checkpoint names."""
    names = context.models.checkpoint(ckpt_name)
    return (
        Model(denoiser=context.models.diffusion_model(names.diffusion_model)),
        context.models.text_encoder(names.text_encoder),
        context.models.vae(names.vae),
    )


_MODEL, _CLIP, _VAE = (Output(type=name, name=name) for name in ("MODEL", "CLIP", "VAE"))

NODES: tuple[NodeClass, ...] = (
    NodeClass(
        name="UNETLoader",
        display_name="Load Diffusion Model",
        category="advanced/loaders",
        inputs=(combo("unet_name", _names("diffusion_models")), combo("weight_dtype", _WEIGHT_TYPES)),
        outputs=(_MODEL,),
        run=load_diffusion_model,
    ),
    NodeClass(
        name="CLIPLoader",
        display_name="Load CLIP",
        category="advanced/loaders",
        inputs=(
            combo("clip_name", _names("text_encoders")),
            combo("type", _TEXT_ENCODER_TYPES),
            combo("device", _DEVICES, required=False, advanced=True),
        ),
        outputs=(_CLIP,),
        run=load_text_encoder,
    ),
    NodeClass(
        name="VAELoader",
        display_name="Load VAE",
        category="loaders",
        inputs=(combo("vae_name", _names("vae")),),
        outputs=(_VAE,),
        run=load_vae,
    ),
    NodeClass(
        name="CheckpointLoaderSimple",
        display_name="Load Checkpoint",
        category="loaders",
        inputs=(combo("ckpt_name", _names("checkpoints")),),
        outputs=(_MODEL, _CLIP, _VAE),
        run=load_checkpoint,
    ),
)
