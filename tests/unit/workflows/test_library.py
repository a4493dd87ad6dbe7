"""Each workflow of the library fits the real server, whatever the model set, and does as the templates do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import pytest

from atelier.errors import UsageError
from atelier.workflows.check import check
from atelier.workflows.composition import Composition, composition
from atelier.workflows.graph import Workflow
from atelier.workflows.image_edit import ImageEdit, image_edit
from atelier.workflows.library import LIBRARY, find
from atelier.workflows.library_workflow import LibraryWorkflow
from atelier.workflows.model_sets import (
    MODEL_SETS,
    NANO,
    QWEN_IMAGE,
    QWEN_IMAGE_EDIT,
    QWEN_IMAGE_EDIT_2509,
    ModelSet,
)
from atelier.workflows.model_sets.flux import FLUX_DEV, FLUX_DEV_FP8, FLUX_SCHNELL, FLUX_SCHNELL_FP8
from atelier.workflows.model_sets.qwen import QWEN_IMAGE_EDIT_2509_LIGHTNING, QWEN_IMAGE_LIGHTNING
from atelier.workflows.model_sets.stable_diffusion import SD35_LARGE, SDXL_TURBO
from atelier.workflows.outpaint import Outpaint, outpaint
from atelier.workflows.parts import Sampling
from atelier.workflows.style_transfer import INSTRUCTION, StyleTransfer, style_transfer
from atelier.workflows.text_to_image import TextToImage, text_to_image
from tests.unit.workflows.reference_server import REFERENCE, catalogue_with

PICTURES = ("a.png", "b.png", "c.png", "mask.png", "hills.png", "sea.png")
CATALOGUE = catalogue_with(MODEL_SETS, PICTURES)

#: A value for every parameter of every workflow, none of them the default.
FULL: dict[str, Any] = {
    "prompt": "the sea at night",
    "instruction": "make it night",
    "negative_prompt": "a house",
    "image": "a.png",
    "style_image": "b.png",
    "images": ("a.png", "b.png", "c.png"),
    "mask": "mask.png",
    "grow": 8,
    "width": 256,
    "height": 256,
    "left": 16,
    "top": 32,
    "right": 48,
    "bottom": 64,
    "feathering": 8,
    "factor": 1.5,
    "denoise": 0.55,
    "count": 3,
    "seed": 2**53,
    "steps": 7,
    "cfg": 1.5,
    "sampler_name": "heun",
    "scheduler": "beta",
    "prefix": "test",
}
CASES = [
    pytest.param(each, models, id=f"{each.name}-{models.name}")
    for models in MODEL_SETS
    for each in LIBRARY
    if each.name in models.tasks
]


def nodes_of(workflow: Workflow, class_type: str) -> list[dict[str, Any]]:
    return [node for node in workflow.values() if node["class_type"] == class_type]


def settings(workflow: Workflow, class_type: str) -> dict[str, Any]:
    """The literals of a workflow's only node of a class, without seed and text."""
    (node,) = nodes_of(workflow, class_type)
    return {
        name: pytest.approx(value) if isinstance(value, float) else value
        for name, value in node["inputs"].items()
        if not isinstance(value, list) and name not in ("seed", "noise_seed", "text", "prompt")
    }


def required(each: LibraryWorkflow) -> dict[str, Any]:
    given = {parameter.name: FULL[parameter.name] for parameter in each.parameters if parameter.required}
    # One side of four has to grow, whichever.
    return given | ({"top": FULL["top"]} if each.name == "outpaint" else {})


def everything(each: LibraryWorkflow, models: ModelSet) -> dict[str, Any]:
    given = {name: FULL[name] for name in (one.name for one in each.parameters) if name in FULL}
    if models.guidance is not None:
        given["guidance"] = 2.5
    if models is QWEN_IMAGE_EDIT_2509 and each.name == "image_edit":
        given["references"] = ("b.png", "c.png")
    return given


@pytest.mark.parametrize(("each", "models"), CASES)
def test_the_server_has_nothing_to_say_against_a_workflow(each: LibraryWorkflow, models: ModelSet) -> None:
    assert check(each.build(required(each), models), CATALOGUE) == ()
    assert check(each.build(everything(each, models), models), CATALOGUE) == ()
    assert check(each.build(each.example, models), CATALOGUE) == ()


