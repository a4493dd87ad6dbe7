"""How large, how many and how long: bounds of what a workflow makes, known before it runs.

Each node that gives pictures, masks or latents is given an extent: the width and height in pixels, and how
many there are, at most. Extents follow the links; nodes that enlarge, repeat or join say by how much. What
cannot be known before the workflow runs is named instead of guessed.
Source: the node classes of ComfyUI 0.3.64.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from atelier.workflows import wiring
from atelier.workflows.object_info import NodeCatalogue, NodeType

#: What is carried along links: the types of pictures in all their forms.
_PICTURES = frozenset({"IMAGE", "LATENT", "MASK"})
#: Sides and counts are cut here, far above any bound, so that no arithmetic goes astray.
_MOST = 10**9
#: A picture whose size nobody knows: that for which most models are made.
_USUAL_SIDE = 1024
_MEGAPIXEL = 1024 * 1024
#: How much an upscaling model enlarges whose name does not say it.
_USUAL_UPSCALING = 4

#: Inputs that say how many frames a clip has.
_FRAMES = ("length", "video_frames")


@dataclass(frozen=True, kw_only=True)
class Extent:
    """The size of pictures, and how many go together."""

    width: int = 0
    height: int = 0
    count: int = 0

    @property
    def pixels(self) -> int:
        return self.width * self.height


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """An input on which an extent depends, and whose value is not known before the workflow runs."""

    node_id: str
    input_name: str


@dataclass(frozen=True, kw_only=True)
class Extents:
    """What the nodes of a workflow make."""

    #: By node, for those that give or keep pictures; nodes in loops are left out.
    of: Mapping[str, Extent]
    #: Sampling steps, by node that samples.
    steps: Mapping[str, int]
    #: Pictures that each output node keeps or shows.
    kept: Mapping[str, int]
    unknown: tuple[Unknown, ...]
    #: Nodes by the node that feeds them with pictures.
    sources: Mapping[str, Collection[str]]


def extents_of(
    workflow: Mapping[str, Any],
    catalogue: NodeCatalogue,
    *,
    targets: Collection[str] | None = None,
    pictures: Mapping[str, Extent] | None = None,
) -> Extents:
    """Return what the nodes make that run.

    Args:
        workflow: In API format; any JSON values.
        catalogue: The node classes.
        targets: The output nodes that are to run; None for all.
        pictures: The extents of files that nodes load, by their names as they stand in the workflow. Of
            others a usual size is assumed.
    """
    reading = _Reading(workflow, catalogue, pictures or {})
    sources = wiring.sources(workflow)
    outputs = [
        node_id
        for node_id, type in reading.types.items()
        if type is not None and type.output_node and (targets is None or node_id in targets)
    ]
    running = wiring.needed_by(outputs, sources)
    order = sorted(
        (
            (length, node_id)
            for node_id, length in wiring.longest_chains(sources).items()
            if node_id in running
        )
    )
    for _, node_id in order:
        reading.read(node_id)
    return Extents(
        of=reading.extents,
        steps=reading.sampled,
        kept={node_id: reading.kept(node_id) for node_id in outputs if node_id in reading.extents},
        unknown=tuple(reading.unknown),
        sources=sources,
    )


@dataclass
class _Reading:
    """The extents that are known so far; nodes are read after those that feed them."""

    workflow: Mapping[str, Any]
    catalogue: NodeCatalogue
    pictures: Mapping[str, Extent]
    extents: dict[str, Extent] = field(default_factory=dict)
    #: Steps that a schedule, or what became of it, has.
    schedules: dict[str, int] = field(default_factory=dict)
    sampled: dict[str, int] = field(default_factory=dict)
    unknown: list[Unknown] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.types: Mapping[str, NodeType | None] = {
            node_id: self.catalogue.get(wiring.class_of(node)) for node_id, node in self.workflow.items()
        }

    def read(self, node_id: str) -> None:
        """Take down what one node makes."""
        type = self.types[node_id]
        if type is None:
            return
        node = _Node(self, node_id, type)
        gives = {kind for output in type.outputs for kind in output.types}
        if gives & _PICTURES or type.output_node:
            self.extents[node_id] = _cut(_RULES.get(type.name, _usual)(node))
        if "SIGMAS" in gives:
            self.schedules[node_id] = _schedule(node)
        if "LATENT" in gives or "IMAGE" in gives:
            steps = _steps(node)
            if steps:
                self.sampled[node_id] = steps

    def kept(self, node_id: str) -> int:
        """Return how many pictures an output node keeps: those of its pictures and masks."""
        type = self.types[node_id]
        node = _Node(self, node_id, type) if type is not None else None
        return sum(each.count for each in node.fed({"IMAGE", "MASK"})) if node is not None else 0


@dataclass
class _Node:
    """One node, as its rule reads it."""

    reading: _Reading
    node_id: str
    type: NodeType

    @property
    def inputs(self) -> Mapping[str, Any]:
        return wiring.inputs_of(self.reading.workflow[self.node_id])

    def fed(self, kinds: Collection[str] = _PICTURES) -> list[Extent]:
        """Return the extents of what is linked to the inputs that take pictures, one for each link."""
        found = []
        for name, value in self.inputs.items():
            value = wiring.unwrapped(value)
            wanted = self.type.inputs.get(name)
            if wiring.is_link(value) and (wanted is None or not wanted.types.isdisjoint({*kinds, "*"})):
                extent = self.reading.extents.get(value[0])
                if extent is not None and self._gives(value, kinds):
                    found.append(extent)
        return found

    def feeds(self, kind: str) -> list[str]:
        """Return the nodes that are linked to inputs of a type."""
        found = []
        for name, value in self.inputs.items():
            wanted = self.type.inputs.get(name)
            value = wiring.unwrapped(value)
            if wiring.is_link(value) and wanted is not None and kind in wanted.types:
                found.append(value[0])
        return found

    def number(self, name: str, default: float = 0.0) -> float:
        """Return the value of a number's input; where it is not known, nothing, and it is taken down."""
        if name not in self.type.inputs and name not in self.inputs:
            return default
        declared = self.type.inputs.get(name)
        value = self.inputs.get(name, declared.default if declared is not None else None)
        known = self._resolved(value, 0)
        if known is None:
            self.reading.unknown.append(Unknown(node_id=self.node_id, input_name=name))
            return default
        return known

    def has(self, name: str) -> bool:
        wanted = self.type.inputs.get(name)
        return wanted is not None and wanted.type in ("INT", "FLOAT")

    def text(self, name: str) -> str:
        value = wiring.unwrapped(self.inputs.get(name))
        return value if isinstance(value, str) else ""

    def _gives(self, link: list[Any], kinds: Collection[str]) -> bool:
        source = self.reading.types.get(link[0])
        slot = wiring.as_slot(link[1])
        if source is None or slot is None or slot >= len(source.outputs):
            return False
        return not source.outputs[slot].types.isdisjoint({*kinds, "*"})

    def _resolved(self, value: Any, depth: int) -> float | None:
        value = wiring.unwrapped(value)
        if wiring.is_link(value):
            return self._given(value, depth + 1) if depth < len(self.reading.workflow) else None
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            # What is no number at all, the check has found.
            return None if isinstance(value, list | dict) else 0.0
        return number if math.isfinite(number) else float(_MOST)

    def _given(self, link: list[Any], depth: int) -> float | None:
        """Return the number that an output gives, where it can be told."""
        source, slot = link
        type = self.reading.types.get(source)
        if type is None:
            return None
        inputs = wiring.inputs_of(self.reading.workflow[source])
        if type.name in ("PrimitiveInt", "PrimitiveFloat"):
            return self._resolved(inputs.get("value"), depth)
        if type.name == "GetImageSize":
            extent = self.reading.extents.get(source) or _largest(_Node(self.reading, source, type).fed())
            sizes = (extent.width, extent.height, extent.count)
            return float(sizes[int(slot)]) if 0 <= slot < len(sizes) else None
        return None


