"""What ComfyUI 0.3.64 answers to `GET /object_info`, with the files that a test wants in its lists."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from atelier.workflows.model_sets import LOADERS, ModelSet
from atelier.workflows.object_info import NodeCatalogue

REFERENCE = Path(__file__).parents[2] / "reference/comfyui"

#: Further inputs that offer the files of a folder.
_ALSO = {"text_encoders": (("DualCLIPLoader", "clip_name1"), ("DualCLIPLoader", "clip_name2"))}


@cache
def object_info() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((REFERENCE / "object_info-0.3.64.json").read_text(encoding="utf-8"))
    return document


def object_info_with(sets: Iterable[ModelSet], pictures: Iterable[str] = ()) -> dict[str, Any]:
    """Return the answer of a server that has the files of model sets, and uploaded pictures."""
    document = copy.deepcopy(object_info())

    def offer(class_type: str, input_name: str, name: str) -> None:
        options = document[class_type]["input"]["required"][input_name][0]
        if name not in options:
            options.append(name)

    for each in sets:
        for file in each.files:
            for class_type, input_name in (LOADERS[file.folder], *_ALSO.get(file.folder, ())):
                offer(class_type, input_name, file.name)
    for name in pictures:
        offer("LoadImage", "image", name)
        offer("LoadImageMask", "image", name)
    return document


def catalogue_with(sets: Iterable[ModelSet], pictures: Iterable[str] = ()) -> NodeCatalogue:
    """Return the node classes of such a server."""
    return NodeCatalogue.parse(object_info_with(sets, pictures))