@pytest.mark.parametrize(("each", "models"), CASES)
def test_every_node_leads_to_the_result(each: LibraryWorkflow, models: ModelSet) -> None:
    workflow = each.build(everything(each, models), models)
    assert list(workflow) == [str(number + 1) for number in range(len(workflow))]
    (last,) = nodes_of(workflow, "SaveImage")
    reached, frontier = set(), [last]
    while frontier:
        for value in frontier.pop()["inputs"].values():
            if isinstance(value, list) and value[0] not in reached:
                reached.add(value[0])
                frontier.append(workflow[value[0]])
    assert len(reached) == len(workflow) - 1


@pytest.mark.parametrize(("each", "models"), CASES)
def test_every_value_of_a_request_is_in_the_workflow(each: LibraryWorkflow, models: ModelSet) -> None:
    given = everything(each, models)
    literals = [value for node in each.build(given, models).values() for value in node["inputs"].values()]
    unused = set()
    if models.turbo:
        unused |= {"scheduler"}
    if not models.negative_prompt:
        unused |= {"negative_prompt"}
    for name, value in given.items():
        if name in unused:
            continue
        for part in value if isinstance(value, tuple) else (value,):
            assert any(str(part) in str(literal) for literal in literals), name


@pytest.mark.parametrize("each", LIBRARY, ids=lambda each: each.name)
def test_every_parameter_is_a_field_and_every_field_a_parameter(each: LibraryWorkflow) -> None:
    own = {one.name for one in fields(each.request)} - {"sampling"}
    sampling = {one.name for one in fields(Sampling)}
    named = [one.name for one in each.parameters]
    assert len(named) == len(set(named))
    assert own <= set(named) <= own | sampling
    # A parameter that is left out takes the field's default.
    for parameter in each.parameters:
        field = next((one for one in fields(each.request) if one.name == parameter.name), None)
        if field is not None and not parameter.required:
            assert field.default == parameter.default, parameter.name


@pytest.mark.parametrize(
    ("template", "models"),
    [
        ("image_qwen_image", QWEN_IMAGE),
        ("image_qwen_image_edit", QWEN_IMAGE_EDIT),
        ("image_qwen_image_edit_2509", QWEN_IMAGE_EDIT_2509_LIGHTNING),
    ],
)
def test_qwen_is_wired_and_set_as_in_the_official_template(template: str, models: ModelSet) -> None:
    official = json.loads((REFERENCE / f"templates_api/{template}.json").read_text(encoding="utf-8"))
    if "text_to_image" in models.tasks:
        ours = text_to_image(TextToImage(prompt=""), models)
        encoder = "CLIPTextEncode"
    else:
        ours = image_edit(ImageEdit(instruction="", image="a.png"), models)
        encoder = models.edit_encoder or ""
    # Templates keep nodes that lead nowhere.
    (last,) = nodes_of(official, "SaveImage")
    assert shape(ours, nodes_of(ours, "SaveImage")[0]) == shape(official, last)
    for class_type in ("KSampler", "ModelSamplingAuraFlow", "UNETLoader", "CLIPLoader", "VAELoader"):
        assert settings(ours, class_type) == settings(official, class_type)
    assert len(nodes_of(ours, encoder)) == 2


def shape(workflow: Workflow, node: Mapping[str, Any]) -> Any:
    """What a node is fed with, all the way up: classes and sockets, without literals."""
    return (
        node["class_type"],
        {
            name: (shape(workflow, workflow[value[0]]), value[1])
            for name, value in node["inputs"].items()
            if isinstance(value, list)
        },
    )


