"""API format to UI format and back, and where the nodes stand."""

from __future__ import annotations

import json
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atelier.workflows.api_to_ui import api_to_ui
from atelier.workflows.boxes import TITLE_HEIGHT
from atelier.workflows.graph import Workflow
from atelier.workflows.layout import place
from atelier.workflows.object_info import InputType, NodeCatalogue
from atelier.workflows.ui_to_api import ui_to_api
from atelier.workflows.widgets import is_widget

REFERENCE = Path(__file__).parents[2] / "reference" / "comfyui"
EXPORTS = sorted((REFERENCE / "templates_api").glob("*.json"))
RECORDED = sorted((REFERENCE / "page_exports").glob("*.json"))
CATALOGUE = NodeCatalogue.parse(
    json.loads((REFERENCE / "object_info-0.3.64.json").read_text(encoding="utf-8"))
)
CLASSES = sorted(CATALOGUE.names)


@pytest.mark.parametrize("path", EXPORTS, ids=lambda path: path.stem)
def test_a_template_comes_back_as_it_went(path: Path) -> None:
    workflow = json.loads(path.read_text(encoding="utf-8"))
    back = ui_to_api(api_to_ui(workflow, CATALOGUE), CATALOGUE)
    assert back.workflow == workflow
    assert back.remarks == ()


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_what_the_page_exports_comes_back_as_it_went(path: Path) -> None:
    workflow = json.loads(path.read_text(encoding="utf-8"))["export"]
    assert ui_to_api(api_to_ui(workflow, CATALOGUE), CATALOGUE).workflow == workflow


#: Backslashes and slashes are left out: the page reads escapes and comments in prompts.
TEXTS = st.text(st.characters(exclude_characters="\\/%", exclude_categories=["Cs"]), max_size=30)


def values_of(widget: InputType) -> st.SearchStrategy[Any]:
    if widget.options:
        return st.sampled_from(widget.options)
    of_type: dict[str, st.SearchStrategy[Any]] = {
        "INT": st.integers(0, 2**64 - 1),
        "FLOAT": st.floats(allow_nan=False),
        "BOOLEAN": st.booleans(),
    }
    lists = st.fixed_dictionaries({"__value__": st.lists(st.integers())})
    return of_type.get(widget.type, TEXTS | lists)


@st.composite
def entries(draw: st.DrawFn, earlier: list[tuple[str, int]]) -> dict[str, Any]:
    """Draw a node of a class of the catalogue, linked to any of the given outputs."""
    node_type = CATALOGUE.nodes[draw(st.sampled_from(CLASSES))]
    inputs: dict[str, Any] = {}
    for each in node_type.inputs.values():
        if each.hidden:
            continue
        if draw(st.booleans()) and earlier:
            inputs[each.name] = list(draw(st.sampled_from(earlier)))
        elif is_widget(each):
            inputs[each.name] = draw(values_of(each))
    if draw(st.integers(0, 9)) == 0:
        inputs["not declared"] = draw(st.integers() | TEXTS)
    title = draw(TEXTS.filter(bool))
    return {"inputs": inputs, "class_type": node_type.name, "_meta": {"title": title}}


@st.composite
def workflows(draw: st.DrawFn) -> Workflow:
    ids = draw(
        st.lists(
            st.from_regex(r"[1-9][0-9]{0,4}(:[1-9][0-9]?){0,2}|[a-z]{1,3}|0[0-9]", fullmatch=True),
            unique=True,
            max_size=8,
        )
    )
    workflow: Workflow = {}
    outputs: list[tuple[str, int]] = []
    for node_id in ids:
        workflow[node_id] = draw(entries(outputs))
        node_type = CATALOGUE.nodes[workflow[node_id]["class_type"]]
        outputs += [(node_id, slot) for slot in range(len(node_type.outputs))]
    return workflow


@settings(max_examples=50)
@given(workflow=workflows())
def test_any_workflow_comes_back_as_it_went(workflow: Workflow) -> None:
    document = json.loads(json.dumps(api_to_ui(workflow, CATALOGUE)))
    back = ui_to_api(document, CATALOGUE)
    assert back.workflow == workflow
    assert back.remarks == ()


@settings(max_examples=50)
@given(workflow=workflows())
def test_links_are_told_alike_at_both_ends(workflow: Workflow) -> None:
    document = api_to_ui(workflow, CATALOGUE)
    nodes = {node["id"]: node for node in document["nodes"]}
    for link_id, origin, origin_slot, target, target_slot, _ in document["links"]:
        assert link_id in nodes[origin]["outputs"][origin_slot]["links"]
        assert nodes[target]["inputs"][target_slot]["link"] == link_id
    assert document["last_link_id"] == len(document["links"])


