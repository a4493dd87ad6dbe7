"""What changed between two workflows."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atelier.workflows.difference import difference
from atelier.workflows.graph import Workflow

REFERENCE = Path(__file__).parents[2] / "reference" / "comfyui"
EXPORTS = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((REFERENCE / "templates_api").glob("*.json"))
}


def renumbered(workflow: Workflow, ids: dict[str, str]) -> Workflow:
    return {
        ids[node_id]: {
            **entry,
            "inputs": {
                name: [ids[value[0]], value[1]] if isinstance(value, list) else value
                for name, value in entry["inputs"].items()
            },
        }
        for node_id, entry in workflow.items()
    }


@pytest.fixture
def workflow() -> Workflow:
    return deepcopy(EXPORTS["image_qwen_image"])


def test_the_same_workflow_has_no_difference(workflow: Workflow) -> None:
    found = difference(workflow, deepcopy(workflow))
    assert found.is_empty
    assert found.text() == ""
    assert found.json() == {"added": [], "removed": [], "changed": [], "renumbered": {}}


def test_a_changed_value_is_told_with_both_values(workflow: Workflow) -> None:
    new = deepcopy(workflow)
    new["3"]["inputs"]["steps"] = 8
    found = difference(workflow, new)
    assert not found.is_empty
    assert found.text() == "~ #3 KSampler\n    steps: 20 → 8\n"
    assert found.json()["changed"][0]["inputs"] == [{"name": "steps", "kind": "changed", "old": 20, "new": 8}]


def test_inputs_that_come_and_go_are_told(workflow: Workflow) -> None:
    new = deepcopy(workflow)
    del new["38"]["inputs"]["device"]
    new["38"]["inputs"]["extra"] = 1
    assert difference(workflow, new).text() == (
        "~ #38 Load CLIP (CLIPLoader)\n    device: no longer default\n    extra: now 1\n"
    )


def test_a_node_put_between_two_is_added_and_the_link_is_rewired(workflow: Workflow) -> None:
    new = deepcopy(workflow)
    lora = {"model": ["37", 0], "lora_name": "fast.safetensors", "strength_model": 1.0}
    new["73"] = {"class_type": "LoraLoaderModelOnly", "inputs": lora, "_meta": {"title": "Fast"}}
    new["66"]["inputs"]["model"] = ["73", 0]
    found = difference(workflow, new)
    assert [each.node_id for each in found.added] == ["73"]
    assert found.removed == ()
    assert found.text() == (
        "+ #73 Fast (LoraLoaderModelOnly)\n"
        "~ #66 ModelSamplingAuraFlow\n"
        "    model: output 0 of #37 Load Diffusion Model (UNETLoader) → "
        "output 0 of #73 Fast (LoraLoaderModelOnly)\n"
    )
    back = difference(new, workflow)
    assert [each.node_id for each in back.removed] == ["73"]
    assert back.json()["changed"][0]["inputs"][0]["kind"] == "rewired"


def test_another_class_under_the_same_id_is_another_node(workflow: Workflow) -> None:
    new = deepcopy(workflow)
    new["8"]["class_type"] = "VAEDecodeTiled"
    found = difference(workflow, new)
    assert [each.class_type for each in found.removed] == ["VAEDecode"]
    assert [each.class_type for each in found.added] == ["VAEDecodeTiled"]


def test_a_new_title_is_told_and_does_nothing(workflow: Workflow) -> None:
    new = deepcopy(workflow)
    new["3"]["_meta"]["title"] = "Draw"
    found = difference(workflow, new)
    assert found.is_empty
    assert found.text() == "~ #3 Draw (KSampler), was #3 KSampler\n"


@pytest.mark.parametrize("name", EXPORTS)
def test_other_ids_are_no_difference(name: str) -> None:
    old = EXPORTS[name]
    ids = {node_id: f"n{index}" for index, node_id in enumerate(reversed(old))}
    found = difference(old, renumbered(old, ids))
    assert found.is_empty
    assert found.renumbered == ids


def test_a_change_is_found_though_all_ids_differ(workflow: Workflow) -> None:
    ids = {node_id: f"n{node_id}" for node_id in workflow}
    new = renumbered(workflow, ids)
    new["n6"]["inputs"]["text"] = "a red fox"
    new["n3"]["inputs"]["seed"] = 5
    found = difference(workflow, new)
    assert found.renumbered == ids
    assert {(each.old.node_id, each.inputs[0].name) for each in found.changed} == {
        ("6", "text"),
        ("3", "seed"),
    }


@pytest.mark.parametrize(("old", "new", "same"), [(1, 1.0, True), (1, True, False), (0, False, False)])
def test_numbers_are_the_same_in_either_form_and_truth_is_none(old: Any, new: Any, same: bool) -> None:
    def one(value: Any) -> Workflow:
        return {"1": {"class_type": "PrimitiveFloat", "inputs": {"value": value}}}

    assert difference(one(old), one(new)).is_empty is same


def test_links_to_nowhere_are_compared_as_they_stand() -> None:
    def to(node_id: str) -> Workflow:
        return {"1": {"class_type": "PreviewImage", "inputs": {"images": [node_id, 0]}}}

    assert difference(to("9"), to("9")).is_empty
    assert "#8, which is not there" in difference(to("9"), to("8")).text()


def test_two_workflows_of_a_thousand_like_nodes_are_matched() -> None:
    def row(prefix: str) -> Workflow:
        return {
            f"{prefix}{index}": {
                "class_type": "ImageInvert",
                "inputs": {"image": [f"{prefix}{index - 1}", 0]} if index else {},
            }
            for index in range(1000)
        }

    found = difference(row("a"), row("b"))
    assert found.added == found.removed == ()
    assert len(found.renumbered) == 1000


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.floats() | st.sampled_from(["1", "2", "A"]),
    lambda each: (
        st.lists(each, max_size=3)
        | st.dictionaries(
            st.sampled_from(["1", "2", "class_type", "inputs", "_meta", "title"]), each, max_size=4
        )
    ),
    max_leaves=12,
)


@given(old=ANYTHING, new=ANYTHING)
def test_bad_data_never_raises(old: Any, new: Any) -> None:
    found = difference(old, new)
    json.dumps(found.json())
    assert isinstance(found.text(), str)
    assert difference(old, old).is_empty
