"""The description of a node class: its inputs, its outputs, and the function that runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from atelier.engine.folders import Folders

#: The largest side that ComfyUI's size widgets accept, in pixels.
MAX_RESOLUTION = 16384

#: The types of inputs that a value can fill; the others take links only.
WIDGET_TYPES = frozenset({"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"})

#: Options of a combo: fixed, or read from the engine's folders each time they are asked for.
Options = tuple[str, ...] | Callable[["Folders"], Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Input:
    """One named input of a node class: a socket, or a widget with its range."""

    name: str
    #: `IMAGE`, `INT`, `COMBO`, ...
    type: str
    required: bool = True
    #: What stands beside the type in `/object_info`: default, min, max, step, multiline, ...
    settings: Mapping[str, Any] = field(default_factory=dict)
    #: The combo's choices; None for every other type.
    options: Options | None = None

    def choices(self, folders: Folders) -> tuple[str, ...]:
        """Return the combo's choices as they are now; empty for other types."""
        if self.options is None:
            return ()
        return tuple(self.options(folders)) if callable(self.options) else self.options


def socket(name: str, type: str, *, required: bool = True) -> Input:
    """Return an input that only a link can fill."""
    return Input(name=name, type=type, required=required)


def integer(
    name: str, *, default: int, min: int, max: int, step: int | None = None, **settings: Any
) -> Input:
    """Return an INT widget; `min` and `max` are inclusive."""
    return Input(name=name, type="INT", settings=_range(default, min, max, step) | settings)


def number(
    name: str, *, default: float, min: float, max: float, step: float | None = None, **settings: Any
) -> Input:
    """Return a FLOAT widget; `min` and `max` are inclusive."""
    return Input(name=name, type="FLOAT", settings=_range(default, min, max, step) | settings)


def boolean(name: str, *, default: bool) -> Input:
    """Return a BOOLEAN widget."""
    return Input(name=name, type="BOOLEAN", settings={"default": default})


def text(name: str, **settings: Any) -> Input:
    """Return a STRING widget."""
    return Input(name=name, type="STRING", settings=settings)


def combo(name: str, options: Options, *, required: bool = True, **settings: Any) -> Input:
    """Return a choice from a list."""
    return Input(name=name, type="COMBO", options=options, required=required, settings=settings)


def _range(default: float, low: float, high: float, step: float | None) -> dict[str, float]:
    settings = {"default": default, "min": low, "max": high}
    return settings if step is None else settings | {"step": step}


@dataclass(frozen=True, kw_only=True)
class Output:
    """One named output of a node class."""

    type: str
    name: str


@dataclass(frozen=True, kw_only=True)
class NodeResult:
    """What running a node gave: a value for each output, and what the page shows of it."""

    values: tuple[Any, ...] = ()
    #: ComfyUI's `executed.output`, such as `{"images": [{"filename", "subfolder", "type"}]}`.
    ui: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class NodeClass:
    """A kind of node: what `/object_info` says of it, and how it runs.

    `run` is called in the worker's thread with the context and the node's inputs by name; it returns a
    tuple with one value for each output, or a NodeResult.
    """

    name: str
    category: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    run: Callable[..., tuple[Any, ...] | NodeResult]
    display_name: str | None = None
    #: Where ComfyUI defines it. Modules under `comfy_extras` may use the new dialect.
    python_module: str = "nodes"
    #: "new" for ComfyUI's V3 schema: combos travel as `["COMBO", {"options": [...]}]` and are not
    #: checked before the run.
    dialect: Literal["classic", "new"] = "classic"
    output_node: bool = False
    experimental: bool = False
    #: Hidden inputs in ComfyUI's spelling, such as {"prompt": "PROMPT"}.
    hidden: Mapping[str, str] = field(default_factory=dict)
    #: Inputs that `validate` looks at when they are literals.
    validated: tuple[str, ...] = ()
    #: Called before the prompt is queued with the folders and the literal values of `validated`
    #: (those that are linked are absent); returns what is wrong, or None.
    validate: Callable[[Folders, Mapping[str, Any]], str | None] | None = None
    #: What besides the inputs decides the result, such as a file's content; part of the cache key.
    fingerprint: Callable[[Folders, Mapping[str, Any]], str] | None = None

    def input(self, name: str) -> Input | None:
        """Return the input of that name, or None."""
        return next((each for each in self.inputs if each.name == name), None)

    def object_info(self, folders: Folders) -> dict[str, Any]:
        """Return this class's entry of `GET /object_info` (docs/reference/protocol.md)."""
        groups: dict[str, dict[str, Any]] = {}
        for each in self.inputs:
            group = groups.setdefault("required" if each.required else "optional", {})
            group[each.name] = self.input_config(each, folders)
        if self.hidden:
            groups["hidden"] = dict(self.hidden)
        entry: dict[str, Any] = {
            "input": groups,
            "input_order": {name: list(group) for name, group in groups.items()},
            "output": [each.type for each in self.outputs],
            "output_is_list": [False] * len(self.outputs),
            "output_name": [each.name for each in self.outputs],
            "name": self.name,
            "display_name": self.display_name,
            "description": "",
            "python_module": self.python_module,
            "category": self.category,
            "output_node": self.output_node,
        }
        if self.dialect == "new":
            entry |= {"deprecated": False, "experimental": self.experimental, "api_node": False}
        return entry

    def input_config(self, each: Input, folders: Folders) -> list[Any]:
        """Return an input's type and settings as `/object_info` and validation errors show them."""
        if each.type != "COMBO":
            return [each.type, dict(each.settings)] if each.settings else [each.type]
        choices = list(each.choices(folders))
        if self.dialect == "new":
            return ["COMBO", {"multiselect": False, "options": choices, **each.settings}]
        return [choices, dict(each.settings)] if each.settings else [choices]