def test_a_node_of_an_unknown_class_comes_back_as_it_went() -> None:
    workflow: Workflow = {
        "1": {
            "inputs": {"image": ["2", 3], "strength": 0.5, "points": {"__value__": [1, 2]}},
            "class_type": "SomePackNode",
            "_meta": {"title": "Some pack's node"},
        },
        "2": {"inputs": {}, "class_type": "AnotherNode", "_meta": {"title": "AnotherNode"}},
        "3": {"inputs": {}, "class_type": "OneAlone", "_meta": {"title": "OneAlone"}},
    }
    assert ui_to_api(api_to_ui(workflow, CATALOGUE), CATALOGUE).workflow == workflow


def test_a_link_to_nowhere_is_kept_where_the_way_back_finds_it() -> None:
    workflow: Workflow = {
        "1": {
            "inputs": {"images": ["99", 0]},
            "class_type": "PreviewImage",
            "_meta": {"title": "Preview Image"},
        }
    }
    document = api_to_ui(workflow, CATALOGUE)
    assert document["links"] == []
    assert ui_to_api(document, CATALOGUE).workflow == workflow


def test_what_a_workflow_leaves_out_is_filled_in() -> None:
    workflow: Workflow = {"1": {"inputs": {"width": 64}, "class_type": "EmptyLatentImage"}}
    assert ui_to_api(api_to_ui(workflow, CATALOGUE), CATALOGUE).workflow == {
        "1": {
            "inputs": {"width": 64, "height": 512, "batch_size": 1},
            "class_type": "EmptyLatentImage",
            "_meta": {"title": "Empty Latent Image"},
        }
    }


@pytest.mark.parametrize(
    "wrong", [{}, {"1": None}, {"1": {"inputs": 5, "class_type": "SaveImage"}}, {1: {}}, []]
)
def test_what_is_no_workflow_gives_a_document_without_it(wrong: Any) -> None:
    document = api_to_ui(wrong, CATALOGUE)
    assert len(document["nodes"]) == (1 if isinstance(wrong, dict) and "SaveImage" in str(wrong) else 0)


def areas(document: dict[str, Any]) -> list[tuple[float, float, float, float]]:
    return [
        (each["pos"][0], each["pos"][1] - TITLE_HEIGHT, *each["size"][:1], each["size"][1] + TITLE_HEIGHT)
        for each in document["nodes"]
    ]


def overlap(first: tuple[float, ...], second: tuple[float, ...]) -> bool:
    return all(
        first[axis] < second[axis] + second[axis + 2] and second[axis] < first[axis] + first[axis + 2]
        for axis in (0, 1)
    )


@settings(max_examples=50)
@given(workflow=workflows())
def test_no_node_stands_over_another(workflow: Workflow) -> None:
    for first, second in combinations(areas(api_to_ui(workflow, CATALOGUE)), 2):
        assert not overlap(first, second)


@pytest.mark.parametrize("path", EXPORTS, ids=lambda path: path.stem)
def test_every_link_of_a_template_runs_to_the_right(path: Path) -> None:
    document = api_to_ui(json.loads(path.read_text(encoding="utf-8")), CATALOGUE)
    left = {node["id"]: node["pos"][0] for node in document["nodes"]}
    right = {node["id"]: node["pos"][0] + node["size"][0] for node in document["nodes"]}
    assert all(right[origin] < left[target] for _, origin, _, target, _, _ in document["links"])


def test_boxes_in_a_circle_are_placed() -> None:
    corners = place({"a": (10, 10), "b": (10, 10), "c": (10, 10)}, [("a", "b"), ("b", "c"), ("c", "a")])
    assert len({left for left, _ in corners.values()}) == 3


def test_a_chain_of_thousands_is_placed() -> None:
    ids = [str(each) for each in range(3000)]
    corners = place(dict.fromkeys(ids, (10, 10)), list(pairwise(ids)))
    assert corners["2999"] > corners["2998"]


def test_a_straight_chain_stands_in_a_line() -> None:
    corners = place({"a": (10, 50), "b": (10, 50), "c": (10, 50)}, [("a", "b"), ("b", "c")])
    assert {top for _, top in corners.values()} == {0}
