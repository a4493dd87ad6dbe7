"""The search finds what a person means, best first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atelier.workflows.node_search import read_query, search
from atelier.workflows.object_info import NodeCatalogue
from atelier.workflows.qwen_nodes import QWEN_NODES

OBJECT_INFO = Path(__file__).parents[2] / "reference/comfyui/object_info-0.3.64.json"
SERVER = NodeCatalogue.parse(json.loads(OBJECT_INFO.read_text(encoding="utf-8")))
QWEN = [each.type for each in QWEN_NODES.values()]
PURPOSES = {name: each.purpose for name, each in QWEN_NODES.items()}


def found(text: str) -> list[str]:
    return [match.node.name for match in search(SERVER, text)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("KSampler", "KSampler"),
        ("ksampler", "KSampler"),
        ("vae decode", "VAEDecode"),
        ("decode vae", "VAEDecode"),
        ("Load Checkpoint", "CheckpointLoaderSimple"),
        ("mask -> image", "MaskToImage"),
        ("image → mask", "ImageToMask"),
        ("blur image -> image", "ImageBlur"),
        ("empty latent sd3", "EmptySD3LatentImage"),
        ("shift auraflow", "ModelSamplingAuraFlow"),
    ],
)
def test_what_was_meant_comes_first(text: str, first: str) -> None:
    assert found(text)[0] == first


@pytest.mark.parametrize(
    ("text", "among"),
    [
        ("upscael image", "ImageUpscaleWithModel"),
        ("conditionning average", "ConditioningAverage"),
        ("chekpoint", "CheckpointLoaderSimple"),
        ("inapint", "VAEEncodeForInpaint"),
    ],
)
def test_a_misspelt_word_is_understood(text: str, among: str) -> None:
    assert among in found(text)


def test_misspellings_are_looked_at_only_where_nothing_has_the_word() -> None:
    assert set(found("ksampler")) == {"KSampler", "KSamplerAdvanced", "KSamplerSelect"}


def test_each_word_must_fit() -> None:
    assert found("upscale") != []
    assert found("upscale zebra") == []


def test_a_category_is_searched_too() -> None:
    assert "ModelMergeSimple" in found("model_merging")


def test_types_around_an_arrow_are_what_a_class_takes_and_gives() -> None:
    for match in search(SERVER, "mask -> image"):
        assert any("MASK" in each.types for each in match.node.inputs.values())
        assert any(each.type == "IMAGE" for each in match.node.outputs)
    assert "LoadImage" in found("-> mask")
    assert "VAEDecode" in found("latent ->")
    assert "VAEDecode" not in found("-> latent")


def test_a_class_is_found_by_its_purpose() -> None:
    assert search(QWEN, "instruction") == ()
    names = [match.node.name for match in search(QWEN, "instruction", purposes=PURPOSES)]
    assert names == ["TextEncodeQwenImageEdit", "TextEncodeQwenImageEditPlus"]


@pytest.mark.parametrize("text", ["", "   ", "->", " → "])
def test_nothing_asked_finds_nothing(text: str) -> None:
    assert search(SERVER, text) == ()


def test_beside_an_arrow_words_and_types_mix() -> None:
    query = read_query("soft masks -> image preview", frozenset({"MASK", "IMAGE"}))
    assert query.words == ("soft", "preview")
    assert query.takes == {"MASK"}
    assert query.gives == {"IMAGE"}


@given(text=st.text(max_size=30))
def test_any_text_is_answered_best_first(text: str) -> None:
    matches = search(QWEN, text, purposes=PURPOSES)
    scores = [match.score for match in matches]
    assert scores == sorted(scores, reverse=True)
    assert all(score > 0 for score in scores)


@given(name=st.sampled_from(SERVER.names))
def test_every_class_is_found_first_by_its_own_name(name: str) -> None:
    assert found(name)[0].casefold() == name.casefold()
