"""Nodes that say what to draw, from CLIPTextEncode to ReferenceLatent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from atelier.engine.diffusion.references import fitted
from atelier.engine.node import NodeClass, Output, socket, text
from atelier.errors import NodeInputInvalid

if TYPE_CHECKING:
    from atelier.engine.context import NodeContext
    from atelier.engine.diffusion.text_encoder import TextEncoder
    from atelier.engine.diffusion.vae import Vae
    from atelier.engine.values import Conditioning, Image, Latent


def _encoded(context: NodeContext, clip: TextEncoder, prompt: str) -> Conditioning:
    """Encode a prompt and tell the user what of it the model does not take."""
    encoded = clip.encode(prompt)
    if encoded.unknown:
        context.notice(
            "unknown_words",
            f"The model does not know: {', '.join(encoded.unknown)}. {clip.subjects}".rstrip(),
            *encoded.unknown,
        )
    if encoded.truncated:
        context.notice(
            "text_truncated", f"The model takes {clip.length} words; the rest of the prompt was left out."
        )
    return encoded.conditioning


def encode_text(context: NodeContext, *, text: str, clip: TextEncoder) -> tuple[Conditioning]:
    """Encode a prompt."""
    return (_encoded(context, clip, text),)


def encode_edit(
    context: NodeContext,
    *,
    clip: TextEncoder,
    prompt: str,
    vae: Vae | None = None,
    image: Image | None = None,
) -> tuple[Conditioning]:
    """Encode an instruction and the picture that it is about."""
    return encode_edit_plus(context, clip=clip, prompt=prompt, vae=vae, image1=image)


def encode_edit_plus(
    context: NodeContext,
    *,
    clip: TextEncoder,
    prompt: str,
    vae: Vae | None = None,
    image1: Image | None = None,
    image2: Image | None = None,
    image3: Image | None = None,
) -> tuple[Conditioning]:
    """Encode an instruction and its pictures, of which the model looks at as many as it was trained for.

    Raises:
        NodeInputInvalid: there is a picture and no VAE.
        SizeBeyondLimit: the picture is too long and narrow for the model.
    """
    conditioning = _encoded(context, clip, prompt)
    images = [each for each in (image1, image2, image3) if each is not None]
    if not images:
        return (conditioning,)
    if vae is None:
        raise NodeInputInvalid(
            "The embedded model sees a picture through the VAE alone: "
            "connect the VAE to this node's input 'vae'."
        )
    if len(images) > conditioning.looks_at:
        _reference_ignored(context, conditioning)
    shown = images[: conditioning.looks_at]
    return (replace(conditioning, references=tuple(vae.encode(fitted(each)) for each in shown)),)


def add_reference(
    context: NodeContext, *, conditioning: Conditioning, latent: Latent | None = None
) -> tuple[Conditioning]:
    """Add a latent to those that the conditioning refers to."""
    if latent is None:
        return (conditioning,)
    if len(conditioning.references) >= conditioning.looks_at:
        _reference_ignored(context, conditioning)
    return (replace(conditioning, references=(*conditioning.references, latent.samples)),)


def _reference_ignored(context: NodeContext, conditioning: Conditioning) -> None:
    few = conditioning.looks_at
    used = (
        "one picture to look at: it uses the first"
        if few == 1
        else f"{few} pictures to look at: it uses them"
    )
    context.notice("reference_ignored", f"The model was trained with {used}, and ignores the others.")


def zero_out(context: NodeContext, *, conditioning: Conditioning) -> tuple[Conditioning]:
    """Replace what the text encoder said by zeros; the pictures that it refers to stay."""
    return (
        replace(
            conditioning, tokens=np.zeros_like(conditioning.tokens), pooled=np.zeros_like(conditioning.pooled)
        ),
    )


_EDIT_INPUTS = (
    socket("clip", "CLIP"),
    text("prompt", multiline=True, dynamicPrompts=True),
    socket("vae", "VAE", required=False),
)
_CONDITIONING = Output(type="CONDITIONING", name="CONDITIONING")

NODES: tuple[NodeClass, ...] = (
    NodeClass(
        name="CLIPTextEncode",
        display_name="CLIP Text Encode (Prompt)",
        category="conditioning",
        inputs=(text("text", multiline=True, dynamicPrompts=True), socket("clip", "CLIP")),
        outputs=(_CONDITIONING,),
        run=encode_text,
    ),
    NodeClass(
        name="TextEncodeQwenImageEdit",
        category="advanced/conditioning",
        python_module="comfy_extras.nodes_qwen",
        dialect="new",
        inputs=(*_EDIT_INPUTS, socket("image", "IMAGE", required=False)),
        outputs=(_CONDITIONING,),
        run=encode_edit,
    ),
    NodeClass(
        name="TextEncodeQwenImageEditPlus",
        category="advanced/conditioning",
        python_module="comfy_extras.nodes_qwen",
        dialect="new",
        inputs=(
            *_EDIT_INPUTS,
            socket("image1", "IMAGE", required=False),
            socket("image2", "IMAGE", required=False),
            socket("image3", "IMAGE", required=False),
        ),
        outputs=(_CONDITIONING,),
        run=encode_edit_plus,
    ),
    NodeClass(
        name="ReferenceLatent",
        category="advanced/conditioning/edit_models",
        python_module="comfy_extras.nodes_edit_model",
        dialect="new",
        inputs=(socket("conditioning", "CONDITIONING"), socket("latent", "LATENT", required=False)),
        outputs=(_CONDITIONING,),
        run=add_reference,
    ),
    NodeClass(
        name="ConditioningZeroOut",
        display_name="ConditioningZeroOut",
        category="advanced/conditioning",
        inputs=(socket("conditioning", "CONDITIONING"),),
        outputs=(_CONDITIONING,),
        run=zero_out,
    ),
)
