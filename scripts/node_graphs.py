"""Graphs in API format that put each of ComfyUI's nodes without weights through its paces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Graph = dict[str, dict[str, Any]]
Link = list[Any]

METHODS = ("nearest-exact", "bilinear", "area", "bicubic", "lanczos")
BLEND_MODES = ("normal", "multiply", "screen", "overlay", "soft_light", "difference")

#: Files of every kind that LoadImage reads, and those that LoadImageMask does.
LOADED = (
    "photo.png", "alpha.png", "alpha.webp", "grey.png", "grey_alpha.png", "grey_transparent.png",
    "palette.png", "palette_transparent.png", "palette_soft.png", "rgb_transparent.png", "one_bit.png",
    "sixteen_grey.png", "sixteen_rgb.png", "integers.tif", "floats.tif", "cmyk.tif", "plain.bmp", "plain.jpg",
    "animated.gif", "animated_transparent.gif", "animated.png", "animated.webp", "pages.tif", "pair.mpo",
    "cut.png", "cut.jpg", "text.png",
)  # fmt: skip
LOADED_AS_MASK = (
    "alpha.png", "grey.png", "grey_alpha.png", "grey_transparent.png", "palette_soft.png",
    "rgb_transparent.png", "sixteen_grey.png", "integers.tif", "animated_transparent.gif", "cut.png",
)  # fmt: skip


class Sketch:
    """A graph in the making; nodes are numbered as they come."""

    def __init__(self) -> None:
        self.graph: Graph = {}

    def node(self, class_type: str, slot: int = 0, /, **inputs: Any) -> Link:
        """Add a node and return the link to one of its outputs."""
        node_id = str(len(self.graph) + 1)
        self.graph[node_id] = {"class_type": class_type, "inputs": inputs}
        return [node_id, slot]

    def load(self, name: str) -> Link:
        return self.node("LoadImage", image=name)

    def load_mask(self, name: str = "mask.png", channel: str = "red") -> Link:
        return self.node("LoadImageMask", image=name, channel=channel)

    def batch(self, *names: str) -> Link:
        """Return a batch of pictures, each scaled to the first."""
        link = self.load(names[0])
        for name in names[1:]:
            link = self.node("ImageBatch", image1=link, image2=self.load(name))
        return link

    def saved(self, image: Link) -> Graph:
        self.node("SaveImage", images=image, filename_prefix="node")
        return self.graph

    def saved_mask(self, mask: Link) -> Graph:
        return self.saved(self.node("MaskToImage", mask=mask))


def cases() -> dict[str, Graph]:
    """Return each graph by the name of its case; the last node saves the result."""
    found: dict[str, Graph] = {}
    for part in (_loading, _scaling, _making, _blending, _compositing, _masking):
        for name, graph in part():
            if name in found:
                raise ValueError(f"there are two cases with the name {name}")
            found[name] = graph
    return found


def _loading() -> Iterator[tuple[str, Graph]]:
    for name in (*LOADED, *(f"turned_{orientation}.png" for orientation in range(1, 9))):
        sketch = Sketch()
        yield f"LoadImage {name}", sketch.saved(sketch.load(name))
    for name in ("photo.png", "alpha.png", "grey_alpha.png", "grey_transparent.png", "palette_soft.png",
                 "rgb_transparent.png", "animated_transparent.gif", "animated.png"):  # fmt: skip
        sketch = Sketch()
        yield f"LoadImage mask of {name}", sketch.saved_mask(sketch.node("LoadImage", 1, image=name))
    for name in LOADED_AS_MASK:
        for channel in ("alpha", "green"):
            sketch = Sketch()
            yield f"LoadImageMask {channel} of {name}", sketch.saved_mask(sketch.load_mask(name, channel))
    for channel in ("red", "blue"):
        sketch = Sketch()
        yield (
            f"LoadImageMask {channel} of alpha.png",
            sketch.saved_mask(sketch.load_mask("alpha.png", channel)),
        )


def _scaling() -> Iterator[tuple[str, Graph]]:
    def scaled(source: str, class_type: str = "ImageScale", **inputs: Any) -> Graph:
        sketch = Sketch()
        return sketch.saved(sketch.node(class_type, image=sketch.load(source), **inputs))

    sizes = (
        ("odd.png", 59, 41, "disabled"), ("photo.png", 16, 11, "disabled"), ("photo.png", 53, 20, "disabled"),
        ("photo.png", 48, 32, "disabled"), ("photo.png", 30, 30, "center"), ("odd.png", 20, 47, "center"),
        ("tall.png", 40, 0, "disabled"), ("tall.png", 0, 19, "center"), ("tiny.png", 33, 33, "disabled"),
    )  # fmt: skip
    for method in METHODS:
        for source, width, height, crop in sizes:
            graph = scaled(source, upscale_method=method, width=width, height=height, crop=crop)
            yield f"ImageScale {source} to {width}x{height} {method} crop {crop}", graph
        for factor in (0.37, 0.5, 1.73):
            graph = scaled("photo.png", "ImageScaleBy", upscale_method=method, scale_by=factor)
            yield f"ImageScaleBy {factor} {method}", graph
        graph = scaled("tiny.png", "ImageScaleToTotalPixels", upscale_method=method, megapixels=0.01)
        yield f"ImageScaleToTotalPixels {method}", graph
    # Positions that fall between two pixels show how nearest-exact rounds.
    for width in (9, 10, 14, 15, 18, 36, 96):
        graph = scaled(
            "photo.png", upscale_method="nearest-exact", width=width, height=width // 2, crop="disabled"
        )
        yield f"ImageScale nearest-exact to width {width}", graph
    graph = scaled("odd.png", upscale_method="area", width=0, height=0, crop="center")
    yield "ImageScale to no size", graph
    graph = scaled("tall.png", upscale_method="bilinear", width=1, height=0, crop="disabled")
    yield "ImageScale to one column", graph
    graph = scaled("tiny.png", "ImageScaleBy", upscale_method="area", scale_by=0.01)
    yield "ImageScaleBy to nothing", graph


def _making() -> Iterator[tuple[str, Graph]]:
    for color, width, height, count in ((0, 16, 16, 1), (0x3366CC, 20, 12, 1), (0xFF8001, 7, 5, 2)):
        sketch = Sketch()
        inputs = {"width": width, "height": height, "batch_size": count, "color": color}
        yield f"EmptyImage {color:06x} x{count}", sketch.saved(sketch.node("EmptyImage", **inputs))
    sketch = Sketch()
    yield "ImageInvert", sketch.saved(sketch.node("ImageInvert", image=sketch.batch("photo.png", "odd.png")))
    for names in (("photo.png", "odd.png"), ("tall.png", "photo.png", "tiny.png"), ("odd.png", "plain.jpg")):
        sketch = Sketch()
        yield f"ImageBatch {' '.join(names)}", sketch.saved(sketch.batch(*names))
    for x, y, width, height in ((3, 5, 20, 10), (40, 20, 30, 30), (500, 500, 9, 9), (0, 0, 512, 512)):
        sketch = Sketch()
        cut = sketch.node("ImageCrop", image=sketch.load("photo.png"), x=x, y=y, width=width, height=height)
        yield f"ImageCrop {width}x{height} at {x},{y}", sketch.saved(cut)
    for left, top, right, bottom, feathering in (
        (8, 8, 8, 8, 5), (16, 0, 0, 0, 9), (0, 8, 0, 16, 11), (0, 0, 0, 0, 6), (8, 0, 16, 0, 0),
        (8, 8, 0, 0, 40), (3, 1, 2, 7, 15),
    ):  # fmt: skip
        inputs = {"left": left, "top": top, "right": right, "bottom": bottom, "feathering": feathering}
        name = f"ImagePadForOutpaint {left},{top},{right},{bottom} feathering {feathering}"
        sketch = Sketch()
        yield name, sketch.saved(sketch.node("ImagePadForOutpaint", image=sketch.load("photo.png"), **inputs))
        sketch = Sketch()
        mask = sketch.node("ImagePadForOutpaint", 1, image=sketch.load("photo.png"), **inputs)
        yield f"{name} mask", sketch.saved_mask(mask)
    for radius, sigma in ((1, 1.0), (1, 0.1), (2, 0.5), (5, 3.0), (11, 1.0), (22, 10.0), (31, 1.0)):
        sketch = Sketch()
        blurred = sketch.node("ImageBlur", image=sketch.load("odd.png"), blur_radius=radius, sigma=sigma)
        yield f"ImageBlur {radius} sigma {sigma}", sketch.saved(blurred)
    sketch = Sketch()
    blurred = sketch.node("ImageBlur", image=sketch.batch("tall.png", "photo.png"), blur_radius=4, sigma=1.0)
    yield "ImageBlur of a batch", sketch.saved(blurred)


def _blending() -> Iterator[tuple[str, Graph]]:
    for mode in BLEND_MODES:
        for factor, first, second in ((1.0, "photo.png", "odd.png"), (0.3, "tall.png", "photo.png")):
            sketch = Sketch()
            images: dict[str, Any] = {"image1": sketch.load(first), "image2": sketch.load(second)}
            blended = sketch.node("ImageBlend", **images, blend_factor=factor, blend_mode=mode)
            yield f"ImageBlend {mode} {factor}", sketch.saved(blended)
    batches: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "one with two": (("odd.png",), ("plain.jpg", "photo.png")),
        "two with one": (("odd.png", "photo.png"), ("tall.png",)),
        "two with three": (("odd.png", "photo.png"), ("tall.png", "photo.png", "odd.png")),
    }
    for name, (first_batch, second_batch) in batches.items():
        sketch = Sketch()
        images = {"image1": sketch.batch(*first_batch), "image2": sketch.batch(*second_batch)}
        blended = sketch.node("ImageBlend", **images, blend_factor=0.6, blend_mode="screen")
        yield f"ImageBlend {name}", sketch.saved(blended)


def _compositing() -> Iterator[tuple[str, Graph]]:
    def composed(
        x: int,
        y: int,
        *,
        below: tuple[str, ...] = ("photo.png",),
        above: tuple[str, ...] = ("odd.png",),
        resize: bool = False,
        mask: str | None = None,
        invert: bool = False,
    ) -> Graph:
        sketch = Sketch()
        inputs: dict[str, Any] = {"destination": sketch.batch(*below), "source": sketch.batch(*above)}
        if mask is not None:
            link = sketch.load_mask(mask)
            inputs["mask"] = sketch.node("InvertMask", mask=link) if invert else link
        return sketch.saved(sketch.node("ImageCompositeMasked", **inputs, x=x, y=y, resize_source=resize))

    yield "ImageCompositeMasked inside", composed(4, 6)
    yield "ImageCompositeMasked over the corner", composed(30, 25)
    yield "ImageCompositeMasked outside", composed(100, 3)
    yield "ImageCompositeMasked below", composed(3, 32)
    yield "ImageCompositeMasked larger source", composed(7, 9, below=("odd.png",), above=("photo.png",))
    yield "ImageCompositeMasked resized", composed(0, 0, resize=True)
    yield "ImageCompositeMasked resized and moved", composed(20, 10, resize=True, mask="mask.png")
    yield "ImageCompositeMasked with a mask", composed(4, 6, mask="mask.png")
    yield "ImageCompositeMasked with a wide mask over the corner", composed(30, 20, mask="wide_mask.png")
    yield "ImageCompositeMasked with an inverted mask", composed(0, 0, mask="mask.png", invert=True)
    two, three = ("photo.png", "tall.png"), ("odd.png", "tall.png", "photo.png")
    yield "ImageCompositeMasked two on three", composed(2, 2, below=three, above=two, mask="mask.png")
    yield "ImageCompositeMasked two on one", composed(2, 2, above=two)
    yield "ImageCompositeMasked with two masks", composed(2, 2, below=three, mask="animated.png")


def _masking() -> Iterator[tuple[str, Graph]]:
    for expand in (0, 1, 3, 12, 200, -1, -4, -200):
        for tapered in (True, False):
            sketch = Sketch()
            grown = sketch.node("GrowMask", mask=sketch.load_mask(), expand=expand, tapered_corners=tapered)
            yield f"GrowMask {expand} {'tapered' if tapered else 'square'}", sketch.saved_mask(grown)
    sketch = Sketch()
    several = sketch.node("ImageToMask", image=sketch.batch("odd.png", "photo.png"), channel="green")
    grown = sketch.node("GrowMask", mask=several, expand=2, tapered_corners=True)
    yield "GrowMask of a batch", sketch.saved_mask(grown)
    for left, top, right, bottom in (
        (7, 0, 0, 0), (0, 5, 0, 0), (0, 0, 9, 0), (0, 0, 0, 8), (1, 1, 1, 1), (6, 4, 3, 10), (99, 99, 99, 99),
        (0, 0, 0, 0), (30, 0, 30, 0),
    ):  # fmt: skip
        sketch = Sketch()
        solid = sketch.node("SolidMask", value=1.0, width=24, height=18)
        sides = {"left": left, "top": top, "right": right, "bottom": bottom}
        faded = sketch.node("FeatherMask", mask=solid, **sides)
        yield f"FeatherMask {left},{top},{right},{bottom}", sketch.saved_mask(faded)
    sketch = Sketch()
    faded = sketch.node("FeatherMask", mask=sketch.load_mask(), left=20, top=3, right=11, bottom=15)
    yield "FeatherMask of a shape", sketch.saved_mask(faded)
    for value in (0.0, 0.3, 0.5, 1.0):
        sketch = Sketch()
        yield (
            f"SolidMask {value}",
            sketch.saved_mask(sketch.node("SolidMask", value=value, width=9, height=5)),
        )
    sketch = Sketch()
    yield "InvertMask", sketch.saved_mask(sketch.node("InvertMask", mask=sketch.load_mask()))
    for channel in ("red", "green", "blue", "alpha"):
        sketch = Sketch()
        mask = sketch.node("ImageToMask", image=sketch.batch("odd.png", "photo.png"), channel=channel)
        yield f"ImageToMask {channel}", sketch.saved_mask(mask)
