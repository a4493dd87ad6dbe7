"""One workflow that a real ComfyUI is asked about, and the nodes that most of them are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Case:
    """A workflow, good or broken."""

    #: What is special about it, `theme/words`.
    name: str
    #: What is sent as `prompt`; mostly an object of nodes by id.
    workflow: Any
    #: Whether it is run to its end once it is accepted; what needs weights or minutes is not.
    run: bool = True


def node(class_type: str, /, **inputs: Any) -> dict[str, Any]:
    """Return a node as the API format writes it."""
    return {"class_type": class_type, "inputs": inputs}


def image(width: Any = 16, height: Any = 16, batch_size: Any = 1, color: Any = 0) -> dict[str, Any]:
    """Return a node that makes a plain picture."""
    return node("EmptyImage", width=width, height=height, batch_size=batch_size, color=color)


def mask(width: Any = 16, height: Any = 16, value: Any = 1.0) -> dict[str, Any]:
    """Return a node that makes a plain mask."""
    return node("SolidMask", width=width, height=height, value=value)


def latent(width: Any = 64, height: Any = 64, batch_size: Any = 1) -> dict[str, Any]:
    """Return a node that makes an empty latent."""
    return node("EmptyLatentImage", width=width, height=height, batch_size=batch_size)


def save(link: Any = ("1", 0), filename_prefix: Any = "check") -> dict[str, Any]:
    """Return a node that saves pictures."""
    return node("SaveImage", images=_json(link), filename_prefix=filename_prefix)


def preview(link: Any = ("1", 0)) -> dict[str, Any]:
    """Return a node that shows pictures."""
    return node("PreviewImage", images=_json(link))


def numbered(*nodes: Any) -> dict[str, Any]:
    """Return the workflow of these nodes under the ids 1, 2, 3, ..."""
    return {str(at): each for at, each in enumerate(nodes, start=1)}


def with_input(entry: dict[str, Any], **inputs: Any) -> dict[str, Any]:
    """Return a node with some inputs added or replaced."""
    return {**entry, "inputs": {**entry["inputs"], **inputs}}


def without(entry: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return a node without some inputs."""
    return {**entry, "inputs": {name: value for name, value in entry["inputs"].items() if name not in names}}


def _json(link: Any) -> Any:
    return list(link) if isinstance(link, tuple) else link
