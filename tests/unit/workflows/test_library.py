"""Each workflow of the library fits the real server's node classes, whatever the model set."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from atelier.workflows.graph import Graph, Workflow
from atelier.workflows.image_edit import ImageEdit, image_edit
from atelier.workflows.image_to_image import ImageToImage, image_to_image
from atelier.workflows.inpaint import Inpaint, inpaint
from atelier.workflows.model_sets import (
    MODEL_SETS,
    NANO,
    QWEN_IMAGE,
    QWEN_IMAGE_EDIT,
    QWEN_IMAGE_EDIT_2509,
    ModelSet,
    Task,
    choose,
    detect,
)
from atelier.workflows.parts import Sampling
from atelier.workflows.text_to_image import TextToImage, text_to_image

REFERENCE = Path(__file__).parents[2] / "reference/comfyui/object_info-0.3.64.json"
ANY_COUNT = 3

BUILDERS: dict[Task, Callable[[ModelSet], Workflow]] = {
    "text_to_image": lambda models: text_to_image(TextToImage(prompt="the sea", count=ANY_COUNT), models),
    "image_to_image": lambda models: image_to_image(
        ImageToImage(prompt="the sea", image="a.png", count=ANY_COUNT), models
    ),
    "image_edit": lambda models: image_edit(
        ImageEdit(instruction="make it night", image="a.png", count=ANY_COUNT), models
    ),
    "inpaint": lambda models: inpaint(
        Inpaint(prompt="the sea", image="a.png", mask="m.png", count=ANY_COUNT), models
    ),
}
CASES = [(task, models) for models in MODEL_SETS for task in sorted(models.tasks)]


@cache
def reference() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(REFERENCE.read_text(encoding="utf-8"))
    return document


def inputs_of(class_type: str, group: str) -> dict[str, Any]:
    found: dict[str, Any] = reference()[class_type]["input"].get(group, {})
    return found


def links(workflow: Workflow) -> Iterator[tuple[str, str, str, int]]:
    for node_id, node in workflow.items():
        for name, value in node["inputs"].items():
            if isinstance(value, list):
                yield node_id, name, value[0], value[1]


def loaders(*, unet: str, clip: str, vae: str) -> dict[str, Any]:
    return {
        "UNETLoader": {"input": {"required": {"unet_name": [[unet]]}}},
        "CLIPLoader": {"input": {"required": {"clip_name": ["COMBO", {"options": [clip]}]}}},
        "VAELoader": {"input": {"required": {"vae_name": [[vae, "pixel_space"]]}}},
    }


@pytest.mark.parametrize(("task", "models"), CASES, ids=lambda case: getattr(case, "name", case))
def test_every_node_is_one_that_the_server_has_with_all_its_inputs(task: Task, models: ModelSet) -> None:
    for node in BUILDERS[task](models).values():
        required = set(inputs_of(node["class_type"], "required"))
        allowed = required | set(inputs_of(node["class_type"], "optional"))
        assert required <= set(node["inputs"]) <= allowed, node


@pytest.mark.parametrize(("task", "models"), CASES, ids=lambda case: getattr(case, "name", case))
def test_every_link_joins_sockets_of_one_type(task: Task, models: ModelSet) -> None:
    workflow = BUILDERS[task](models)
    for node_id, name, origin, slot in links(workflow):
        class_type = workflow[node_id]["class_type"]
        wanted = (inputs_of(class_type, "required") | inputs_of(class_type, "optional"))[name][0]
        assert reference()[workflow[origin]["class_type"]]["output"][slot] == wanted


def test_the_qwen_workflows_use_the_files_that_the_reference_server_offers() -> None:
    found = detect(reference())
    assert [each.name for each in found] == ["qwen-image", "qwen-image-edit-2509", "qwen-image-edit"]


@pytest.mark.parametrize(
    ("template", "models", "task"),
    [
        ("image_qwen_image", QWEN_IMAGE, "text_to_image"),
        ("image_qwen_image_edit", QWEN_IMAGE_EDIT, "image_edit"),
    ],
)
def test_sampling_follows_the_official_template(template: str, models: ModelSet, task: Task) -> None:
    path = REFERENCE.parent / f"templates_api/{template}.json"
    official = json.loads(path.read_text(encoding="utf-8"))

    def settings(workflow: Workflow, class_type: str) -> dict[str, Any]:
        node = next(each for each in workflow.values() if each["class_type"] == class_type)
        return {
            name: pytest.approx(value) if isinstance(value, float) else value
            for name, value in node["inputs"].items()
            if not isinstance(value, list) and name != "seed"
        }

    ours = BUILDERS[task](models)
    assert settings(ours, "KSampler") == settings(official, "KSampler")
    assert settings(ours, "ModelSamplingAuraFlow") == settings(official, "ModelSamplingAuraFlow")


def test_a_set_is_found_by_base_name_and_named_as_the_server_spells_it() -> None:
    server = loaders(
        unet=r"qwen\qwen_image_fp8_e4m3fn.safetensors",
        clip="text/qwen_2.5_vl_7b_fp8_scaled.safetensors",
        vae="qwen_image_vae.safetensors",
    )
    (found,) = detect(server)
    assert found.diffusion_model == r"qwen\qwen_image_fp8_e4m3fn.safetensors"
    assert found.text_encoder == "text/qwen_2.5_vl_7b_fp8_scaled.safetensors"


def test_a_set_with_a_file_missing_is_not_found() -> None:
    server = loaders(unet=NANO.diffusion_model, clip="another.safetensors", vae=NANO.vae)
    assert detect(server) == ()
    assert detect({}) == ()


def test_the_first_set_that_can_do_the_task_is_chosen() -> None:
    assert choose((QWEN_IMAGE, QWEN_IMAGE_EDIT_2509, NANO), "image_edit") is QWEN_IMAGE_EDIT_2509
    assert choose((QWEN_IMAGE,), "image_edit") is None


def test_what_the_request_names_wins_over_the_set() -> None:
    sampling = Sampling(seed=5, steps=1, cfg=0.0, sampler_name="heun", scheduler="beta")
    workflow = text_to_image(TextToImage(prompt="", width=64, sampling=sampling), NANO)
    sampler = next(each for each in workflow.values() if each["class_type"] == "KSampler")
    assert (
        sampler["inputs"].items()
        >= {
            "seed": 5,
            "steps": 1,
            "cfg": 0.0,
            "sampler_name": "heun",
            "scheduler": "beta",
        }.items()
    )


def test_an_edit_with_a_set_that_cannot_edit_says_so() -> None:
    with pytest.raises(ValueError, match="Qwen-Image cannot edit"):
        image_edit(ImageEdit(instruction="", image="a.png"), replace(QWEN_IMAGE, edit_encoder=None))


def test_the_workflow_of_a_graph_is_a_copy() -> None:
    graph = Graph()
    graph.add("EmptyImage", width=64)
    graph.workflow()["1"]["inputs"]["width"] = 1
    assert graph.workflow()["1"]["inputs"]["width"] == 64