Rule = Callable[[_Node], Extent]


def _usual(node: _Node) -> Extent:
    """Return the extent of a node that gives what it takes, or what its inputs name."""
    extent = _largest(node.fed())
    extent = _sized(node, extent, "width", "height")
    if node.has("batch_size"):
        extent = replace(extent, count=max(extent.count, round(abs(node.number("batch_size")))))
    if not node.type.output_node:
        for name in _FRAMES:
            if node.has(name):
                extent = replace(extent, count=max(extent.count, 1) * round(abs(node.number(name))))
    if not extent.count and not node.type.output_node:
        extent = replace(extent, count=1)
    return extent


def _sized(node: _Node, extent: Extent, width: str, height: str) -> Extent:
    if not (node.has(width) and node.has(height)):
        return extent
    wide, high = abs(node.number(width)), abs(node.number(height))
    # A side of 0 keeps the picture's shape, and two of them its size.
    if not wide and not high:
        return extent
    if not wide and extent.height:
        wide = extent.width * high / extent.height
    if not high and extent.width:
        high = extent.height * wide / extent.width
    return replace(extent, width=_whole(wide), height=_whole(high))


def _loaded(node: _Node) -> Extent:
    usual = Extent(width=_USUAL_SIDE, height=_USUAL_SIDE, count=1)
    return node.reading.pictures.get(node.text("image"), usual)


