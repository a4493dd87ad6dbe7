"""Faults of a workflow as a whole: classes, outputs, loops, chains, entries that are no nodes."""

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

GOOD = numbered(image(), save())


def cases() -> Iterator[Case]:
    for name, workflow in (*_entries(), *_classes(), *_outputs(), *_loops()):
        yield Case(name=f"structure/{name}", workflow=workflow)
    for length in (3, 30, 100):
        yield Case(name=f"structure/a chain of {length} nodes", workflow=chain(length))
    for length in (600, 900):
        yield Case(name=f"structure/a chain of {length} nodes", workflow=chain(length), run=False)
    for length in (1000, 1400):
        yield Case(name=f"structure/a chain of {length} nodes", workflow=chain(length))
    yield Case(name="structure/a chain of 1000 nodes beside a good output", workflow=_long_and_short())
    yield Case(name="structure/a thousand nodes side by side", workflow=_wide(), run=False)


def chain(length: int) -> dict[str, Any]:
    """Return a workflow of that many nodes in a row."""
    middle = (node("InvertMask", mask=[str(at), 0]) for at in range(1, length - 2))
    ends = (node("MaskToImage", mask=[str(length - 2), 0]), preview((str(length - 1), 0)))
    return numbered(mask(1, 1), *middle, *ends)


def _long_and_short() -> dict[str, Any]:
    return chain(1000) | {"a": image(), "b": preview(("a", 0))}


def _nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"in": value}
    return value


def _wide() -> dict[str, Any]:
    return {"i": image()} | {str(at): preview(("i", 0)) for at in range(999)}


def _entries() -> Iterator[tuple[str, Any]]:
    yield "good", GOOD
    yield "with titles", {each: {**entry, "_meta": {"title": "T"}} for each, entry in GOOD.items()}
    yield "odd _meta", {each: {**entry, "_meta": 7} for each, entry in GOOD.items()}
    yield "ids that are no numbers", {"a:b": image(), "": save(("a:b", 0))}
    yield (
        "unknown keys in a node",
        {each: {**entry, "is_changed": ["x"], "z": 1} for each, entry in GOOD.items()},
    )
    yield "empty", {}
    yield "a list", []
    yield "a list of nodes", [image()]
    yield "null", None
    yield "a text", "workflow"
    yield "a number", 3
    yield "a node that is null", GOOD | {"3": None}
    yield "a node that is a number", GOOD | {"3": 5}
    yield "a node that is a text", GOOD | {"3": "EmptyImage"}
    yield "a node that is a list", GOOD | {"3": []}
    yield "a node that is an empty object", GOOD | {"3": {}}
    yield (
        "page format",
        {
            "nodes": [{"id": 1, "type": "EmptyImage"}],
            "links": [],
            "version": 0.4,
        },
    )
    yield "inputs missing in an unused node", GOOD | {"3": {"class_type": "EmptyImage"}}
    yield "inputs null in an unused node", GOOD | {"3": {"class_type": "EmptyImage", "inputs": None}}
    yield "inputs a list in an unused node", GOOD | {"3": {"class_type": "EmptyImage", "inputs": []}}
    yield "a value of 300 levels", numbered(image(), with_input(save(), extra=_nested(300)))
    yield "a value of 600 levels", numbered(image(), with_input(save(), extra=_nested(600)))
    yield "inputs missing in an output", numbered(image(), {"class_type": "SaveImage"})
    yield "inputs missing in an inner node", numbered({"class_type": "EmptyImage"}, save())
    yield "inputs null in an inner node", numbered({"class_type": "EmptyImage", "inputs": None}, save())
    yield "inputs a list in an inner node", numbered({"class_type": "EmptyImage", "inputs": []}, save())
    yield "inputs a text in an inner node", numbered({"class_type": "EmptyImage", "inputs": "width"}, save())
    yield "inputs a number in an output", numbered(image(), {"class_type": "SaveImage", "inputs": 4})


def _classes() -> Iterator[tuple[str, Any]]:
    yield "an unknown class in use", numbered(node("EmptyImagee", width=16), save())
    yield "an unknown class unused", GOOD | {"3": node("KSamplr")}
    yield "an unknown output class", numbered(image(), node("SaveImagee", images=["1", 0]))
    yield "a class in other letter case", numbered(image(), node("saveimage", images=["1", 0]))
    yield "a class of a pack", GOOD | {"3": node("UltralyticsDetectorProvider", model_name="x.pt")}
    yield "class_type missing in use", numbered({"inputs": {}}, save())
    yield "class_type missing unused", GOOD | {"3": {"inputs": {}}}
    yield "class_type null", GOOD | {"3": {"class_type": None, "inputs": {}}}
    yield "class_type empty", GOOD | {"3": {"class_type": "", "inputs": {}}}
    yield "class_type a number", GOOD | {"3": {"class_type": 5, "inputs": {}}}
    yield "class_type a list", GOOD | {"3": {"class_type": ["EmptyImage"], "inputs": {}}}
    yield "class_type an object", GOOD | {"3": {"class_type": {}, "inputs": {}}}
    yield "two unknown classes", GOOD | {"3": node("Nope"), "4": node("NopeToo")}


