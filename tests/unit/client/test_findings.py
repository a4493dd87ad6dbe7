"""Each of ComfyUI's validation errors becomes a finding; the answers are those that ComfyUI 0.3.64 gave."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atelier.client._findings import findings
from atelier.findings import Finding
from atelier.workflows.graph import Workflow

REFERENCE = Path(__file__).parents[2] / "reference" / "comfyui"
ANSWERS: dict[str, Any] = json.loads((REFERENCE / "prompt-answers-0.3.64.json").read_text("utf-8"))
OBJECT_INFO: dict[str, Any] = json.loads((REFERENCE / "object_info-0.3.64.json").read_text("utf-8"))


def empty(**inputs: object) -> dict[str, Any]:
    given_inputs = {"width": 64, "height": 64, "batch_size": 1, "color": 0, **inputs}
    return {"class_type": "EmptyImage", "inputs": {k: v for k, v in given_inputs.items() if v != "leave out"}}


def save(images: object) -> dict[str, Any]:
    return {"class_type": "SaveImage", "inputs": {"images": images, "filename_prefix": "p"}}


def found(name: str, workflow: Workflow, object_info: Mapping[str, Any] = OBJECT_INFO) -> tuple[Finding, ...]:
    return findings(ANSWERS[name]["body"], workflow, object_info)


#: Recorded answer, workflow, kind, node, input, value received, nearest value, a part of the fix.
CASES: list[tuple[str, Workflow, str, str | None, str | None, object, object, str]] = [
    ("no prompt key", {}, "no_prompt", None, None, None, None, "API format"),
    ("no outputs", {"1": empty()}, "prompt_no_outputs", None, None, None, None, "SaveImage"),
    ("missing class_type", {"1": {"inputs": {}}}, "invalid_prompt", "1", None, None, None, "class_type"),
    (
        "unknown class",
        {"1": {"class_type": "Nope", "inputs": {}}, "2": save(["1", 0])},
        *("invalid_prompt", "1", None, "Nope", None, "install the node pack"),
    ),
    (
        "cycle",
        {
            "1": {"class_type": "ImageInvert", "inputs": {"image": ["2", 0]}},
            "2": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
            "3": save(["2", 0]),
        },
        *("prompt_outputs_failed_validation", None, None, None, None, "1 -> 2 -> 1"),
    ),
    (
        "missing required (on output node)",
        {"1": empty(), "2": {"class_type": "SaveImage", "inputs": {"filename_prefix": "p"}}},
        *("required_input_missing", "2", "images", None, ["1", 0], "an output of type IMAGE"),
    ),
    (
        "missing required (on upstream)",
        {"1": empty(width="leave out"), "2": save(["1", 0])},
        *("required_input_missing", "1", "width", None, 512, "default 512"),
    ),
    (
        "link len 3",
        {"1": empty(), "2": save(["1", 0, 0])},
        *("bad_linked_input", "2", "images", ["1", 0, 0], ["1", 0], "here ['1', 0]"),
    ),
    (
        "link len 0",
        {"1": empty(), "2": save([])},
        *("bad_linked_input", "2", "images", [], ["1", 0], "here ['1', 0]"),
    ),
    (
        "wrong link type",
        {"1": {"class_type": "EmptyLatentImage", "inputs": {}}, "2": save(["1", 0]), "3": empty()},
        *("return_type_mismatch", "2", "images", ["1", 0], ["3", 0], "an output of type IMAGE"),
    ),
    (
        "bad type int",
        {"1": empty(width="abc"), "2": save(["1", 0])},
        *("invalid_input_type", "1", "width", "abc", 512, "a whole number, such as 512"),
    ),
    (
        "null for int",
        {"1": empty(width=None), "2": save(["1", 0])},
        *("invalid_input_type", "1", "width", None, 512, "a whole number"),
    ),
    (
        "too small",
        {"1": empty(width=0), "2": save(["1", 0])},
        *("value_smaller_than_min", "1", "width", 0, 1, "at least 1"),
    ),
    (
        "too big",
        {"1": empty(width=99999), "2": save(["1", 0])},
        *("value_bigger_than_max", "1", "width", 99999, 16384, "at most 16384"),
    ),
    (
        "value not in list",
        {"1": empty(), "3": {"class_type": "ImageScale", "inputs": {}}, "2": save(["3", 0])},
        *("value_not_in_list", "3", "upscale_method", "zz", None, "one of 'nearest-exact', 'bilinear'"),
    ),
    (
        "LoadImage missing file",
        {"1": {"class_type": "LoadImage", "inputs": {"image": "nope.png"}}, "2": save(["1", 0])},
        *("custom_validation_failed", "1", "image", "nope.png", None, "Upload the file first"),
    ),
    (
        "link to missing node",
        {"1": empty(), "2": save(["77", 0])},
        *("exception_during_validation", "2", "images", ["77", 0], ["1", 0], "perhaps ['1', 0]"),
    ),
    (
        "link slot out of range",
        {"1": empty(), "2": save(["1", 5])},
        *("exception_during_validation", "2", "images", ["1", 5], ["1", 0], "has no output 5"),
    ),
    (
        "link slot str",
        {"1": empty(), "2": save(["1", "0"])},
        *("exception_during_validation", "2", "images", ["1", "0"], ["1", 0], "as a number"),
    ),
    (
        "link node id int",
        {"1": empty(), "2": save([1, 0])},
        *("exception_during_validation", "2", "images", [1, 0], ["1", 0], "as a string"),
    ),
    (
        "missing inputs key",
        {"1": {"class_type": "EmptyImage"}, "2": save(["1", 0])},
        *("exception_during_inner_validation", "1", None, None, None, 'Give the node its "inputs"'),
    ),
    (
        "partial: one good one bad output",
        {"1": empty(), "2": save(["1", 0]), "3": save(["9", 0])},
        *("exception_during_validation", "3", "images", ["9", 0], ["1", 0], "There is no node 9"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_an_answer_of_comfyui_becomes_a_finding_with_its_place_and_cure(case: Any) -> None:
    name, workflow, kind, node_id, input_name, received, nearest, fix = case
    (finding,) = found(name, workflow)
    assert (finding.kind, finding.node_id, finding.input_name) == (kind, node_id, input_name)
    assert (finding.received, finding.nearest) == (received, nearest)
    assert fix in finding.fix
    assert finding.fix.endswith(".")


def test_every_kind_that_comfyui_has_is_covered() -> None:
    assert {case[2] for case in CASES} == {
        *("no_prompt", "invalid_prompt", "prompt_no_outputs", "prompt_outputs_failed_validation"),
        *("required_input_missing", "bad_linked_input", "return_type_mismatch", "invalid_input_type"),
        *("value_smaller_than_min", "value_bigger_than_max", "value_not_in_list"),
        *("custom_validation_failed", "exception_during_validation", "exception_during_inner_validation"),
    }


def test_an_accepted_workflow_has_no_findings() -> None:
    assert found("ok", {"1": empty(), "2": save(["1", 0])}) == ()


def test_the_nearest_option_is_found_although_the_server_keeps_long_lists_to_itself() -> None:
    error = {
        "type": "value_not_in_list",
        "message": "Value not in list",
        "details": "sampler_name: 'eulr' not in (list of length 42)",
        "extra_info": {"input_name": "sampler_name", "input_config": None, "received_value": "eulr"},
    }
    missing = [
        {"type": "required_input_missing", "message": "m", "details": "d", "extra_info": {"input_name": name}}
        for name in ("steps", "model", "scheduler")
    ]
    document = {"node_errors": {"5": {"errors": [error, *missing], "class_type": "KSampler"}}}
    workflow: Workflow = {"5": {"class_type": "KSampler", "inputs": {"seed": 1, "sampler_name": "eulr"}}}
    by_input = {finding.input_name: finding for finding in findings(document, workflow, OBJECT_INFO)}
    assert list(by_input) == ["model", "sampler_name", "scheduler", "steps"]
    assert by_input["sampler_name"].nearest == "euler"
    assert by_input["steps"].nearest == 20
    assert by_input["scheduler"].nearest == "simple"
    assert "of type MODEL" in by_input["model"].fix


def not_in_list(received: str, options: list[str]) -> Finding:
    error = {
        "type": "value_not_in_list",
        "message": "Value not in list",
        "details": "",
        "extra_info": {"input_name": "name", "input_config": [options, {}], "received_value": received},
    }
    document = {"node_errors": {"1": {"errors": [error], "class_type": "Loader"}}}
    (finding,) = findings(document, {"1": {"class_type": "Loader", "inputs": {"name": received}}}, {})
    return finding


@pytest.mark.parametrize(
    ("received", "options", "nearest"),
    [
        ("eulr", ["heun", "euler", "euler_ancestral"], "euler"),
        ("EULER", ["heun", "euler"], "euler"),
        (
            "qwen_image.safetensors",
            ["vae.pt", "Qwen\\qwen_image.safetensors"],
            "Qwen\\qwen_image.safetensors",
        ),
        (
            "old/place/qwen_image_edit.gguf",
            ["new/qwen_image_edit.safetensors", "flux.gguf"],
            "new/qwen_image_edit.safetensors",
        ),
        ("zzzzzz", ["euler", "heun"], None),
        ("cat.png", ["dog.png"], None),
        ("a/cat.png", ["b/cat.jpg", "a/cat.jpg"], "a/cat.jpg"),
        ("anything", [], None),
    ],
)
def test_the_nearest_option_is_the_one_most_alike(
    received: str, options: list[str], nearest: str | None
) -> None:
    assert not_in_list(received, options).nearest == nearest


def test_a_new_style_combo_names_its_options_too() -> None:
    info = {"Loader": {"input": {"required": {"name": ["COMBO", {"options": ["euler", "heun"]}]}}}}
    error = {
        "type": "value_not_in_list",
        "message": "m",
        "details": "d",
        "extra_info": {"input_name": "name", "input_config": None, "received_value": "eulr"},
    }
    document = {"node_errors": {"1": {"errors": [error], "class_type": "Loader"}}}
    (finding,) = findings(document, {"1": {"class_type": "Loader", "inputs": {"name": "eulr"}}}, info)
    assert finding.nearest == "euler"


def test_without_declarations_there_are_findings_all_the_same() -> None:
    for name, workflow, kind, *_ in CASES:
        (finding,) = found(name, workflow, {})
        assert finding.kind == kind


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
kinds = st.sampled_from([case[2] for case in CASES])
errors = st.fixed_dictionaries(
    {},
    optional={
        "type": kinds | json_values,
        "message": json_values,
        "details": json_values,
        "extra_info": st.fixed_dictionaries(
            {},
            optional={
                "input_name": st.sampled_from(["width", "images", "image"]) | json_values,
                "input_config": json_values,
                "received_value": json_values,
                "linked_node": json_values,
                "exception_type": json_values,
            },
        )
        | json_values,
    },
)
reports = st.fixed_dictionaries({"errors": st.lists(errors, max_size=3) | json_values}) | json_values
nodes = (
    st.fixed_dictionaries(
        {"class_type": json_values, "inputs": st.dictionaries(st.text(max_size=2), json_values)}
    )
    | json_values
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "error": errors | json_values,
            "node_errors": st.dictionaries(st.text(max_size=2), reports),
        },
    ),
    st.dictionaries(st.text(max_size=2), nodes, max_size=4),
)
def test_no_answer_whatever_breaks_the_reading(document: Any, workflow: Any) -> None:
    assert all(isinstance(finding, Finding) for finding in findings(document, workflow, OBJECT_INFO))
