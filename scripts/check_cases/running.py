"""What is accepted and then runs well or fails: sizes, values that a node cannot work with, damaged files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scripts.check_cases.case import Case, image, latent, mask, node, numbered, preview


def cases() -> Iterator[Case]:
    for name, nodes in (*_sizes(), *_latents(), *_schedules(), *_working()):
        yield Case(name=f"running/{name}", workflow=numbered(*nodes))
    for name, nodes in _only_the_server_knows():
        yield Case(name=f"only the server knows/{name}", workflow=numbered(*nodes))


def _sizes() -> Iterator[tuple[str, tuple[Any, ...]]]:
    for radius in (3, 15, 16, 31):
        yield (
            f"blur of {radius} in 16 pixels",
            (
                image(16, 24),
                node("ImageBlur", image=["1", 0], blur_radius=radius, sigma=1.0),
                preview(("2", 0)),
            ),
        )
    yield (
        "blur behind a scaling that makes it too wide",
        (
            image(64, 64),
            node("ImageScaleBy", image=["1", 0], upscale_method="area", scale_by=0.25),
            node("ImageBlur", image=["2", 0], blur_radius=20, sigma=1.0),
            preview(("3", 0)),
        ),
    )
    yield (
        "blur behind a scaling to a size",
        (
            image(64, 64),
            node("ImageScale", image=["1", 0], upscale_method="area", width=8, height=8, crop="disabled"),
            node("ImageBlur", image=["2", 0], blur_radius=8, sigma=1.0),
            preview(("3", 0)),
        ),
    )
    for radius in (4, 20):
        yield (
            f"sharpening of {radius} in 16 pixels",
            (
                image(),
                node("ImageSharpen", image=["1", 0], sharpen_radius=radius, sigma=1.0, alpha=1.0),
                preview(("2", 0)),
            ),
        )
    for factor in (0.01, 0.05, 0.5, 8.0):
        yield (
            f"16 pixels scaled by {factor}",
            (
                image(),
                node("ImageScaleBy", image=["1", 0], upscale_method="area", scale_by=factor),
                preview(("2", 0)),
            ),
        )
    for side in (16, 20):
        yield (
            f"planes of 16, 16 and {side} pixels",
            (
                image(),
                image(side, side),
                node("ImageYUVToRGB", Y=["1", 0], U=["1", 0], V=["2", 0]),
                preview(("3", 0)),
            ),
        )
    yield (
        "pictures of two sizes in one batch",
        (image(), image(24, 40), node("ImageBatch", image1=["1", 0], image2=["2", 0]), preview(("3", 0))),
    )
    yield (
        "pictures of two sizes blended",
        (
            image(),
            image(24, 40),
            node("ImageBlend", image1=["1", 0], image2=["2", 0], blend_factor=0.5, blend_mode="normal"),
            preview(("3", 0)),
        ),
    )
    yield (
        "a mask of another size",
        (
            image(),
            mask(5, 7),
            node(
                "ImageCompositeMasked",
                destination=["1", 0],
                source=["1", 0],
                x=0,
                y=0,
                resize_source=False,
                mask=["2", 0],
            ),
            preview(("3", 0)),
        ),
    )
    yield (
        "a picture pasted outside of another",
        (
            image(),
            node(
                "ImageCompositeMasked", destination=["1", 0], source=["1", 0], x=99, y=99, resize_source=False
            ),
            preview(("2", 0)),
        ),
    )
    yield (
        "a cut beyond the edge",
        (image(), node("ImageCrop", image=["1", 0], width=64, height=64, x=50, y=50), preview(("2", 0))),
    )
    yield (
        "a scaling to the size 0 x 0",
        (
            image(),
            node("ImageScale", image=["1", 0], upscale_method="area", width=0, height=0, crop="disabled"),
            preview(("2", 0)),
        ),
    )
    yield (
        "a batch taken beyond its end",
        (
            image(batch_size=2),
            node("ImageFromBatch", image=["1", 0], batch_index=9, length=9),
            preview(("2", 0)),
        ),
    )


def _latents() -> Iterator[tuple[str, tuple[Any, ...]]]:
    deep = node("EmptySD3LatentImage", width=64, height=64, batch_size=1)
    show = node("PreviewAny", source=["3", 0])
    for class_type, first, second, more in (
        ("LatentAdd", "samples1", "samples2", {}),
        ("LatentSubtract", "samples1", "samples2", {}),
        ("LatentInterpolate", "samples1", "samples2", {"ratio": 0.5}),
        ("LatentBatch", "samples1", "samples2", {}),
        ("LatentBlend", "samples1", "samples2", {"blend_factor": 0.5}),
        ("LatentConcat", "samples1", "samples2", {"dim": "x"}),
        ("LatentComposite", "samples_to", "samples_from", {"x": 0, "y": 0, "feather": 0}),
        ("LatentCompositeMasked", "destination", "source", {"x": 0, "y": 0, "resize_source": False}),
    ):
        join = node(class_type, **{first: ["1", 0], second: ["2", 0]}, **more)
        yield f"{class_type} of 4 and 16 channels", (latent(), deep, join, show)
        yield f"{class_type} of 16 and 16 channels", (deep, deep, join, show)
    yield (
        "latents of two sizes added",
        (latent(), latent(96, 32), node("LatentAdd", samples1=["1", 0], samples2=["2", 0]), show),
    )
    yield (
        "latents of two batches added",
        (latent(batch_size=3), latent(), node("LatentAdd", samples1=["1", 0], samples2=["2", 0]), show),
    )
    yield (
        "4 channels behind a repetition, joined with 16",
        (
            latent(),
            deep,
            node("RepeatLatentBatch", samples=["1", 0], amount=2),
            node("LatentBatch", samples1=["3", 0], samples2=["2", 0]),
            node("PreviewAny", source=["4", 0]),
        ),
    )


def _schedules() -> Iterator[tuple[str, tuple[Any, ...]]]:
    show = node("PreviewAny", source=["1", 0])
    for low, high in ((0.4, 0.8), (0.5, 0.5), (0.8, 0.4)):
        yield (
            f"edges between {low} and {high}",
            (
                image(),
                node("Canny", image=["1", 0], low_threshold=low, high_threshold=high),
                preview(("2", 0)),
            ),
        )
    for rho in (7.0, 0.0):
        karras = node("KarrasScheduler", steps=4, sigma_max=14.6, sigma_min=0.03, rho=rho)
        yield f"Karras schedule with rho {rho}", (karras, show)
    for least in (0.03, 0.0):
        exponential = node("ExponentialScheduler", steps=4, sigma_max=14.6, sigma_min=least)
        yield f"exponential schedule to {least}", (exponential, show)
        polynomial = node("PolyexponentialScheduler", steps=4, sigma_max=14.6, sigma_min=least, rho=1.0)
        yield f"polyexponential schedule to {least}", (polynomial, show)


def _working() -> Iterator[tuple[str, tuple[Any, ...]]]:
    load = node("LoadImage", image="alpha.png")
    yield "a picture inverted", (load, node("ImageInvert", image=["1", 0]), preview(("2", 0)))
    yield (
        "a mask grown",
        (
            load,
            node("GrowMask", mask=["1", 1], expand=3, tapered_corners=True),
            node("MaskToImage", mask=["2", 0]),
            preview(("3", 0)),
        ),
    )
    yield (
        "a picture padded",
        (
            load,
            node("ImagePadForOutpaint", image=["1", 0], left=8, top=0, right=8, bottom=0, feathering=4),
            preview(("2", 0)),
            node("MaskToImage", mask=["2", 1]),
            preview(("4", 0)),
        ),
    )
    yield (
        "a picture to a mask and back",
        (
            load,
            node("ImageToMask", image=["1", 0], channel="red"),
            node("MaskToImage", mask=["2", 0]),
            preview(("3", 0)),
        ),
    )
    yield (
        "a feathered mask",
        (
            mask(),
            node("FeatherMask", mask=["1", 0], left=2, top=2, right=2, bottom=2),
            node("MaskToImage", mask=["2", 0]),
            preview(("3", 0)),
        ),
    )
    yield (
        "a text on its way",
        (
            node("StringConcatenate", string_a="a", string_b="b", delimiter="-"),
            node("PreviewAny", source=["1", 0]),
        ),
    )
    yield (
        "a size read from a picture",
        (load, node("GetImageSize", image=["1", 0]), image(["2", 0], ["2", 1]), preview(("3", 0))),
    )


def _only_the_server_knows() -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Faults that neither the workflow nor the list of node classes tells."""
    show = node("MaskToImage", mask=["1", 0])
    yield (
        "a mask from a text file with a picture's name",
        (node("LoadImageMask", image="text.png", channel="red"), show, preview(("2", 0))),
    )
    yield (
        "a linked radius that is too wide",
        (
            node("PrimitiveInt", value=20),
            image(),
            node("ImageBlur", image=["2", 0], blur_radius=["1", 0], sigma=1.0),
            preview(("3", 0)),
        ),
    )
    yield (
        "a linked prefix out of the folder",
        (
            node("PrimitiveString", value="../fox"),
            image(),
            node("SaveImage", images=["2", 0], filename_prefix=["1", 0]),
        ),
    )
    yield (
        "a linked number out of its range",
        (node("PrimitiveInt", value=0), image(width=["1", 0]), preview(("2", 0))),
    )