#: What the templates of comfyui-workflow-templates 0.1.95 have in their samplers; they come in UI format.
TEMPLATES: list[tuple[ModelSet, str, dict[str, Any]]] = [
    (
        FLUX_DEV,
        "KSampler",
        {"steps": 20, "cfg": 1, "sampler_name": "euler", "scheduler": "simple", "denoise": 1},
    ),
    (FLUX_DEV, "FluxGuidance", {"guidance": 3.5}),
    (
        FLUX_DEV,
        "DualCLIPLoader",
        {
            "clip_name1": "clip_l.safetensors",
            "clip_name2": "t5xxl_fp16.safetensors",
            "type": "flux",
            "device": "default",
        },
    ),
    (FLUX_DEV, "EmptySD3LatentImage", {"width": 1024, "height": 1024, "batch_size": 1}),
    (FLUX_DEV_FP8, "CheckpointLoaderSimple", {"ckpt_name": "flux1-dev-fp8.safetensors"}),
    (
        FLUX_SCHNELL,
        "KSampler",
        {"steps": 4, "cfg": 1, "sampler_name": "euler", "scheduler": "simple", "denoise": 1},
    ),
    (FLUX_SCHNELL_FP8, "CheckpointLoaderSimple", {"ckpt_name": "flux1-schnell-fp8.safetensors"}),
    (
        SD35_LARGE,
        "KSampler",
        {"steps": 20, "cfg": 4.01, "sampler_name": "euler", "scheduler": "sgm_uniform", "denoise": 1},
    ),
    (SD35_LARGE, "CheckpointLoaderSimple", {"ckpt_name": "sd3.5_large_fp8_scaled.safetensors"}),
    (SDXL_TURBO, "SamplerCustom", {"add_noise": True, "cfg": 1}),
    (SDXL_TURBO, "KSamplerSelect", {"sampler_name": "euler_ancestral"}),
    (SDXL_TURBO, "SDTurboScheduler", {"steps": 1, "denoise": 1}),
    (SDXL_TURBO, "EmptyLatentImage", {"width": 512, "height": 512, "batch_size": 1}),
    (
        QWEN_IMAGE_LIGHTNING,
        "LoraLoaderModelOnly",
        {"lora_name": "Qwen-Image-Lightning-8steps-V1.0.safetensors", "strength_model": 1},
    ),
]


@pytest.mark.parametrize(
    ("models", "class_type", "values"), TEMPLATES, ids=lambda value: getattr(value, "name", None)
)
def test_other_models_are_set_as_in_their_templates(
    models: ModelSet, class_type: str, values: dict[str, Any]
) -> None:
    assert settings(text_to_image(TextToImage(prompt=""), models), class_type) == values


def test_a_model_without_negative_prompt_gets_zeros_in_its_place() -> None:
    workflow = text_to_image(TextToImage(prompt="the sea", negative_prompt="a house"), FLUX_SCHNELL)
    (zeros,) = nodes_of(workflow, "ConditioningZeroOut")
    (sampler,) = nodes_of(workflow, "KSampler")
    assert workflow[sampler["inputs"]["negative"][0]] == zeros
    assert not nodes_of(workflow, "FluxGuidance")
    assert "a house" not in str(workflow)


def test_a_guidance_for_a_model_that_reads_none_is_refused() -> None:
    with pytest.raises(UsageError, match="reads no guidance"):
        text_to_image(TextToImage(prompt="", sampling=Sampling(guidance=3.0)), QWEN_IMAGE)


def test_more_steps_than_the_turbo_scheduler_takes_are_refused() -> None:
    with pytest.raises(UsageError, match="at most 10 steps, got 11"):
        text_to_image(TextToImage(prompt="", sampling=Sampling(steps=11)), SDXL_TURBO)


def test_what_the_request_names_wins_over_the_set() -> None:
    sampling = Sampling(seed=5, steps=1, cfg=0.0, sampler_name="heun", scheduler="beta", denoise=0.0)
    workflow = text_to_image(TextToImage(prompt="", width=64, sampling=sampling), NANO)
    assert settings(workflow, "KSampler") == {
        "steps": 1,
        "cfg": 0.0,
        "sampler_name": "heun",
        "scheduler": "beta",
        "denoise": 0.0,
    }
    assert settings(workflow, "EmptySD3LatentImage")["width"] == 64


def test_an_edit_with_a_set_that_cannot_edit_says_so() -> None:
    with pytest.raises(UsageError, match="Qwen-Image cannot edit"):
        image_edit(ImageEdit(instruction="", image="a.png"), QWEN_IMAGE)


