"""Runs graphs of nodes without weights, and keeps what they report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage

from atelier.engine.context import NodeContext
from atelier.engine.diffusion.model_files import ModelFiles
from atelier.engine.folders import Folders
from atelier.engine.node import NodeClass, NodeResult
from atelier.engine.nodes import compositing, files, images, masks, scaling
from atelier.schemas.notices import Notice

CLASSES: dict[str, NodeClass] = {
    each.name: each for module in (files, images, scaling, compositing, masks) for each in module.NODES
}

Graph = Mapping[str, Mapping[str, Any]]
Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Workbench:
    """The folders of an engine, and nodes that are run in them one after the other."""

    folders: Folders
    notices: list[Notice] = field(default_factory=list)

    @classmethod
    def at(cls, base: Path) -> Workbench:
        folders = Folders(base=base)
        folders.create()
        return cls(folders=folders)

    def context(
        self,
        node_id: str = "1",
        *,
        graph: Graph | None = None,
        extra_pnginfo: Mapping[str, Any] | None = None,
        check_interrupted: Callable[[], None] = lambda: None,
    ) -> NodeContext:
        return NodeContext(
            node_id=node_id,
            folders=self.folders,
            models=ModelFiles(self.folders),
            prompt=graph or {},
            extra_pnginfo=extra_pnginfo or {},
            report_progress=lambda value, maximum, latent: None,
            check_interrupted=check_interrupted,
            report_notice=self.notices.append,
        )

    def call(self, class_type: str, **inputs: Any) -> tuple[Any, ...]:
        """Run one node and return its values."""
        result = CLASSES[class_type].run(self.context(), **inputs)
        assert isinstance(result, tuple)
        return result

    def run(self, graph: Graph, *, extra_pnginfo: Mapping[str, Any] | None = None) -> list[dict[str, str]]:
        """Run the nodes in the order in which they stand, and return the files that the last one names."""
        values: dict[str, tuple[Any, ...]] = {}
        shown: Mapping[str, Any] = {}
        for node_id, node in graph.items():
            inputs = {
                name: values[value[0]][value[1]] if isinstance(value, list) else value
                for name, value in node["inputs"].items()
            }
            context = self.context(node_id, graph=graph, extra_pnginfo=extra_pnginfo)
            result = CLASSES[node["class_type"]].run(context, **inputs)
            if isinstance(result, NodeResult):
                values[node_id], shown = result.values, result.ui or {}
            else:
                values[node_id] = result
        saved: list[dict[str, str]] = shown["images"]
        return saved

    def path(self, file: Mapping[str, str]) -> Path:
        return self.folders.path(file["filename"], type=file["type"], subfolder=file["subfolder"])

    def pixels(self, file: Mapping[str, str]) -> Pixels:
        return pixels(self.path(file))


def pixels(path: Path) -> Pixels:
    """Return a picture file as uint8 [height, width, 3]."""
    with PillowImage.open(path) as picture:
        return np.asarray(picture.convert("RGB"))
