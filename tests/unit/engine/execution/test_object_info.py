"""The catalogue describes its nodes as ComfyUI 0.3.64 does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from atelier.engine.catalogue import Catalogue
from atelier.engine.folders import Folders
from atelier.engine.nodes import all_nodes
from tests.unit.engine.execution.small_nodes import Calls, folders_in, small_nodes

REFERENCE = Path(__file__).parents[3] / "reference" / "comfyui" / "object_info-0.3.64.json"
RECORDED: dict[str, dict[str, Any]] = json.loads(REFERENCE.read_text(encoding="utf-8"))

#: What issue 2 promises.
PROMISED = (
    "UNETLoader",
    "CLIPLoader",
    "VAELoader",
    "CheckpointLoaderSimple",
    "CLIPTextEncode",
    "TextEncodeQwenImageEdit",
    "TextEncodeQwenImageEditPlus",
    "ReferenceLatent",
    "ConditioningZeroOut",
    "EmptyLatentImage",
    "EmptySD3LatentImage",
    "ModelSamplingAuraFlow",
    "CFGNorm",
    "KSampler",
    "VAEEncode",
    "VAEDecode",
    "SetLatentNoiseMask",
    "VAEEncodeForInpaint",
    "LoadImage",
    "LoadImageMask",
    "SaveImage",
    "PreviewImage",
    "EmptyImage",
    "ImageScale",
    "ImageScaleBy",
    "ImageScaleToTotalPixels",
    "ImageInvert",
    "ImageBlend",
    "ImageBlur",
    "ImageBatch",
    "ImageCrop",
    "ImagePadForOutpaint",
    "ImageCompositeMasked",
    "GrowMask",
    "FeatherMask",
    "InvertMask",
    "SolidMask",
    "MaskToImage",
    "ImageToMask",
    "LatentUpscale",
    "RepeatLatentBatch",
)

#: Choices that are files of the server at hand.
FILES = {"unet_name", "clip_name", "vae_name", "ckpt_name", "image"}


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folders = folders_in(tmp_path_factory.mktemp("engine"))
    document = Catalogue(all_nodes()).object_info(folders)
    return dict(json.loads(json.dumps(document, allow_nan=False)))


def config(name: str, value: list[Any]) -> tuple[Any, dict[str, Any], list[str]]:
    """Return an input's type, its settings, and its choices."""
    kind, settings = [*value, {}][:2]
    settings = {key: each for key, each in settings.items() if key != "tooltip"}
    if isinstance(kind, list):
        return "(list)", settings, kind
    return kind, settings, settings.pop("options", [])


def test_every_promised_class_is_there(described: dict[str, Any]) -> None:
    assert set(PROMISED) == set(described)


@pytest.mark.parametrize("name", PROMISED)
def test_a_class_is_described_as_in_comfyui(name: str, described: dict[str, Any]) -> None:
    ours, theirs = described[name], RECORDED[name]
    assert set(ours) - {"description"} == set(theirs) - {"description"}
    for key in set(theirs) - {"input", "description", "output_tooltips"}:
        assert ours[key] == theirs[key], key


@pytest.mark.parametrize("name", PROMISED)
def test_inputs_are_described_as_in_comfyui(name: str, described: dict[str, Any]) -> None:
    ours, theirs = described[name]["input"], RECORDED[name]["input"]
    assert set(ours) == set(theirs)
    assert ours.get("hidden") == theirs.get("hidden")
    for group in ("required", "optional"):
        # The record's keys are sorted; the order of inputs is what input_order says.
        assert [*ours.get(group, {})] == RECORDED[name]["input_order"].get(group, [])
        for each, value in ours.get(group, {}).items():
            kind, settings, choices = config(each, value)
            their_kind, their_settings, their_choices = config(each, theirs[group][each])
            assert (kind, settings) == (their_kind, their_settings), each
            if each not in FILES:
                assert set(choices) <= set(their_choices), each
                assert bool(choices) == bool(their_choices), each


def test_the_embedded_model_is_offered_by_its_loaders(described: dict[str, Any]) -> None:
    for name, each in (("UNETLoader", "unet_name"), ("CLIPLoader", "clip_name"), ("VAELoader", "vae_name")):
        (choices, *_) = described[name]["input"]["required"][each]
        assert choices, name


def test_two_classes_of_one_name_are_refused() -> None:
    nodes = small_nodes(Calls())
    with pytest.raises(ValueError, match="EmptyImage"):
        Catalogue([*nodes, nodes[0]])


def test_choices_are_read_when_they_are_asked_for(tmp_path: Path) -> None:
    folders: Folders = folders_in(tmp_path)
    catalogue = Catalogue(small_nodes(Calls()))
    (folders.input / "new.png").write_bytes(b"x")
    assert catalogue.object_info(folders)["LoadImage"]["input"]["required"]["image"][0] == ["new.png"]
