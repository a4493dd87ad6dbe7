from __future__ import annotations

from atelier.engine.context import NodeContext
from atelier.engine.nodes.loaders import (
    NODES,
    load_checkpoint,
    load_diffusion_model,
    load_text_encoder,
    load_vae,
)

NAME = "atelier_nano_fp16.onnx"


def test_loaders_give_the_warm_models(context: NodeContext) -> None:
    (model,) = load_diffusion_model(context, unet_name=NAME, weight_dtype="fp8_e4m3fn")
    (encoder,) = load_text_encoder(context, clip_name=NAME, type="qwen_image", device="cpu")
    (vae,) = load_vae(context, vae_name=NAME)
    assert load_checkpoint(context, ckpt_name="atelier_nano.json") == (model, encoder, vae)


def test_loaders_offer_the_files_that_are_there(context: NodeContext) -> None:
    offered = {each.name: each.inputs[0].choices(context.folders) for each in NODES}
    assert offered == {
        "UNETLoader": (NAME,),
        "CLIPLoader": (NAME,),
        "VAELoader": (NAME,),
        "CheckpointLoaderSimple": ("atelier_nano.json",),
    }