def _outputs() -> Iterator[tuple[str, Any]]:
    yield "no output", numbered(image(), node("ImageInvert", image=["1", 0]))
    yield "two good outputs", numbered(image(), save(), preview())
    yield "the same output twice", numbered(image(), save(), save())
    yield "one good and one bad output", numbered(image(), save(), save(("9", 0)))
    yield "one bad and one good output", numbered(image(), save(("9", 0)), preview())
    yield "two bad outputs", numbered(image(), save(("9", 0)), preview(("8", 0)))
    yield "two outputs behind one fault", numbered(image(width=0), save(), preview())
    yield "one of two outputs behind a fault", numbered(image(), image(width="x"), save(("2", 0)), preview())
    yield "a dead branch", numbered(image(), save(), node("ImageInvert", image=["1", 0]))
    yield "a dead branch with a bad value", numbered(image(), save(), image(width=-4))
    yield "a dead branch with a missing input", numbered(image(), save(), without(image(), "height"))
    yield (
        "a dead branch with a link to nowhere",
        numbered(image(), save(), node("ImageInvert", image=["77", 0])),
    )
    yield (
        "a dead branch with a bad list value",
        numbered(image(), save(), node("ImageScaleBy", image=["1", 0], upscale_method="best", scale_by=1.0)),
    )
    yield "an output that needs nothing linked", numbered(node("PreviewAny", source="text"))
    yield "two islands", numbered(image(), save(), image(8, 8), save(("3", 0)))
    yield (
        "an output in the middle",
        numbered(
            image(),
            node("ImageInvert", image=["1", 0]),
            preview(("2", 0)),
            node("ImageInvert", image=["2", 0]),
            save(("4", 0)),
        ),
    )


def _loops() -> Iterator[tuple[str, Any]]:
    invert = "ImageInvert"
    yield "a loop of 1 node", numbered(node(invert, image=["1", 0]), save())
    yield "a loop of 2 nodes", numbered(node(invert, image=["2", 0]), node(invert, image=["1", 0]), save())
    yield (
        "a loop of 5 nodes",
        numbered(*(node(invert, image=[str(at % 5 + 1), 0]) for at in range(1, 6)), save()),
    )
    yield (
        "a loop of 40 nodes",
        numbered(*(node(invert, image=[str(at % 40 + 1), 0]) for at in range(1, 41)), save(("7", 0))),
    )
    yield (
        "a loop beside a good output",
        numbered(image(), save(), node(invert, image=["4", 0]), node(invert, image=["3", 0]), save(("4", 0))),
    )
    yield (
        "a loop that nothing needs",
        numbered(image(), save(), node(invert, image=["4", 0]), node(invert, image=["3", 0])),
    )
    yield (
        "a loop with a way in",
        numbered(
            image(),
            node("ImageBatch", image1=["1", 0], image2=["3", 0]),
            node(invert, image=["2", 0]),
            save(("3", 0)),
        ),
    )
    yield (
        "two loops",
        numbered(
            node(invert, image=["2", 0]),
            node(invert, image=["1", 0]),
            node(invert, image=["4", 0]),
            node(invert, image=["3", 0]),
            node("ImageBatch", image1=["1", 0], image2=["3", 0]),
            save(("5", 0)),
        ),
    )
    yield (
        "a loop through an optional input",
        numbered(
            image(),
            node(
                "ImageCompositeMasked",
                destination=["1", 0],
                source=["1", 0],
                x=0,
                y=0,
                resize_source=False,
                mask=["3", 0],
            ),
            node("ImageToMask", image=["2", 0], channel="red"),
            save(("2", 0)),
        ),
    )
    yield (
        "a loop through an input that does not exist",
        numbered(with_input(image(), again=["2", 0]), node(invert, image=["1", 0]), save(("2", 0))),
    )
    yield (
        "a diamond",
        numbered(
            image(),
            node(invert, image=["1", 0]),
            node(invert, image=["1", 0]),
            node("ImageBatch", image1=["2", 0], image2=["3", 0]),
            save(("4", 0)),
        ),
    )
    yield "latents that nothing decodes", numbered(latent(), image(), save(("2", 0)))
