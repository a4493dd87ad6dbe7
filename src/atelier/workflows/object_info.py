"""The node classes of a server, read once from what it answers to `GET /object_info`.

Source: docs/reference/protocol.md, object_info. Two dialects declare a combo: the old `[[options], {...}]`
and the new `["COMBO", {"options": [...]}]`. What is not declared as it should be is read as far as it goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal

#: The types whose values the page edits in the node; all other inputs are links.
WIDGET_TYPES = frozenset({"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"})

Group = Literal["required", "optional", "hidden"]
_GROUPS: tuple[Group, ...] = ("required", "optional", "hidden")
_UPLOADS = {
    "image_upload": "image",
    "animated_image_upload": "image",
    "audio_upload": "audio",
    "video_upload": "video",
    "file_upload": "file",
}
#: Modules that come with ComfyUI.
_NATIVE = ("comfy_extras.", "comfy_api_nodes.")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class InputType:
    """One input of a node class."""

    name: str
    #: `INT`, `IMAGE`, ...; `COMBO` for both dialects; `*` takes any; several may stand between commas.
    type: str
    required: bool = True
    #: Filled by the server, such as the whole workflow; not to be sent.
    hidden: bool = False
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    #: What a combo offers; None for other types, and where the page asks elsewhere for the choices.
    options: tuple[Any, ...] | None = None
    #: How a combo is declared: the server checks the values of `old` ones only (0.3.64).
    dialect: Literal["old", "new"] | None = None
    multiselect: bool = False
    multiline: bool = False
    #: The page reads `{a|b}` and comments in it before it sends the text.
    dynamic_prompts: bool = False
    #: The page draws a second widget after it, which changes the seed after each run.
    control_after_generate: bool = False
    #: What the page offers to upload for this combo: `image`, `audio`, `video` or `file`.
    upload: str | None = None
    #: The folder of the server whose files the combo lists, where it is an upload.
    upload_folder: str = "input"
    #: The page draws a socket for it although its type has a widget.
    force_input: bool = False
    tooltip: str = ""

    @property
    def types(self) -> frozenset[str]:
        """The types that it takes."""
        return _types_in(self.type)

    @property
    def takes_literals(self) -> bool:
        """Whether a value can stand here as well as a link."""
        return self.type in WIDGET_TYPES or self.type == "*" or not self.types.isdisjoint(WIDGET_TYPES)

    @property
    def widget(self) -> bool:
        """Whether the page edits it in the node, so that UI workflows hold it among `widgets_values`."""
        return self.type in WIDGET_TYPES and not self.force_input and not self.hidden


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputType:
    """One output of a node class."""

    name: str
    #: As an input's.
    type: str
    is_list: bool = False
    #: What the combo offers that it gives one of, in the old dialect; None for all else.
    options: tuple[Any, ...] | None = None

    @property
    def types(self) -> frozenset[str]:
        """The types of which it gives one."""
        return _types_in(self.type)


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeType:
    """A node class as the server declares it."""

    name: str
    #: What the page calls it; the class name where it declares none.
    display_name: str
    category: str = ""
    #: By name, in the order in which the page draws them: required, optional, hidden.
    inputs: Mapping[str, InputType] = field(default_factory=dict)
    outputs: tuple[OutputType, ...] = ()
    #: Whether a workflow can end here.
    output_node: bool = False
    description: str = ""
    #: The module that brings it: `nodes`, `comfy_extras.nodes_mask`, `custom_nodes.some_pack`.
    python_module: str = ""
    deprecated: bool = False
    experimental: bool = False
    #: Whether it calls the paid services of comfy.org.
    api_node: bool = False

    @property
    def native(self) -> bool:
        """Whether it comes with ComfyUI itself."""
        return self.python_module == "nodes" or self.python_module.startswith(_NATIVE)


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeCatalogue:
    """The node classes of a server by name."""

    nodes: Mapping[str, NodeType] = field(default_factory=dict)

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> NodeCatalogue:
        """Read the answer to `GET /object_info`; an entry that is no declaration is left out."""
        nodes: dict[str, NodeType] = {}
        if isinstance(document, Mapping):
            for name, declaration in document.items():
                if isinstance(name, str) and isinstance(declaration, Mapping):
                    nodes[name] = _node(name, declaration)
        return cls(nodes=nodes)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.nodes)

    def get(self, class_type: object) -> NodeType | None:
        """Return the class of that name; None for an unknown one and for what is no name."""
        return self.nodes.get(class_type) if isinstance(class_type, str) else None

    def __contains__(self, class_type: object) -> bool:
        return self.get(class_type) is not None

    def __iter__(self) -> Iterator[NodeType]:
        return iter(self.nodes.values())

    def __len__(self) -> int:
        return len(self.nodes)


@lru_cache(maxsize=4096)
def _types_in(type: str) -> frozenset[str]:
    # Servers know a few hundred, and each check of a workflow asks for the same ones again and again.
    return frozenset(each.strip() for each in type.split(","))


def read_input(name: str, config: object, group: Group = "required") -> InputType:
    """Return the input of a declaration `[type, settings]`; of any type where there is none."""
    required, hidden = group == "required", group == "hidden"
    if isinstance(config, str):
        return InputType(name=name, type=config, required=required, hidden=hidden)
    parts = config if isinstance(config, (list, tuple)) else ()
    kind = parts[0] if parts else "*"
    settings = parts[1] if len(parts) > 1 and isinstance(parts[1], Mapping) else _NOTHING
    options: tuple[Any, ...] | None = None
    dialect: Literal["old", "new"] | None = None
    if isinstance(kind, (list, tuple)):
        kind, options, dialect = "COMBO", tuple(kind), "old"
    elif kind == "COMBO":
        listed, dialect = settings.get("options"), "new"
        options = tuple(listed) if isinstance(listed, (list, tuple)) else None
    if not settings:
        return InputType(
            name=name, type=_type(kind), required=required, hidden=hidden, options=options, dialect=dialect
        )
    return InputType(
        name=name,
        type=_type(kind),
        required=required,
        hidden=hidden,
        default=settings.get("default"),
        minimum=_number(settings.get("min")),
        maximum=_number(settings.get("max")),
        step=_number(settings.get("step")),
        options=options,
        dialect=dialect,
        multiselect=bool(settings.get("multiselect", settings.get("multi_select"))),
        multiline=settings.get("multiline") is True,
        dynamic_prompts=settings.get("dynamicPrompts") is True,
        control_after_generate=bool(settings.get("control_after_generate")),
        upload=next((kind for key, kind in _UPLOADS.items() if settings.get(key) is True), None),
        upload_folder=_text(settings.get("image_folder")) or "input",
        force_input=settings.get("forceInput") is True,
        tooltip=_text(settings.get("tooltip")),
    )


def _node(name: str, declaration: Mapping[str, Any]) -> NodeType:
    return NodeType(
        name=name,
        display_name=_text(declaration.get("display_name")) or name,
        category=_text(declaration.get("category")),
        inputs=_inputs(declaration),
        outputs=_outputs(declaration),
        output_node=declaration.get("output_node") is True,
        description=_text(declaration.get("description")),
        python_module=_text(declaration.get("python_module")),
        deprecated=declaration.get("deprecated") is True,
        experimental=declaration.get("experimental") is True,
        api_node=declaration.get("api_node") is True,
    )


def _inputs(declaration: Mapping[str, Any]) -> dict[str, InputType]:
    groups = _mapping(declaration.get("input"))
    order = _mapping(declaration.get("input_order"))
    inputs: dict[str, InputType] = {}
    for group in _GROUPS:
        declared = _mapping(groups.get(group))
        listed = order.get(group)
        names = [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
        for name in dict.fromkeys([*names, *declared]):
            if name in declared and isinstance(name, str) and name not in inputs:
                inputs[name] = read_input(name, declared[name], group)
    return inputs


def _outputs(declaration: Mapping[str, Any]) -> tuple[OutputType, ...]:
    types, names, lists = (
        each if isinstance(each, (list, tuple)) else ()
        for each in (declaration.get(key) for key in ("output", "output_name", "output_is_list"))
    )
    outputs = []
    for slot, kind in enumerate(types):
        # An output that gives one of a combo's options declares the options as its type.
        options = tuple(kind) if isinstance(kind, (list, tuple)) else None
        type = _type(kind) if options is None else "COMBO"
        name = _text(names[slot]) if slot < len(names) else ""
        is_list = slot < len(lists) and lists[slot] is True
        outputs.append(OutputType(name=name or type, type=type, is_list=is_list, options=options))
    return tuple(outputs)


def _type(kind: object) -> str:
    return kind if isinstance(kind, str) and kind else "*"


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else _NOTHING


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
