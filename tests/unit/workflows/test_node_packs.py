"""The packs name what ComfyUI lacks, and nothing that it has."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from atelier.workflows.node_packs import PACKS, NodePack, pack_of

OBJECT_INFO = Path(__file__).parents[2] / "reference/comfyui/object_info-0.3.64.json"


@pytest.mark.parametrize(
    ("class_type", "pack"),
    [
        ("QwenVLTextEncoder", "ComfyUI-QwenImageWanBridge"),
        ("QwenImageSamplerNode", "ComfyUI-QwenImageWanBridge"),
        ("UnetLoaderGGUF", "ComfyUI-GGUF"),
        ("FaceDetailer", "ComfyUI-Impact-Pack"),
        ("CannyEdgePreprocessor", "comfyui_controlnet_aux"),
        ("VHS_VideoCombine", "ComfyUI-VideoHelperSuite"),
        ("WanVideoSampler", "ComfyUI-WanVideoWrapper"),
        ("ShowText|pysssss", "ComfyUI-Custom-Scripts"),
        ("Image Levels Adjustment", "was-node-suite-comfyui"),
        ("Any Switch (rgthree)", "rgthree-comfy"),
    ],
)
def test_a_class_is_traced_to_its_pack(class_type: str, pack: str) -> None:
    found = pack_of(class_type)
    assert found is not None
    assert found.name == pack


def test_neither_comfyui_nor_an_unknown_class_has_a_pack() -> None:
    native = json.loads(OBJECT_INFO.read_text(encoding="utf-8"))
    assert [name for name in native if pack_of(name)] == []
    assert pack_of("NoSuchNodeAnywhere") is None
    assert pack_of("") is None


def test_no_class_belongs_to_two_packs() -> None:
    provided = Counter(name for pack in PACKS for name in pack.class_names)
    assert [name for name, count in provided.items() if count > 1] == []


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_a_pack_says_where_it_was_read(pack: NodePack) -> None:
    assert re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+", pack.repository)
    assert pack.commit is None or re.fullmatch(r"[0-9a-f]{40}", pack.commit)
    assert pack.class_names or pack.suffix
    assert pack.note.endswith(".")
