"""Which node pack provides a node class that ComfyUI itself lacks.

Source: extension-node-map.json of ComfyUI-Manager at f39cbd56fecae0b27a446c0cd450cd591f3a8bea (2026-08-19).
Of its names those are kept that stand in the pack's own source at the commit given here; the licence is
what the licence file says at that commit. The names are in node_pack_classes.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from atelier.workflows.node_pack_classes import CLASS_NAMES

#: ComfyUI-QwenImageWanBridge as it was in October 2025 (2025-10-19).
QWEN_OCTOBER_2025 = "bba3f0913bb8a15f974901e14fe18a9ac7debb47"


@dataclass(frozen=True, kw_only=True)
class NodePack:
    """A repository of node classes that is installed into ComfyUI's `custom_nodes`."""

    name: str
    repository: str
    #: The newest commit of the pack that was read; None where only ComfyUI-Manager's map was.
    commit: str | None
    #: Short name of the licence; None where the licence file was not read.
    licence: str | None
    #: What it is for, and what to know before one installs it.
    note: str
    #: Every name that ends so belongs to the pack.
    suffix: str | None = None
    #: Several commits whose classes all count, where later ones dropped some.
    commits: tuple[str, ...] = ()

    @property
    def class_names(self) -> frozenset[str]:
        """The classes that the pack is known to provide; others may follow from `suffix`."""
        lines = CLASS_NAMES.get(self.name, "").splitlines()
        return frozenset(name for line in lines for name in line.split("; "))


