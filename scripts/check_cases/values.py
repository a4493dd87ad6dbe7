"""Values of every kind in inputs of every type: in range and out of it, offered or not, or no value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scripts.check_cases.case import Case, image, mask, node, numbered, preview, save, with_input, without

#: For a width from 1 to 16384.
WHOLE: tuple[tuple[str, Any], ...] = (
    ("least", 1),
    ("below the least", 0),
    ("negative", -5),
    ("above the most", 16385),
    ("far above", 10**30),
    ("a text", "abc"),
    ("a number as text", "24"),
    ("a number with blanks as text", " 24 "),
    ("a number with underscores as text", "1_0"),
    ("a fraction as text", "24.5"),
    ("a large number as text", "99999"),
    ("an empty text", ""),
    ("a fraction", 24.9),
    ("a fraction just below the least", 0.9),
    ("true", True),
    ("false", False),
    ("null", None),
    ("an object", {}),
    ("an object with a value", {"__value__": 24}),
    ("an object with a bad value", {"__value__": 0}),
    ("an object with a text value", {"__value__": "x"}),
    ("an object with a list value", {"__value__": [24]}),
    ("a list", [24]),
    ("missing", ...),
)

#: For a mask's value from 0 to 1.
FRACTION: tuple[tuple[str, Any], ...] = (
    ("least", 0),
    ("most", 1),
    ("middle", 0.5),
    ("below the least", -0.01),
    ("above the most", 1.01),
    ("between steps", 0.123456),
    ("as text", "0.5"),
    ("as text with exponent", "5e-1"),
    ("a comma as text", "0,5"),
    ("a word", "half"),
    ("nan as text", "nan"),
    ("infinite as text", "inf"),
    ("true", True),
    ("null", None),
    ("an object", {"a": 1}),
    ("missing", ...),
)

#: For a prefix of file names.
TEXT: tuple[tuple[str, Any], ...] = (
    ("empty", ""),
    ("a number", 12),
    ("a fraction", 1.5),
    ("true", True),
    ("null", None),
    ("an object", {"a": 1}),
    ("unicode", "größe-狐"),
    ("a list value", {"__value__": ["a", "b"]}),
    ("missing", ...),
)

#: For whether the pasted picture is resized.
TRUTH: tuple[tuple[str, Any], ...] = (
    ("true", True),
    ("false", False),
    ("the word false", "false"),
    ("empty text", ""),
    ("zero", 0),
    ("a number", 7),
    ("null", None),
    ("an object", {}),
    ("missing", ...),
)

#: For a combo of both dialects that offers nearest-exact, bilinear, area, bicubic and lanczos.
CHOICE: tuple[tuple[str, Any], ...] = (
    ("first", "nearest-exact"),
    ("last", "lanczos"),
    ("misspelt", "bilinaer"),
    ("in other letter case", "Bilinear"),
    ("with a blank", "bilinear "),
    ("far from all", "zz"),
    ("empty", ""),
    ("a number", 1),
    ("null", None),
    ("true", True),
    ("an object", {}),
    ("an object with a value", {"__value__": "area"}),
    ("an object with a bad value", {"__value__": "zz"}),
    ("missing", ...),
)

#: New-style combos: class, input, a choice, and what else the class wants. Some take what they do not know.
NEW_COMBOS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("CaseConverter", "mode", "UPPERCASE", {"string": "Abc"}),
    ("StringTrim", "mode", "Both", {"string": " a "}),
    (
        "StringCompare",
        "mode",
        "Equal",
        {"string_a": "a", "string_b": "b", "case_sensitive": True},
    ),
    ("AlignYourStepsScheduler", "model_type", "SD1", {"steps": 4, "denoise": 1.0}),
    ("OptimalStepsScheduler", "model_type", "FLUX", {"steps": 4, "denoise": 1.0}),
    ("Morphology", "operation", "erode", {"image": ["1", 0], "kernel_size": 3}),
    ("ImageQuantize", "dither", "none", {"image": ["1", 0], "colors": 4}),
    (
        "ImageBlend",
        "blend_mode",
        "normal",
        {"image1": ["1", 0], "image2": ["1", 0], "blend_factor": 0.5},
    ),
    ("SamplerEulerCFGpp", "version", "regular", {}),
)


def cases() -> Iterator[Case]:
    paste = node("ImageCompositeMasked", destination=["1", 0], source=["1", 0], x=0, y=0, resize_source=False)
    scale_by = node("ImageScaleBy", image=["1", 0], upscale_method="area", scale_by=1.0)
    scale_to = node("ImageScaleToTotalPixels", image=["1", 0], upscale_method="area", megapixels=0.01)
    for name, value in WHOLE:
        yield _case(f"whole number {name}", _set(image(), "width", value), save())
    for name, value in FRACTION:
        show = node("MaskToImage", mask=["1", 0])
        yield _case(f"fraction {name}", _set(mask(), "value", value), show, save(("2", 0)))
    for name, value in TEXT:
        yield _case(f"text {name}", image(), _set(save(), "filename_prefix", value))
    for name, value in TRUTH:
        yield _case(f"truth value {name}", image(), _set(paste, "resize_source", value), save(("2", 0)))
    for name, value in CHOICE:
        yield _case(f"old combo {name}", image(), _set(scale_by, "upscale_method", value), save(("2", 0)))
        yield _case(f"new combo {name}", image(), _set(scale_to, "upscale_method", value), save(("2", 0)))
    for name, nodes in _others():
        yield _case(name, *nodes)


def _case(name: str, *nodes: Any) -> Case:
    return Case(name=f"values/{name}", workflow=numbered(*nodes))


def _set(entry: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    return without(entry, name) if value is ... else with_input(entry, **{name: value})


def _others() -> Iterator[tuple[str, tuple[Any, ...]]]:
    yield "several faults in one node", (image(width=0, height="x", color=-1), save())
    yield (
        "faults in several nodes",
        (
            image(width=0),
            node("ImageScaleBy", image=["1", 0], upscale_method="zz", scale_by=0.0),
            save(("2", 0)),
        ),
    )
    yield "every input missing", (node("EmptyImage"), save())
    yield (
        "between steps",
        (node("EmptyLatentImage", width=70, height=66, batch_size=1), node("PreviewAny", source=["1", 0])),
    )
    yield "a seed above 2^53", (node("RandomNoise", noise_seed=2**60), image(), preview(("2", 0)))
    yield (
        "the largest seed in use",
        (image(), node("ImageAddNoise", image=["1", 0], seed=2**64 - 1, strength=0.1), preview(("2", 0))),
    )
    yield (
        "a seed above the largest",
        (image(), node("ImageAddNoise", image=["1", 0], seed=2**64, strength=0.1), preview(("2", 0))),
    )
    yield (
        "a negative seed",
        (image(), node("ImageAddNoise", image=["1", 0], seed=-1, strength=0.1), preview(("2", 0))),
    )
    yield "a colour as text", (image(color="0xff0000"), save())
    yield "the largest colour", (image(color=0xFFFFFF), save())
    yield (
        "a deprecated class",
        (image(), node("ImageBatch", image1=["1", 0], image2=["1", 0]), preview(("2", 0))),
    )
    for class_type, name, known, others in NEW_COMBOS:
        for words, value in (("known", known), ("unknown", "zz"), ("null", None)):
            shown = node(class_type, **{**others, name: value})
            yield f"{name} of {class_type}, {words}", (image(), shown, node("PreviewAny", source=["2", 0]))
