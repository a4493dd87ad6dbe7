"""Small node classes for the tests of execution, described as ComfyUI describes its own of that name."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from atelier.engine.context import NodeContext
from atelier.engine.folders import Folders
from atelier.engine.node import (
    Input,
    NodeClass,
    NodeResult,
    Output,
    boolean,
    combo,
    integer,
    number,
    socket,
    text,
)
from atelier.engine.values import Image

IMAGE = Output(type="IMAGE", name="IMAGE")
LATENT = Output(type="LATENT", name="LATENT")


class Calls:
    """Counts how often nodes ran, by class name."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.order: list[str] = []

    def note(self, name: str, node_id: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1
        self.order.append(node_id)


def node(
    name: str,
    run: Callable[..., Any],
    *inputs: Input,
    outputs: tuple[Output, ...] = (IMAGE,),
    **settings: Any,
) -> NodeClass:
    return NodeClass(name=name, category="test", inputs=inputs, outputs=outputs, run=run, **settings)


def small_nodes(calls: Calls) -> tuple[NodeClass, ...]:
    """Return the classes; what they run is noted in `calls`."""

    def empty_image(
        context: NodeContext, *, width: int, height: int, batch_size: int, color: int
    ) -> tuple[Image]:
        calls.note("EmptyImage", context.node_id)
        return (np.full((batch_size, height, width, 3), color / 0xFFFFFF, np.float32),)

    def invert(context: NodeContext, *, image: Image) -> tuple[Image]:
        calls.note("ImageInvert", context.node_id)
        return ((1 - image).astype(np.float32),)

    def save(context: NodeContext, *, images: Image, filename_prefix: str = "p") -> NodeResult:
        calls.note("SaveImage", context.node_id)
        folder = context.folders.output
        folder.mkdir(parents=True, exist_ok=True)
        shape = images.shape
        name = f"{filename_prefix}_{len(list(folder.iterdir())) + 1:05}_.png"
        (folder / name).write_text(str(shape))
        return NodeResult(ui={"images": [{"filename": name, "subfolder": "", "type": "output"}]})

    def load(context: NodeContext, *, image: str) -> tuple[Image]:
        calls.note("LoadImage", context.node_id)
        size = len(context.folders.annotated(image).read_bytes())
        return (np.zeros((1, size, size, 3), np.float32),)

    def scale(
        context: NodeContext, *, image: Image, upscale_method: str, width: int, height: int, crop: str
    ) -> tuple[Image]:
        calls.note("ImageScale", context.node_id)
        return (np.zeros((len(image), height, width, 3), np.float32),)

    def latent(context: NodeContext, *, width: int, height: int, batch_size: int) -> tuple[Any]:
        calls.note("EmptyLatentImage", context.node_id)
        return (np.zeros((batch_size, 4, height // 8, width // 8), np.float32),)

    def remark(context: NodeContext, *, text: str) -> tuple[Image]:
        calls.note("Remark", context.node_id)
        context.notice("unknown_words", f"I do not know {text}.", text)
        return (np.zeros((1, 1, 1, 3), np.float32),)

    def missing_file(folders: Folders, values: Mapping[str, Any]) -> str | None:
        if folders.annotated(values["image"]).is_file():
            return None
        return f"Invalid image file: {values['image']}"

    def content(folders: Folders, values: Mapping[str, Any]) -> str:
        return folders.annotated(values["image"]).read_text()

    return (
        node(
            "EmptyImage",
            empty_image,
            integer("width", default=512, min=1, max=16384, step=1),
            integer("height", default=512, min=1, max=16384, step=1),
            integer("batch_size", default=1, min=1, max=4096),
            integer("color", default=0, min=0, max=0xFFFFFF, step=1, display="color"),
        ),
        node("ImageInvert", invert, socket("image", "IMAGE")),
        node(
            "SaveImage",
            save,
            socket("images", "IMAGE"),
            text("filename_prefix", default="ComfyUI"),
            outputs=(),
            output_node=True,
            hidden={"prompt": "PROMPT", "extra_pnginfo": "EXTRA_PNGINFO"},
        ),
        node("PreviewImage", save, socket("images", "IMAGE"), outputs=(), output_node=True),
        node(
            "LoadImage",
            load,
            combo("image", lambda folders: folders.input_names(), image_upload=True),
            validated=("image",),
            validate=missing_file,
            fingerprint=content,
        ),
        node(
            "ImageScale",
            scale,
            socket("image", "IMAGE"),
            combo("upscale_method", ("nearest-exact", "bilinear", "area", "bicubic", "lanczos")),
            integer("width", default=512, min=0, max=16384, step=1),
            integer("height", default=512, min=0, max=16384, step=1),
            combo("crop", ("disabled", "center")),
        ),
        node(
            "EmptyLatentImage",
            latent,
            integer("width", default=512, min=16, max=16384, step=8),
            integer("height", default=512, min=16, max=16384, step=8),
            integer("batch_size", default=1, min=1, max=4096),
            outputs=(LATENT,),
        ),
        node("Remark", remark, text("text")),
        node(
            "Many",
            lambda context, **inputs: (inputs,),
            number("strength", default=1.0, min=0.0, max=10.0),
            boolean("flag", default=False),
            combo("name", tuple(f"option {each}" for each in range(21))),
            Input(name="note", type="STRING", required=False),
            outputs=(IMAGE,),
        ),
        node(
            "NewCombo",
            lambda context, **inputs: (inputs,),
            combo("mode", ("a", "b")),
            dialect="new",
            python_module="comfy_extras.nodes_images",
        ),
    )


class Gate:
    """A node class `Gate` that runs until it is opened or its job is interrupted."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()
        self.node = node("Gate", self._run, text("text", default=""))

    def _run(self, context: NodeContext, *, text: str) -> tuple[Image]:
        self.entered.set()
        while not self.opened.wait(0.001):
            context.report_progress(1, 2, None)
        return (np.zeros((1, 1, 1, 3), np.float32),)


def raising(error: Callable[[], BaseException]) -> NodeClass:
    """Return a node class `Raise` that raises."""

    def run(context: NodeContext, *, image: Image) -> tuple[Image]:
        raise error()

    return node("Raise", run, socket("image", "IMAGE"))


def folders_in(path: Path) -> Folders:
    folders = Folders(base=path)
    folders.create()
    return folders
