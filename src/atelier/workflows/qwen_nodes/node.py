"""What the catalogue says of one Qwen node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from atelier.workflows.object_info import InputType, NodeType, OutputType

PACK = "ComfyUI-QwenImageWanBridge"


@dataclass(frozen=True, kw_only=True)
class Commit:
    """A commit and its author's day."""

    sha: str
    day: str


#: The pack's last commit of October 2025; sockets of its nodes are as they were there.
OCTOBER = Commit(sha="bba3f0913bb8a15f974901e14fe18a9ac7debb47", day="2025-10-19")
#: The pack's newest commit that was read.
NEWEST = Commit(sha="8a275a2c8d046f3cd7ee7b317c99ef85237dac05", day="2025-12-02")


@dataclass(frozen=True, kw_only=True)
class NativeOrigin:
    """A node that ComfyUI ships itself."""

    #: The first version of ComfyUI whose commit has the node.
    version: str
    #: The commit that added it.
    commit: Commit
    #: The file of ComfyUI that holds it.
    path: str

    @property
    def summary(self) -> str:
        return f"ComfyUI since {self.version}"

    @property
    def source(self) -> str:
        """Address of the commit that added it."""
        return f"https://github.com/comfyanonymous/ComfyUI/commit/{self.commit.sha}"


@dataclass(frozen=True, kw_only=True)
class PackOrigin:
    """A node of the pack ComfyUI-QwenImageWanBridge."""

    #: The file of the pack that holds it at `OCTOBER`.
    path: str
    #: The first commit that registers it.
    first: Commit
    #: The last commit that registers it; `NEWEST` for a node that was not dropped.
    last: Commit = NEWEST
    #: The first commit without it and the first with it again, where it was away in between.
    away: tuple[Commit, Commit] | None = None
    #: What is different at `NEWEST`; empty where nothing is, or where the node is gone.
    later: str = ""

    @property
    def dropped(self) -> bool:
        return self.last != NEWEST

    @property
    def summary(self) -> str:
        if self.dropped:
            return f"{PACK}, {self.first.day} to {self.last.day}, then dropped"
        return f"{PACK} since {self.first.day}"

    @property
    def source(self) -> str:
        """Address of the file that was read."""
        return f"https://github.com/fblissjr/{PACK}/blob/{OCTOBER.sha}/{self.path}"


@dataclass(frozen=True, kw_only=True)
class Wire:
    """One link between two nodes of a native way.

    Where a class stands there twice, the second is called after its role: `KSampler (refine)`.
    """

    source: str
    output: str
    target: str
    input: str

    @property
    def source_class(self) -> str:
        return self.source.partition(" (")[0]

    @property
    def target_class(self) -> str:
        return self.target.partition(" (")[0]

    def __str__(self) -> str:
        return f"{self.source}.{self.output} -> {self.target}.{self.input}"


def wires(*texts: str) -> tuple[Wire, ...]:
    """Read wires from `KSampler.LATENT -> VAEDecode.samples`."""
    found = []
    for text in texts:
        start, end = text.split(" -> ")
        source, output = start.rsplit(".", 1)
        target, name = end.rsplit(".", 1)
        found.append(Wire(source=source, output=output, target=target, input=name))
    return tuple(found)


@dataclass(frozen=True, kw_only=True)
class NativeWay:
    """How ComfyUI's own nodes do the same, or how one of its own is wired."""

    #: The classes, in the order of the flow.
    nodes: tuple[str, ...]
    wires: tuple[Wire, ...] = ()
    #: Inputs that need a certain value: `CLIPLoader.type` -> `qwen_image`.
    settings: Mapping[str, str | int | float] = field(default_factory=dict)
    #: Whether it does all that the node does; else `note` says what it leaves out.
    complete: bool = True
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class QwenNode:
    """One node of the catalogue."""

    type: NodeType
    group: str
    purpose: str
    origin: NativeOrigin | PackOrigin
    native_way: NativeWay
    #: What to know before one uses it.
    caution: str = ""

    @property
    def name(self) -> str:
        return self.type.name

    @property
    def native(self) -> bool:
        return isinstance(self.origin, NativeOrigin)


def node_type(
    name: str,
    title: str,
    category: str,
    inputs: tuple[InputType, ...],
    outputs: tuple[OutputType, ...],
    *,
    output_node: bool = False,
    experimental: bool = False,
) -> NodeType:
    """Return a class with its sockets in the order of the page."""
    return NodeType(
        name=name,
        display_name=title,
        category=category,
        inputs={each.name: each for each in inputs},
        outputs=outputs,
        output_node=output_node,
        experimental=experimental,
    )
