"""What a workflow makes at most is known before it runs, or said to be unknown."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atelier.workflows.extents import Extent, Extents, extents_of
from atelier.workflows.library import LIBRARY
from atelier.workflows.model_sets import MODEL_SETS
from atelier.workflows.object_info import NodeCatalogue
from tests.unit.workflows.reference_server import catalogue_with, object_info
from tests.unit.workflows.test_check_properties import JSON

CATALOGUE = NodeCatalogue.parse(object_info())


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def made(*nodes: dict[str, Any], **further: Any) -> Extents:
    """Return the extents of a chain of nodes, numbered from 1, whose last picture is saved."""
    workflow = {str(number): each for number, each in enumerate(nodes, start=1)}
    workflow["save"] = node("SaveImage", images=[str(len(nodes)), 0], filename_prefix="x")
    return extents_of(workflow, CATALOGUE, **further)


EMPTY = node("EmptyImage", width=640, height=480, batch_size=3, color=0)
START = Extent(width=640, height=480, count=3)


@pytest.mark.parametrize(
    ("then", "width", "height", "count"),
    [
        (node("ImageInvert", image=["1", 0]), 640, 480, 3),
        (node("ImageScale", image=["1", 0], width=100, height=50), 100, 50, 3),
        (node("ImageScale", image=["1", 0], width=1280, height=0), 1280, 960, 3),
        (node("ImageScale", image=["1", 0], width=0, height=960), 1280, 960, 3),
        (node("ImageScale", image=["1", 0], width=0, height=0), 640, 480, 3),
        (node("ImageScaleBy", image=["1", 0], scale_by=2.5), 1600, 1200, 3),
        (node("ImageScaleBy", image=["1", 0], scale_by="2.5"), 1600, 1200, 3),
        (node("ImageScaleToMaxDimension", image=["1", 0], largest_size=1280), 1280, 960, 3),
        (node("ResizeAndPadImage", image=["1", 0], target_width=700, target_height=900), 700, 900, 3),
        (node("ImagePadForOutpaint", image=["1", 0], left=10, right=20, top=1, bottom=2), 670, 483, 3),
        (node("ImageBatch", image1=["1", 0], image2=["1", 0]), 640, 480, 6),
        (node("RepeatImageBatch", image=["1", 0], amount=5), 640, 480, 15),
        (node("ImageFromBatch", image=["1", 0], batch_index=0, length=2), 640, 480, 2),
        (node("ImageFromBatch", image=["1", 0], batch_index=0, length=9), 640, 480, 3),
        (node("ImageRotate", image=["1", 0], rotation="90 degrees"), 480, 640, 3),
        (node("ImageStitch", image1=["1", 0], image2=["1", 0], direction="right"), 1280, 480, 3),
        (node("ImageStitch", image1=["1", 0], image2=["1", 0], direction="down"), 640, 960, 3),
        (node("ImageCrop", image=["1", 0], width=64, height=32, x=0, y=0), 64, 32, 3),
    ],
    ids=lambda each: each["class_type"] if isinstance(each, dict) else "",
)
def test_nodes_change_size_and_number(then: dict[str, Any], width: int, height: int, count: int) -> None:
    if then["class_type"] == "ImageStitch":
        then["inputs"]["spacing_width"] = 0
    found = made(EMPTY, then)
    assert found.of["1"] == START
    assert found.of["2"] == Extent(width=width, height=height, count=count)
    assert found.kept == {"save": count}
    assert found.unknown == ()


def test_a_picture_is_scaled_to_its_megapixels() -> None:
    extent = made(EMPTY, node("ImageScaleToTotalPixels", image=["1", 0], megapixels=4.0)).of["2"]
    assert extent.pixels == pytest.approx(4 * 1024 * 1024, rel=0.01)
    assert extent.width / extent.height == pytest.approx(640 / 480, rel=0.01)


@pytest.mark.parametrize(
    ("model_name", "factor"),
    [("4x-UltraSharp.pth", 4), ("RealESRGAN_x2plus.pth", 2), ("8x_NMKD.pth", 8), ("upscaler.pth", 4)],
)
def test_an_upscaling_model_tells_its_factor_by_its_name(model_name: str, factor: int) -> None:
    found = made(
        EMPTY,
        node("UpscaleModelLoader", model_name=model_name),
        node("ImageUpscaleWithModel", image=["1", 0], upscale_model=["2", 0]),
    )
    assert found.of["3"].width == 640 * factor


def test_numbers_are_followed_to_where_they_are_written() -> None:
    found = made(
        node("PrimitiveInt", value=320),
        node("EmptyImage", width=["1", 0], height=["1", 0], batch_size=1, color=0),
        node("GetImageSize", image=["2", 0]),
        node("EmptyImage", width=["3", 0], height=["3", 1], batch_size=["3", 2], color=0),
    )
    assert found.of["4"] == Extent(width=320, height=320, count=1)
    assert found.unknown == ()


def test_a_number_that_is_made_on_the_way_is_unknown() -> None:
    found = made(
        node("StringLength", string="x" * 16),
        node("EmptyImage", width=["1", 0], height=64, batch_size=1, color=0),
    )
    assert [(each.node_id, each.input_name) for each in found.unknown] == [("2", "width")]


def test_loaded_pictures_have_the_size_of_their_file() -> None:
    photo = Extent(width=4000, height=3000, count=1)
    load = node("LoadImage", image="photo.png")
    assert made(load, pictures={"photo.png": photo}).of["1"] == photo
    assert made(load).of["1"].pixels == 1024 * 1024


def sampled(**sampler: Any) -> dict[str, Any]:
    return {
        "1": node("EmptyLatentImage", width=512, height=512, batch_size=2),
        "2": node("KSampler", latent_image=["1", 0], **sampler),
        "3": node("VAEDecode", samples=["2", 0]),
        "4": node("PreviewImage", images=["3", 0]),
    }


def test_a_sampler_counts_its_steps() -> None:
    found = extents_of(sampled(steps=20), CATALOGUE)
    assert found.steps == {"2": 20}
    assert found.kept == {"4": 2}
    assert found.of["3"] == Extent(width=512, height=512, count=2)


def test_a_schedule_counts_for_each_sampler_that_uses_it() -> None:
    workflow = {
        "1": node("EmptyLatentImage", width=512, height=512, batch_size=1),
        "2": node("BasicScheduler", steps=20),
        "3": node("SplitSigmas", sigmas=["2", 0], step=10),
        "4": node("SamplerCustomAdvanced", sigmas=["3", 0], latent_image=["1", 0]),
        "5": node("ExtendIntermediateSigmas", sigmas=["3", 1], steps=2),
        "6": node("SamplerCustomAdvanced", sigmas=["5", 0], latent_image=["4", 0]),
        "7": node("VAEDecode", samples=["6", 0]),
        "8": node("SaveImage", images=["7", 0]),
    }
    assert extents_of(workflow, CATALOGUE).steps == {"4": 20, "6": 60}


def test_only_what_runs_counts() -> None:
    workflow = sampled(steps=20) | {
        "10": node("EmptyImage", width=64, height=64, batch_size=7, color=0),
        "11": node("SaveImage", images=["10", 0]),
    }
    assert sum(extents_of(workflow, CATALOGUE).kept.values()) == 9
    assert extents_of(workflow, CATALOGUE, targets=["11"]).steps == {}
    del workflow["11"]
    assert "10" not in extents_of(workflow, CATALOGUE).of


def test_repeating_a_repetition_multiplies() -> None:
    nodes = [EMPTY] + [node("RepeatImageBatch", image=[str(number), 0], amount=64) for number in range(1, 21)]
    assert made(*nodes).kept["save"] == 10**9


def test_what_is_no_number_to_draw_with_is_the_largest() -> None:
    assert made(EMPTY, node("ImageScaleBy", image=["1", 0], scale_by="nan")).of["2"].width == 10**9


@pytest.mark.parametrize("each", LIBRARY, ids=lambda each: each.name)
def test_the_library_is_known_through_and_through(each: Any) -> None:
    catalogue = catalogue_with(MODEL_SETS)
    for models in MODEL_SETS:
        if each.name in models.tasks:
            found = extents_of(each.build(each.example, models), catalogue)
            assert found.unknown == ()
            assert sum(found.kept.values()) >= 1
            assert sum(found.steps.values()) >= (0 if each.name == "upscale" else 1)


@settings(max_examples=200)
@given(st.dictionaries(st.text(max_size=4), JSON, max_size=5))
def test_any_json_value_can_be_looked_at(workflow: dict[str, Any]) -> None:
    extents_of(workflow, CATALOGUE)


LINK = st.tuples(st.sampled_from(["1", "2", "3", "4"]), st.integers(0, 2)).map(list)
VALUE = st.one_of(LINK, st.integers(-5, 5000), st.floats(), st.text(max_size=3), st.none())


@st.composite
def workflows(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(sorted(CATALOGUE.names)), min_size=1, max_size=4))
    workflow = {}
    for number, name in enumerate(names, start=1):
        type = CATALOGUE.nodes[name]
        workflow[str(number)] = node(
            name, **{each: draw(VALUE) for each in type.inputs if not type.inputs[each].hidden}
        )
    workflow["5"] = node("SaveImage", images=draw(LINK), filename_prefix="x")
    return workflow


@settings(max_examples=300, deadline=None)
@given(workflows())
def test_every_class_with_any_values_gives_extents_within_reason(workflow: dict[str, Any]) -> None:
    found = extents_of(workflow, CATALOGUE)
    for extent in found.of.values():
        assert 0 <= extent.width <= 10**9
        assert 0 <= extent.height <= 10**9
        assert 0 <= extent.count <= 10**9
