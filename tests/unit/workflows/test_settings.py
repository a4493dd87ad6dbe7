"""Inputs of any workflow are set by the names that people use for them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from atelier.errors import UsageError
from atelier.workflows.object_info import NodeCatalogue
from atelier.workflows.settings import Place, places, with_settings

REFERENCE = Path(__file__).parents[2] / "reference/comfyui"


@cache
def catalogue() -> NodeCatalogue:
    document = json.loads((REFERENCE / "object_info-0.3.64.json").read_text(encoding="utf-8"))
    return NodeCatalogue.parse(document)


def template(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        (REFERENCE / f"templates_api/{name}.json").read_text(encoding="utf-8")
    )
    return document


@pytest.mark.parametrize("name", ["image_qwen_image", "image_qwen_image_edit", "image_qwen_image_edit_2509"])
def test_the_prompt_is_the_text_that_the_sampler_is_wired_to(name: str) -> None:
    workflow = template(name)
    (place,) = places(workflow, "prompt")
    (sampler,) = (node for node in workflow.values() if node["class_type"] == "KSampler")
    changed = with_settings(workflow, {"prompt": "a fox", "negative_prompt": "rain"}, catalogue())
    assert sampler["inputs"]["positive"][0] == place.node_id
    assert changed[place.node_id]["inputs"][place.input_name] == "a fox"
    assert json.dumps(changed).count('"rain"') == 1


def test_a_value_is_read_as_its_input_wants_it() -> None:
    changed = with_settings(
        template("image_qwen_image"), {"seed": "7", "cfg": "3", "KSampler.steps": "8"}, catalogue()
    )
    (sampler,) = (node["inputs"] for node in changed.values() if node["class_type"] == "KSampler")
    assert (sampler["seed"], sampler["cfg"], sampler["steps"]) == (7, 3.0, 8)
    assert isinstance(sampler["cfg"], float)


def test_the_given_workflow_stays_as_it_was() -> None:
    workflow = template("image_qwen_image")
    before = json.dumps(workflow)
    with_settings(workflow, {"seed": "7"}, catalogue())
    assert json.dumps(workflow) == before


def test_a_node_is_meant_by_id_class_or_title() -> None:
    workflow = {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 64}, "_meta": {"title": "Sky"}},
        "2": {"class_type": "EmptyImage", "inputs": {"width": 64}},
    }
    assert (
        places(workflow, "1.width")
        == places(workflow, "Sky.width")
        == (Place(node_id="1", input_name="width"),)
    )
    assert len(places(workflow, "EmptyImage.width")) == 2


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"text": "x"}, "several nodes"),
        ({"sed": "1"}, "Did you mean 'seed'"),
        ({"seed": "abc"}, "a whole number"),
        ({"cfg": "much"}, "a number"),
    ],
)
def test_what_cannot_be_set_says_why(settings: dict[str, str], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        with_settings(template("image_qwen_image"), settings, catalogue())


def test_a_loop_of_conditionings_ends() -> None:
    workflow = {
        "1": {"class_type": "KSampler", "inputs": {"positive": ["2", 0]}},
        "2": {"class_type": "ReferenceLatent", "inputs": {"conditioning": ["2", 0]}},
    }
    assert places(workflow, "prompt") == ()