def _scaled(node: _Node) -> Extent:
    return _times(_largest(node.fed()), abs(node.number("scale_by", 1.0)))


def _scaled_by_model(node: _Node) -> Extent:
    factor = _USUAL_UPSCALING
    for source in node.feeds("UPSCALE_MODEL"):
        name = wiring.inputs_of(node.reading.workflow[source]).get("model_name")
        found = (
            re.search(r"(?<![0-9])([1-8])x|x([1-8])(?![0-9])", name, re.IGNORECASE)
            if isinstance(name, str)
            else None
        )
        if found is not None:
            factor = max(int(found[1] or found[2]), 1)
    return _times(_largest(node.fed()), factor)


def _to_megapixels(node: _Node) -> Extent:
    return _with_pixels(_largest(node.fed()), abs(node.number("megapixels", 1.0)) * _MEGAPIXEL)


def _to_one_megapixel(node: _Node) -> Extent:
    return _with_pixels(_largest(node.fed()), 1.1 * _MEGAPIXEL)


def _to_longest_side(node: _Node) -> Extent:
    extent = _largest(node.fed())
    longest = max(extent.width, extent.height, 1)
    return _times(extent, abs(node.number("largest_size")) / longest)


def _to_target(node: _Node) -> Extent:
    return _sized(node, _largest(node.fed()), "target_width", "target_height")


def _padded(node: _Node) -> Extent:
    extent = _largest(node.fed())
    left, top, right, bottom = (abs(node.number(name)) for name in ("left", "top", "right", "bottom"))
    return replace(
        extent, width=_whole(extent.width + left + right), height=_whole(extent.height + top + bottom)
    )


def _stitched(node: _Node) -> Extent:
    fed = node.fed()
    gap = abs(node.number("spacing_width")) if len(fed) > 1 else 0
    if node.text("direction") in ("up", "down"):
        # Without matching sizes the narrower is padded, with them it is scaled.
        first = fed[0] if fed else Extent()
        heights = [each.height * first.width / max(each.width, 1) for each in fed]
        high = max(sum(heights), sum(each.height for each in fed)) + gap
        return replace(_largest(fed), height=_whole(high))
    first = fed[0] if fed else Extent()
    widths = [each.width * first.height / max(each.height, 1) for each in fed]
    wide = max(sum(widths), sum(each.width for each in fed)) + gap
    return replace(_largest(fed), width=_whole(wide))


def _joined(node: _Node) -> Extent:
    fed = node.fed()
    return replace(_largest(fed), count=sum(each.count for each in fed))