#: No two of them provide a class of the same name.
PACKS: tuple[NodePack, ...] = (
    NodePack(
        name="ComfyUI-QwenImageWanBridge",
        repository="https://github.com/fblissjr/ComfyUI-QwenImageWanBridge",
        commit="8a275a2c8d046f3cd7ee7b317c99ef85237dac05",
        licence="MIT",
        commits=(QWEN_OCTOBER_2025, "8a275a2c8d046f3cd7ee7b317c99ef85237dac05"),
        note="Qwen-Image loaders, encoders and helpers. Eleven of its nodes are gone since 2025-11-27.",
    ),
    NodePack(
        name="ComfyUI-Impact-Pack",
        repository="https://github.com/ltdrdata/ComfyUI-Impact-Pack",
        commit="727295b52e5f7b5429e81ca2179172865aa83b99",
        licence="GPL-3.0",
        note="Detectors, detailers, segments and wildcards.",
    ),
    NodePack(
        name="ComfyUI-Impact-Subpack",
        repository="https://github.com/ltdrdata/ComfyUI-Impact-Subpack",
        commit="5b4e55058ae48e18e1c6d974000461ad1e240135",
        licence="AGPL-3.0",
        note="The Ultralytics detector for ComfyUI-Impact-Pack.",
    ),
    NodePack(
        name="ComfyUI-Inspire-Pack",
        repository="https://github.com/ltdrdata/ComfyUI-Inspire-Pack",
        commit="1aef2c57e35078b6017697df9cf30ad595d93826",
        licence="GPL-3.0",
        note="Regional prompts, LoRA block weights, batches and caches.",
    ),
    NodePack(
        name="ComfyUI-KJNodes",
        repository="https://github.com/kijai/ComfyUI-KJNodes",
        commit="3f20054214fec9f9234fd3841ae6f1e4287948f6",
        licence="GPL-3.0",
        note="Masks, image sizes, constants, Set and Get.",
    ),
    NodePack(
        name="rgthree-comfy",
        repository="https://github.com/rgthree/rgthree-comfy",
        commit="13b4399c00b5ef5a97b1b6800fc1185874740f5d",
        licence="MIT",
        suffix=" (rgthree)",
        note="Switches, contexts, seeds and LoRA stacks; every name ends in (rgthree).",
    ),
    NodePack(
        name="ComfyUI-Custom-Scripts",
        repository="https://github.com/pythongosssss/ComfyUI-Custom-Scripts",
        commit="609f3afaa74b2f88ef9ce8d939626065e3247469",
        licence="MIT",
        note="Show text, string functions and page features.",
    ),
    NodePack(
        name="ComfyUI_essentials",
        repository="https://github.com/cubiq/ComfyUI_essentials",
        commit="33ff89fd354d8ec3ab6affb605a79a931b445d99",
        licence="MIT",
        note="Image, mask and sampler helpers; most names end in +. No longer developed.",
    ),
    NodePack(
        name="ComfyUI-Easy-Use",
        repository="https://github.com/yolain/ComfyUI-Easy-Use",
        commit="4de1ab3b66e48da916b6f263bacd001df53a2720",
        licence="GPL-3.0",
        note="Whole pipelines in one node.",
    ),
    NodePack(
        name="was-node-suite-comfyui",
        repository="https://github.com/ltdrdata/was-node-suite-comfyui",
        commit="f86447721c18758d7b3b6ae5769f52344a3d764a",
        licence="MIT",
        note="Images, texts, numbers and logic.",
    ),
    NodePack(
        name="comfyui_controlnet_aux",
        repository="https://github.com/Fannovel16/comfyui_controlnet_aux",
        commit="e8b689a513c3e6b63edc44066560ca5919c0576e",
        licence="Apache-2.0",
        note="Preprocessors for ControlNet: edges, depth, pose, segments.",
    ),
    NodePack(
        name="ComfyUI-Advanced-ControlNet",
        repository="https://github.com/Kosinkadink/ComfyUI-Advanced-ControlNet",
        commit="9e60d8a9c8016c5315063aa7af66b321a0444df7",
        licence="GPL-3.0",
        note="ControlNet with weights and schedules.",
    ),
    NodePack(
        name="ComfyUI_IPAdapter_plus",
        repository="https://github.com/cubiq/ComfyUI_IPAdapter_plus",
        commit="9d076a3df0d2763cef5510ec5ab807f6632c39f5",
        licence="GPL-3.0",
        note="Pictures as prompts.",
    ),
    NodePack(
        name="ComfyUI-GGUF",
        repository="https://github.com/city96/ComfyUI-GGUF",
        commit="795e45156ece99afbc3efef911e63fcb46e6a20d",
        licence="Apache-2.0",
        note="Loads quantised models in GGUF files.",
    ),
    NodePack(
        name="ComfyUI-nunchaku",
        repository="https://github.com/nunchaku-tech/ComfyUI-nunchaku",
        commit="dbfd194294b727d9bec597a9a5df6d431c5d3a6f",
        licence="Apache-2.0",
        note="Runs 4-bit SVDQuant models.",
    ),
    NodePack(
        name="ComfyUI-WanVideoWrapper",
        repository="https://github.com/kijai/ComfyUI-WanVideoWrapper",
        commit=None,
        licence=None,
        note="Wan video models.",
    ),
    NodePack(
        name="ComfyUI-AnimateDiff-Evolved",
        repository="https://github.com/Kosinkadink/ComfyUI-AnimateDiff-Evolved",
        commit="d8d163cd90b1111f6227495e3467633676fbb346",
        licence="Apache-2.0",
        note="Animation with motion modules.",
    ),
    NodePack(
        name="ComfyUI-VideoHelperSuite",
        repository="https://github.com/Kosinkadink/ComfyUI-VideoHelperSuite",
        commit="4ee72c065db22c9d96c2427954dc69e7b908444b",
        licence="GPL-3.0",
        note="Loads, combines and saves videos; names begin with VHS_.",
    ),
    NodePack(
        name="ComfyUI_UltimateSDUpscale",
        repository="https://github.com/ssitu/ComfyUI_UltimateSDUpscale",
        commit="34a3c2c0d8a0321d4f9a355092f105046e56d998",
        licence="GPL-3.0",
        note="Upscales in tiles.",
    ),
    NodePack(
        name="ComfyUI-Inpaint-CropAndStitch",
        repository="https://github.com/lquesada/ComfyUI-Inpaint-CropAndStitch",
        commit="3a57816a11eb084f860e3e43e423aa798fbaad65",
        licence="GPL-3.0",
        note="Inpaints a crop and puts it back.",
    ),
    NodePack(
        name="comfyui-inpaint-nodes",
        repository="https://github.com/Acly/comfyui-inpaint-nodes",
        commit="b32f293d3f3ed9f2bc11099b30c8695ff984a593",
        licence="GPL-3.0",
        note="Fooocus inpainting and pre-filling of masks.",
    ),
    NodePack(
        name="comfyui-tooling-nodes",
        repository="https://github.com/Acly/comfyui-tooling-nodes",
        commit="5d3194f4d4158ab31df7a060e1e4c56fa03f320c",
        licence="GPL-3.0",
        note="Pictures in and out over the API, for programs such as Krita; names begin with ETN_.",
    ),
    NodePack(
        name="ComfyUI-Florence2",
        repository="https://github.com/kijai/ComfyUI-Florence2",
        commit="00b63382966a444a9fefacb65b8deb188d12a458",
        licence="MIT",
        note="Captions and regions by Florence-2.",
    ),
    NodePack(
        name="ComfyUI-RMBG",
        repository="https://github.com/1038lab/ComfyUI-RMBG",
        commit="58f1947a11567a9f8b707223185570850e773856",
        licence="GPL-3.0",
        note="Removes backgrounds.",
    ),
    NodePack(
        name="ComfyUI-Crystools",
        repository="https://github.com/crystian/ComfyUI-Crystools",
        commit="2f18256c5b5063937106f29a8e0a7db3ae3869b7",
        licence="MIT",
        suffix=" [Crystools]",
        note="Debugging and metadata; every name ends in [Crystools].",
    ),
)


def pack_of(class_type: str) -> NodePack | None:
    """Return the pack that provides a class; None for ComfyUI's own classes and for unknown ones."""
    if pack := _by_class().get(class_type):
        return pack
    return next((each for each in PACKS if each.suffix and class_type.endswith(each.suffix)), None)


@cache
def _by_class() -> dict[str, NodePack]:
    return {name: pack for pack in PACKS for name in pack.class_names}
