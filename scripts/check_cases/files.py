"""Names of files: pictures that are read, prefixes under which pictures are written, weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scripts.check_cases.case import Case, image, node, numbered, preview, save, without

#: What LoadImage may be asked for. The recorder uploads photo.png, alpha.png, mask.png and sub/photo.png to
#: the input folder and saved.png to the output folder.
PICTURES: tuple[tuple[str, Any], ...] = (
    ("that is there", "photo.png"),
    ("that is not there", "nope.png"),
    ("misspelt", "foto.png"),
    ("in other letter case", "Photo.png"),
    ("without its ending", "photo"),
    ("empty", ""),
    ("null", None),
    ("a number", 5),
    ("true", True),
    ("an object", {}),
    ("an object with a name", {"__value__": "photo.png"}),
    ("in a sub-folder", "sub/photo.png"),
    ("in a sub-folder that is not there", "gone/photo.png"),
    ("not there in a sub-folder", "sub/nope.png"),
    ("of the input folder", "photo.png [input]"),
    ("not there in the input folder", "nope.png [input]"),
    ("of the output folder", "saved.png [output]"),
    ("not there in the output folder", "nope.png [output]"),
    ("not there in the temp folder", "nope.png [temp]"),
    ("above the folder", "../nope.png"),
    ("by absolute path", "/nope/nope.png"),
    ("missing", ...),
)

PREFIXES: tuple[tuple[str, str], ...] = (
    ("plain", "fox"),
    ("in a sub-folder", "den/fox"),
    ("deep", "a/b/c/fox"),
    ("with variables", "%year%-%width%x%height%"),
    ("out of the folder", "../fox"),
    ("far out of the folder", "../../../fox"),
    ("out and in", "../output-of-others/fox"),
    ("out by a detour", "den/../../fox"),
    ("a detour that stays", "den/../fox"),
    ("two dots", ".."),
    ("dot", "."),
    ("absolute", "/fox-den/fox"),
    ("a slash", "/"),
    ("ends in a slash", "den/"),
    ("only two dots deep", "../.."),
    ("with spaces", "a red fox"),
    ("with backslashes", "den\\fox"),
    ("longer than a name may be", "x" * 300),
)


def cases() -> Iterator[Case]:
    for name, value in PICTURES:
        load = node("LoadImage", image=value)
        yield _case(f"picture {name}", without(load, "image") if value is ... else load, save())
    for name in ("photo.png", "nope.png", "sub/photo.png", "sub/nope.png"):
        yield _case(
            f"mask from {name}",
            node("LoadImageMask", image=name, channel="red"),
            node("MaskToImage", mask=["1", 0]),
            save(("2", 0)),
        )
    yield _case(
        "mask from an unknown channel",
        node("LoadImageMask", image="photo.png", channel="infrared"),
        node("MaskToImage", mask=["1", 0]),
        save(("2", 0)),
    )
    for name in ("saved.png", "nope.png", "saved.png [output]", "nope.png [output]"):
        yield _case(f"picture of the output folder: {name}", node("LoadImageOutput", image=name), save())
    yield _case(
        "latent that is not there",
        node("LoadLatent", latent="nope.latent"),
        node("PreviewAny", source=["1", 0]),
    )
    yield _case(
        "a picture that is not there in a dead branch", image(), save(), node("LoadImage", image="nope.png")
    )
    for name, prefix in PREFIXES:
        yield _case(f"prefix {name}", image(), save(filename_prefix=prefix))
    yield _case("prefix of an animation out of the folder", image(batch_size=2), _animation("../fox"))
    yield _case("prefix of an animation", image(batch_size=2), _animation("fox"))
    yield _case(
        "prefix of a latent out of the folder",
        node("EmptyLatentImage", width=16, height=16, batch_size=1),
        node("SaveLatent", samples=["1", 0], filename_prefix="../fox"),
    )
    yield from _weights()


def _animation(prefix: str) -> dict[str, Any]:
    return node(
        "SaveAnimatedWEBP",
        images=["1", 0],
        filename_prefix=prefix,
        fps=6.0,
        lossless=True,
        quality=80,
        method="default",
    )


def _weights() -> Iterator[Case]:
    """Loaders: their files are empty on the recording server, so they are not run."""
    for name, loader in (
        (
            "diffusion model",
            node("UNETLoader", unet_name="qwen_image_fp8_e4m3fn.safetensors", weight_dtype="default"),
        ),
        (
            "diffusion model in a folder",
            node("UNETLoader", unet_name="qwen/qwen_image_fp8_e4m3fn.safetensors", weight_dtype="default"),
        ),
        (
            "diffusion model misspelt",
            node("UNETLoader", unet_name="qwen_image_fp8.safetensors", weight_dtype="default"),
        ),
        (
            "diffusion model of unknown precision",
            node("UNETLoader", unet_name="qwen_image_fp8_e4m3fn.safetensors", weight_dtype="fp4"),
        ),
        ("checkpoint where there is none", node("CheckpointLoaderSimple", ckpt_name="sd15.safetensors")),
    ):
        yield Case(
            name=f"files/{name}", workflow=numbered(loader, node("PreviewAny", source=["1", 0])), run=False
        )
    for name, vae in (
        ("VAE", "qwen_image_vae.safetensors"),
        ("VAE in pixel space", "pixel_space"),
        ("VAE unknown", "x"),
    ):
        decode = node("VAEDecode", samples=["1", 0], vae=["2", 0])
        latents = node("EmptySD3LatentImage", width=64, height=64, batch_size=1)
        yield Case(
            name=f"files/{name}",
            workflow=numbered(latents, node("VAELoader", vae_name=vae), decode, preview(("3", 0))),
            run=False,
        )
    for name, lora in (
        ("LoRA in a sub-folder", "styles/ink.safetensors"),
        ("LoRA moved out of its sub-folder", "ink.safetensors"),
        ("LoRA in a Windows sub-folder", "styles\\ink.safetensors"),
    ):
        model = node("UNETLoader", unet_name="qwen_image_fp8_e4m3fn.safetensors", weight_dtype="default")
        lora_node = node("LoraLoaderModelOnly", model=["1", 0], lora_name=lora, strength_model=1.0)
        yield Case(
            name=f"files/{name}",
            workflow=numbered(model, lora_node, node("PreviewAny", source=["2", 0])),
            run=False,
        )


def _case(name: str, *nodes: Any) -> Case:
    return Case(name=f"files/{name}", workflow=numbered(*nodes))