def test_an_edit_takes_as_many_pictures_as_the_encoder_sees() -> None:
    request = ImageEdit(instruction="", image="a.png", references=("b.png", "c.png"))
    workflow = image_edit(request, QWEN_IMAGE_EDIT_2509)
    for encoder in nodes_of(workflow, "TextEncodeQwenImageEditPlus"):
        pictures = [workflow[encoder["inputs"][f"image{number}"][0]] for number in (2, 3)]
        assert [each["inputs"]["image"] for each in pictures] == ["b.png", "c.png"]
    with pytest.raises(UsageError, match="sees 1 picture at once, got 3"):
        image_edit(request, QWEN_IMAGE_EDIT)
    with pytest.raises(UsageError, match="sees 3 pictures at once, got 4"):
        image_edit(replace(request, references=("b.png",) * 3), QWEN_IMAGE_EDIT_2509)


def test_a_composition_gives_all_pictures_to_an_encoder_that_sees_them() -> None:
    workflow = composition(Composition(prompt="", images=("a.png", "b.png"), width=512), QWEN_IMAGE_EDIT_2509)
    assert settings(workflow, "EmptySD3LatentImage") == {"width": 512, "height": 1024, "batch_size": 1}
    assert settings(workflow, "KSampler")["denoise"] == 1
    encoder = nodes_of(workflow, "TextEncodeQwenImageEditPlus")[0]
    assert {"image1", "image2"} <= set(encoder["inputs"])
    assert "image3" not in encoder["inputs"]


@pytest.mark.parametrize("images", [("a.png", "b.png"), ("a.png", "b.png", "c.png")])
def test_a_collage_fills_the_canvas_without_gaps(images: tuple[str, ...]) -> None:
    workflow = composition(Composition(prompt="", images=images), NANO)
    columns = [each["inputs"]["width"] for each in nodes_of(workflow, "ImageScale")]
    starts = [each["inputs"]["x"] for each in nodes_of(workflow, "ImageCompositeMasked")]
    assert sum(columns) == NANO.width
    assert starts == [sum(columns[:number]) for number in range(len(images))]
    assert settings(workflow, "KSampler")["denoise"] == pytest.approx(0.7)


def test_style_transfer_instructs_a_model_that_sees_both_pictures() -> None:
    request = StyleTransfer(image="a.png", style_image="b.png", prompt="Use oil.")
    seen = style_transfer(request, QWEN_IMAGE_EDIT_2509)
    assert f"{INSTRUCTION} Use oil." in [
        each["inputs"]["prompt"] for each in nodes_of(seen, "TextEncodeQwenImageEditPlus")
    ]
    assert settings(seen, "KSampler")["denoise"] == 1
    alone = style_transfer(request, NANO)
    (encoder, _) = nodes_of(alone, "TextEncodeQwenImageEdit")
    assert alone[encoder["inputs"]["image"][0]]["inputs"]["image"] == "b.png"
    (encode,) = nodes_of(alone, "VAEEncode")
    assert alone[encode["inputs"]["pixels"][0]]["inputs"]["image"] == "a.png"
    assert settings(alone, "KSampler")["denoise"] == pytest.approx(0.65)


def test_outpainting_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="Nothing is to be added"):
        outpaint(Outpaint(prompt="", image="a.png"), NANO)


def test_outpainting_adds_at_the_sides_that_are_named_only() -> None:
    (pad,) = nodes_of(outpaint(Outpaint(prompt="", image="a.png", left=16), NANO), "ImagePadForOutpaint")
    assert {side: pad["inputs"][side] for side in ("left", "top", "right", "bottom")} == {
        "left": 16,
        "top": 0,
        "right": 0,
        "bottom": 0,
    }


def test_a_workflow_is_found_by_name_and_a_misspelt_one_by_the_nearest() -> None:
    assert find("text-to-image") is find("text_to_image") is LIBRARY[0]
    with pytest.raises(UsageError, match="Did you mean 'outpaint'"):
        find("out_paint")


def test_a_model_set_that_cannot_do_a_workflow_names_what_it_can() -> None:
    with pytest.raises(UsageError, match="Qwen-Image-Edit has no workflow upscale; it has: image_edit"):
        find("upscale").build({"image": "a.png"}, QWEN_IMAGE_EDIT)
