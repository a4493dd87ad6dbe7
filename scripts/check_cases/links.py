"""Faults of links: their shape, where they lead, what they carry, and literals in their place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scripts.check_cases.case import (
    Case,
    image,
    latent,
    mask,
    node,
    numbered,
    preview,
    save,
    with_input,
    without,
)

#: What may stand where SaveImage wants pictures of node 1.
SHAPES: tuple[tuple[str, Any], ...] = (
    ("empty list", []),
    ("one part", ["1"]),
    ("three parts", ["1", 0, 0]),
    ("node id a number", [1, 0]),
    ("node id null", [None, 0]),
    ("node id a list", [["1"], 0]),
    ("slot a text", ["1", "0"]),
    ("slot a name", ["1", "IMAGE"]),
    ("slot null", ["1", None]),
    ("slot a fraction", ["1", 0.5]),
    ("slot a whole fraction", ["1", 0.0]),
    ("slot false", ["1", False]),
    ("slot true", ["1", True]),
    ("slot too high", ["1", 1]),
    ("slot far too high", ["1", 10**20]),
    ("slot minus 1", ["1", -1]),
    ("slot minus 2", ["1", -2]),
    ("no such node", ["77", 0]),
    ("no such node, empty id", ["", 0]),
    ("itself", ["2", 0]),
    ("a link in an object", {"__value__": ["1", 0]}),
    ("an object", {"link": "1"}),
    ("a text", "hello"),
    ("an empty text", ""),
    ("a number", 5),
    ("true", True),
    ("null", None),
)


def cases() -> Iterator[Case]:
    for name, link in SHAPES:
        yield Case(name=f"links/{name}", workflow=numbered(image(), save(link)))
    for name, workflow in (*_inner(), *_types(), *_optional(), *_strangers()):
        yield Case(name=f"links/{name}", workflow=workflow)


def _inner() -> Iterator[tuple[str, Any]]:
    """Faults of links in nodes that are not outputs."""
    for name, link in (
        ("three parts", ["1", 0, 0]),
        ("no such node", ["77", 0]),
        ("slot too high", ["1", 3]),
        ("slot a text", ["1", "0"]),
        ("node id a number", [1, 0]),
        ("a text", "hello"),
        ("null", None),
    ):
        yield f"inner {name}", numbered(image(), node("ImageInvert", image=link), save(("2", 0)))
    yield "inner missing", numbered(image(), node("ImageInvert"), save(("2", 0)))
    yield (
        "two dead links in one node",
        numbered(image(), node("ImageBatch", image1=["7", 0], image2=["8", 0]), save(("2", 0))),
    )
    yield (
        "a dead link behind two outputs",
        numbered(image(), node("ImageInvert", image=["9", 0]), save(("2", 0)), preview(("2", 0))),
    )


def _types() -> Iterator[tuple[str, Any]]:
    yield "latent for pictures", numbered(latent(), save())
    yield "mask for pictures", numbered(mask(), save())
    yield (
        "picture for a mask",
        numbered(
            image(), node("InvertMask", mask=["1", 0]), node("MaskToImage", mask=["2", 0]), save(("3", 0))
        ),
    )
    yield "second output of another type", numbered(node("LoadImage", image="photo.png"), save(("1", 1)))
    yield (
        "second output of the right type",
        numbered(node("LoadImage", image="photo.png"), node("MaskToImage", mask=["1", 1]), save(("2", 0))),
    )
    yield (
        "whole number for a width",
        numbered(node("PrimitiveInt", value=24), image(width=["1", 0]), save(("2", 0))),
    )
    yield (
        "fraction for a width",
        numbered(node("PrimitiveFloat", value=24.0), image(width=["1", 0]), save(("2", 0))),
    )
    yield (
        "whole number for a fraction",
        numbered(
            node("PrimitiveInt", value=1),
            mask(value=["1", 0]),
            node("MaskToImage", mask=["2", 0]),
            save(("3", 0)),
        ),
    )
    yield (
        "text for a prefix",
        numbered(node("PrimitiveString", value="linked"), image(), save(("2", 0), ["1", 0])),
    )
    yield (
        "text for an old combo",
        numbered(
            node("PrimitiveString", value="bilinear"),
            image(),
            node("ImageScaleBy", image=["2", 0], upscale_method=["1", 0], scale_by=1.0),
            save(("3", 0)),
        ),
    )
    yield (
        "text for a new combo",
        numbered(
            node("PrimitiveString", value="bilinear"),
            image(),
            node("ImageScaleToTotalPixels", image=["2", 0], upscale_method=["1", 0], megapixels=0.01),
            save(("3", 0)),
        ),
    )
    yield (
        "true for a truth value",
        numbered(
            node("PrimitiveBoolean", value=True),
            image(),
            node(
                "ImageCompositeMasked",
                destination=["2", 0],
                source=["2", 0],
                x=0,
                y=0,
                resize_source=["1", 0],
            ),
            save(("3", 0)),
        ),
    )
    yield "anything for anything", numbered(latent(), node("PreviewAny", source=["1", 0]))
    yield "a number for anything", numbered(node("PreviewAny", source=3))
    yield "null for anything", numbered(node("PreviewAny", source=None))
    yield "an output without outputs as a source", numbered(image(), save(), preview(("2", 0)))


def _optional() -> Iterator[tuple[str, Any]]:
    blank = node("ImageCompositeMasked", destination=["1", 0], source=["1", 0], x=0, y=0, resize_source=False)
    yield "optional input left out", numbered(image(), blank, save(("2", 0)))
    for name, value in (
        ("null", None),
        ("a text", "none"),
        ("zero", 0),
        ("an object", {}),
        ("to nowhere", ["9", 0]),
        ("of another type", ["1", 0]),
        ("with three parts", ["1", 0, 0]),
        ("an empty list", []),
    ):
        yield f"optional input {name}", numbered(image(), with_input(blank, mask=value), save(("2", 0)))
    yield "optional mask", numbered(image(), with_input(blank, mask=["3", 0]), mask(), save(("2", 0)))


def _strangers() -> Iterator[tuple[str, Any]]:
    """Inputs that the class does not have."""
    for name, value in (
        ("a number", 1),
        ("a text", "x"),
        ("null", None),
        ("an object", {"a": [1]}),
        ("an empty list", []),
        ("a list of three", [1, 2, 3]),
        ("two numbers", [1, 2]),
        ("a link", ["1", 0]),
        ("a link to nowhere", ["9", 0]),
    ):
        yield f"unknown input {name}", numbered(image(), with_input(save(), extra=value))
    yield (
        "unknown input linked in an inner node",
        numbered(image(), node("ImageInvert", image=["1", 0], mask=["1", 0]), save(("2", 0))),
    )
    yield (
        "unknown input linked to a broken node",
        numbered(image(), with_input(save(), extra=["3", 0]), image(width=0)),
    )
    yield (
        "unknown input linked in a new-style node",
        numbered(
            image(),
            node(
                "ImageScaleToTotalPixels",
                image=["1", 0],
                upscale_method="area",
                megapixels=0.01,
                more=["1", 0],
            ),
            save(("2", 0)),
        ),
    )
    yield (
        "wrapped link to another type",
        numbered(latent(), save({"__value__": ["1", 0]})),
    )
    yield "wrapped link to nowhere", numbered(image(), save({"__value__": ["9", 0]}))
    yield (
        "wrapped link to a broken node",
        numbered(image(width=0), save({"__value__": ["1", 0]})),
    )
    yield (
        "wrapped link to a number",
        numbered(node("PrimitiveInt", value=16), image(width={"__value__": ["1", 0]}), save(("2", 0))),
    )
    yield "hidden input a text", numbered(image(), with_input(save(), prompt="x"))
    yield "hidden input a link", numbered(image(), with_input(save(), prompt=["1", 0]))
    yield "hidden input a link to nowhere", numbered(image(), with_input(save(), extra_pnginfo=["9", 0]))
    yield "renamed input", numbered(image(), with_input(without(save(), "images"), image=["1", 0]))
    yield "renamed value", numbered(with_input(without(image(), "width"), with_=16, Width=16), save())
