"""Finds the model sets that a server has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from atelier.workflows.model_sets.model_set import Folder, ModelFile, ModelSet, Task

#: The loader, and its input, that offers the files of each folder.
LOADERS: dict[Folder, tuple[str, str]] = {
    "checkpoints": ("CheckpointLoaderSimple", "ckpt_name"),
    "diffusion_models": ("UNETLoader", "unet_name"),
    "loras": ("LoraLoaderModelOnly", "lora_name"),
    "text_encoders": ("CLIPLoader", "clip_name"),
    "vae": ("VAELoader", "vae_name"),
}


def detect(object_info: Mapping[str, Any], sets: Iterable[ModelSet]) -> tuple[ModelSet, ...]:
    """Return the sets of which a server has every file, in the order of `sets`.

    Files are recognised by their base name; the returned sets carry the names as the server spells them,
    sub-folder included.

    Args:
        object_info: The answer to `GET /object_info`; the entries of `LOADERS` suffice.
        sets: The sets to look for.
    """
    found = []
    for each in sets:
        names = {file: name for file in each.files if (name := _offered(object_info, file)) is not None}
        if len(names) == len(set(each.files)):
            found.append(each.renamed(names))
    return tuple(found)


def choose(sets: Iterable[ModelSet], task: Task) -> ModelSet | None:
    """Return the first set that can do the task, or None."""
    return next((each for each in sets if task in each.tasks), None)


def combo_options(object_info: Mapping[str, Any], class_type: str, input_name: str) -> tuple[str, ...]:
    """Return what a combo offers, in either of ComfyUI's dialects; empty where there is none.

    Source: docs/reference/protocol.md, object_info.
    """
    groups = object_info.get(class_type, {}).get("input", {})
    for group in ("required", "optional"):
        config = groups.get(group, {}).get(input_name)
        if not config:
            continue
        options: Any = config[0]
        if options == "COMBO" and len(config) > 1:
            options = config[1].get("options", [])
        if isinstance(options, Sequence) and not isinstance(options, str):
            return tuple(each for each in options if isinstance(each, str))
    return ()


def _offered(object_info: Mapping[str, Any], file: ModelFile) -> str | None:
    options = combo_options(object_info, *LOADERS[file.folder])
    if file.name in options:
        return file.name
    return next((each for each in options if PurePosixPath(each.replace("\\", "/")).name == file.name), None)