def _side_by_side(node: _Node) -> Extent:
    fed = node.fed()
    return Extent(
        width=sum(each.width for each in fed),
        height=sum(each.height for each in fed),
        count=sum(each.count for each in fed),
    )


def _repeated(node: _Node) -> Extent:
    extent = _largest(node.fed())
    return replace(extent, count=extent.count * round(abs(node.number("amount", 1.0))))


def _some_of(node: _Node) -> Extent:
    extent = _largest(node.fed())
    return replace(extent, count=min(extent.count, round(abs(node.number("length", 1.0)))))


def _turned(node: _Node) -> Extent:
    extent = _largest(node.fed())
    return replace(extent, width=extent.height, height=extent.width)


def _same(node: _Node) -> Extent:
    return _largest(node.fed())


def _for_upscaling(node: _Node) -> Extent:
    return _times(_largest(node.fed()), abs(node.number("scale_ratio", 1.0)))


def _sampled(node: _Node) -> Extent:
    extent = _largest(node.fed())
    for source in node.feeds("SAMPLER"):
        type = node.reading.types.get(source)
        if type is not None and type.name == "SamplerLCMUpscale":
            extent = _times(extent, abs(_Node(node.reading, source, type).number("scale_ratio", 1.0)))
    return extent


#: Classes that do not give what they take; others follow `_usual`.
_RULES: Mapping[str, Rule] = {
    "FluxKontextImageScale": _to_one_megapixel,
    "ImageBatch": _joined,
    "ImageFromBatch": _some_of,
    "ImagePadForOutpaint": _padded,
    "ImageRotate": _turned,
    "ImageScaleBy": _scaled,
    "ImageScaleToMaxDimension": _to_longest_side,
    "ImageScaleToTotalPixels": _to_megapixels,
    "ImageStitch": _stitched,
    "ImageUpscaleWithModel": _scaled_by_model,
    "LatentBatch": _joined,
    "LatentConcat": _side_by_side,
    "LatentFromBatch": _some_of,
    "LatentRotate": _turned,
    "LatentUpscaleBy": _scaled,
    "LoadImage": _loaded,
    "LoadImageMask": _loaded,
    "LoadImageOutput": _loaded,
    "RebatchImages": _same,
    "RebatchLatents": _same,
    "RepeatImageBatch": _repeated,
    "RepeatLatentBatch": _repeated,
    "ResizeAndPadImage": _to_target,
    "SD_4XUpscale_Conditioning": _for_upscaling,
    "SamplerCustom": _sampled,
    "SamplerCustomAdvanced": _sampled,
}


def _schedule(node: _Node) -> int:
    """Return the steps of a schedule, or of what became of it."""
    known = [node.reading.schedules.get(source, 0) for source in node.feeds("SIGMAS")]
    own = round(abs(node.number("steps"))) if node.has("steps") else 0
    if not known:
        return own
    return max(known) * (own + 1) if own else max(known)


def _steps(node: _Node) -> int:
    """Return the steps that a node samples; 0 for one that does not."""
    schedules = [node.reading.schedules.get(source, 0) for source in node.feeds("SIGMAS")]
    if schedules:
        return max(schedules)
    return round(abs(node.number("steps"))) if node.has("steps") else 0


def _largest(extents: Collection[Extent]) -> Extent:
    return Extent(
        width=max((each.width for each in extents), default=0),
        height=max((each.height for each in extents), default=0),
        count=max((each.count for each in extents), default=0),
    )


def _times(extent: Extent, factor: float) -> Extent:
    return replace(extent, width=_whole(extent.width * factor), height=_whole(extent.height * factor))


def _with_pixels(extent: Extent, pixels: float) -> Extent:
    return _times(extent, math.sqrt(pixels / extent.pixels)) if extent.pixels else extent


def _whole(side: float) -> int:
    return math.ceil(min(side, _MOST))


def _cut(extent: Extent) -> Extent:
    return Extent(
        width=min(extent.width, _MOST), height=min(extent.height, _MOST), count=min(extent.count, _MOST)
    )
