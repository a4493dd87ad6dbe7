"""UI format to API format, held against what the stock page itself exports."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atelier.workflows.object_info import NodeCatalogue
from atelier.workflows.ui_to_api import ui_to_api

REFERENCE = Path(__file__).parents[2] / "reference" / "comfyui"
TEMPLATES = sorted(path.name for path in (REFERENCE / "templates_api").glob("*.json"))
OWN = sorted(path.name for path in (REFERENCE / "page_exports").glob("*.json"))


def read(*parts: str) -> Any:
    return json.loads(REFERENCE.joinpath(*parts).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def catalogue() -> NodeCatalogue:
    return NodeCatalogue.parse(read("object_info-0.3.64.json"))


def without_prose(workflow: dict[str, Any]) -> dict[str, Any]:
    """Shorten long texts as scripts/reduce_comfyui_templates.py does."""
    for entry in workflow.values():
        for name, value in entry["inputs"].items():
            if isinstance(value, str) and len(value) > 40 and " " in value:
                entry["inputs"][name] = "prose"
    return workflow


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_reduced_to_its_structure_becomes_what_the_page_exports(
    name: str, catalogue: NodeCatalogue
) -> None:
    converted = ui_to_api(read("templates_ui", name), catalogue)
    export = without_prose(read("templates_api", name))
    assert converted.workflow == export
    assert [list(entry["inputs"]) for entry in converted.workflow.values()] == [
        list(export[node_id]["inputs"]) for node_id in converted.workflow
    ]
    assert converted.remarks == ()


@pytest.mark.parametrize("name", OWN)
def test_our_documents_become_what_the_page_exports(name: str, catalogue: NodeCatalogue) -> None:
    recorded = read("page_exports", name)
    assert ui_to_api(recorded["document"], catalogue).workflow == recorded["export"]


def document(*nodes: dict[str, Any], links: list[Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"version": 0.4, "nodes": list(nodes), "links": links or [], **more}


def node(node_id: int, kind: str, **more: Any) -> dict[str, Any]:
    return {"id": node_id, "type": kind, "mode": 0, "inputs": [], "outputs": [], **more}


def test_values_by_name_are_taken_by_name(catalogue: NodeCatalogue) -> None:
    values = {"batch_size": 2, "height": 64, "width": 128, "videopreview": {}}
    converted = ui_to_api(document(node(1, "EmptyLatentImage", widgets_values=values)), catalogue)
    assert converted.workflow["1"]["inputs"] == {"width": 128, "height": 64, "batch_size": 2}


def test_the_first_seed_controls_were_yes_and_no(catalogue: NodeCatalogue) -> None:
    old = node(1, "KSampler", widgets_values=[5, True, 20, 8, "euler", "normal", 1])
    inputs = ui_to_api(document(old), catalogue).workflow["1"]["inputs"]
    assert (inputs["seed"], inputs["steps"], inputs["denoise"]) == (5, 20, 1)


def test_missing_values_get_the_defaults(catalogue: NodeCatalogue) -> None:
    inputs = ui_to_api(document(node(1, "EmptyLatentImage", widgets_values=[64])), catalogue).workflow["1"][
        "inputs"
    ]
    assert inputs == {"width": 64, "height": 512, "batch_size": 1}


def test_values_of_sockets_in_old_files_are_dropped(catalogue: NodeCatalogue) -> None:
    # SaveLoRANode declares its steps as a socket; pages before 1.16 kept a value for it.
    old = node(1, "SaveLoRANode", widgets_values=["loras/mine", 100])
    assert ui_to_api(document(old), catalogue).workflow["1"]["inputs"] == {"prefix": "loras/mine"}


def test_a_list_as_a_value_is_wrapped_so_that_it_is_no_link(catalogue: NodeCatalogue) -> None:
    converted = ui_to_api(document(node(1, "EmptyLatentImage", widgets_values=[["1", 0], 64, 1])), catalogue)
    assert converted.workflow["1"]["inputs"]["width"] == {"__value__": ["1", 0]}


def test_alternatives_in_a_prompt_give_the_first_and_a_remark(catalogue: NodeCatalogue) -> None:
    text = "a {red|{grey|white}} fox, {hat|scarf}"
    converted = ui_to_api(document(node(1, "CLIPTextEncode", widgets_values=[text])), catalogue)
    assert converted.workflow["1"]["inputs"]["text"] == "a red fox, hat"
    assert "alternatives in 'text'" in converted.remarks[0]


def test_a_node_of_an_unknown_class_keeps_its_links_and_named_values(catalogue: NodeCatalogue) -> None:
    unknown = node(
        2,
        "SomePackNode",
        inputs=[
            {"name": "image", "type": "IMAGE", "link": 1},
            {"name": "seed", "type": "INT", "link": None, "widget": {"name": "seed"}},
            {"name": "mode", "type": "COMBO", "link": None, "widget": {"name": "mode"}},
        ],
        widgets_values=[7, "fixed", "soft"],
    )
    loader = node(
        1, "LoadImage", outputs=[{"name": "IMAGE", "type": "IMAGE"}], widgets_values=["day.png", "image"]
    )
    converted = ui_to_api(document(loader, unknown, links=[[1, 1, 0, 2, 0, "IMAGE"]]), catalogue)
    assert converted.workflow["2"] == {
        "inputs": {"seed": 7, "mode": "soft", "image": ["1", 0]},
        "class_type": "SomePackNode",
        "_meta": {"title": "SomePackNode"},
    }
    assert converted.remarks == (
        "Node 2 (SomePackNode) is of no known class; its values are placed by the names in the file.",
    )


def test_values_of_an_unknown_class_that_fit_no_name_are_told(catalogue: NodeCatalogue) -> None:
    unknown = node(2, "SomePackNode", outputs=[{"name": "x", "type": "IMAGE"}], widgets_values=[7, 8])
    converted = ui_to_api(document(unknown), catalogue)
    assert converted.workflow["2"]["inputs"] == {}
    assert any("[7, 8]" in each for each in converted.remarks)


def test_a_node_of_an_unknown_class_without_sockets_is_left_out(catalogue: NodeCatalogue) -> None:
    converted = ui_to_api(document(node(2, "Ornament", widgets_values=["for people"])), catalogue)
    assert converted.workflow == {}
    assert converted.remarks == (
        "Node 2 (Ornament) is of no known class and has no sockets; it is left out.",
    )


def test_a_named_wire_is_followed(catalogue: NodeCatalogue) -> None:
    image = [{"name": "IMAGE", "type": "IMAGE"}]
    nodes = [
        node(1, "LoadImage", outputs=image, widgets_values=["day.png", "image"]),
        node(2, "SetNode", inputs=[{"name": "IMAGE", "type": "IMAGE", "link": 1}], widgets_values=["photo"]),
        node(3, "GetNode", outputs=image, widgets_values=["photo"]),
        node(4, "PreviewImage", inputs=[{"name": "images", "type": "IMAGE", "link": 2}]),
        node(5, "GetNode", outputs=image, widgets_values=["nothing"]),
        node(6, "PreviewImage", inputs=[{"name": "images", "type": "IMAGE", "link": 3}]),
    ]
    links = [[1, 1, 0, 2, 0, "IMAGE"], [2, 3, 0, 4, 0, "IMAGE"], [3, 5, 0, 6, 0, "IMAGE"]]
    converted = ui_to_api(document(*nodes, links=links), catalogue)
    assert converted.workflow["4"]["inputs"] == {"images": ["1", 0]}
    assert converted.workflow["6"]["inputs"] == {}
    assert "no node sets 'nothing'" in converted.remarks[0]


def test_newer_boxes_name_the_inner_widgets_that_they_show(catalogue: NodeCatalogue) -> None:
    inner = node(9, "ImageBlur", outputs=[{"name": "IMAGE", "type": "IMAGE"}], widgets_values=[5, 2.0])
    box = node(1, "a-box", widgets_values=[3.5], properties={"proxyWidgets": [["9", "sigma"]]})
    definition = {"id": "a-box", "name": "Box", "nodes": [inner], "links": [], "inputs": [], "outputs": []}
    converted = ui_to_api(document(box, definitions={"subgraphs": [definition]}), catalogue)
    assert converted.workflow["1:9"]["inputs"] == {"blur_radius": 5, "sigma": 3.5}


def test_a_muted_or_bypassed_box_takes_its_inside_along(catalogue: NodeCatalogue) -> None:
    definition = {"id": "a-box", "nodes": [node(9, "EmptyLatentImage")], "links": []}
    for mode in (2, 4):
        box = {**node(1, "a-box"), "mode": mode}
        assert ui_to_api(document(box, definitions={"subgraphs": [definition]}), catalogue).workflow == {}


def test_a_box_that_holds_itself_is_left_closed(catalogue: NodeCatalogue) -> None:
    twice = [node(1, "a-box"), node(2, "a-box")]
    definition = {"id": "a-box", "nodes": twice, "links": []}
    converted = ui_to_api(document(node(1, "a-box"), definitions={"subgraphs": [definition]}), catalogue)
    assert any("stays closed" in each for each in converted.remarks)


def test_reroutes_in_a_circle_are_told(catalogue: NodeCatalogue) -> None:
    nodes = [
        node(1, "Reroute", inputs=[{"name": "", "type": "*", "link": 1}]),
        node(2, "Reroute", inputs=[{"name": "", "type": "*", "link": 2}]),
        node(3, "PreviewImage", inputs=[{"name": "images", "type": "IMAGE", "link": 3}]),
    ]
    links = [[1, 2, 0, 1, 0, "*"], [2, 1, 0, 2, 0, "*"], [3, 1, 0, 3, 0, "IMAGE"]]
    converted = ui_to_api(document(*nodes, links=links), catalogue)
    assert converted.workflow["3"]["inputs"] == {}
    assert "circle" in converted.remarks[0]


def test_a_chain_of_thousands_of_reroutes_is_followed(catalogue: NodeCatalogue) -> None:
    count = 5000
    nodes = [node(0, "LoadImage", widgets_values=["day.png", "image"])]
    nodes += [
        node(each, "Reroute", inputs=[{"name": "", "type": "*", "link": each}]) for each in range(1, count)
    ]
    nodes.append(node(count, "PreviewImage", inputs=[{"name": "images", "type": "IMAGE", "link": count}]))
    links = [[each, each - 1, 0, each, 0, "IMAGE"] for each in range(1, count + 1)]
    converted = ui_to_api(document(*nodes, links=links), catalogue)
    assert converted.workflow[str(count)]["inputs"] == {"images": ["0", 0]}


@pytest.mark.parametrize(
    "wrong", [None, [], "text", 7, {}, {"nodes": None}, {"1": {"class_type": "SaveImage"}}]
)
def test_what_is_no_document_gives_a_remark(wrong: object, catalogue: NodeCatalogue) -> None:
    converted = ui_to_api(wrong, catalogue)
    assert converted.workflow == {}
    assert len(converted.remarks) == 1


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-12, 12) | st.floats() | st.text(max_size=4),
    lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text(max_size=4), each, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths to everything in a document."""
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        found += places(each, (*path, key))
    return found


BROKEN = [read("page_exports", name)["document"] for name in OWN]
PLACES = [places(each) for each in BROKEN]


@given(data=st.data())
def test_a_document_that_is_broken_anywhere_never_raises(
    data: st.DataObject, catalogue: NodeCatalogue
) -> None:
    which = data.draw(st.integers(0, len(BROKEN) - 1))
    broken = deepcopy(BROKEN[which])
    for path in data.draw(st.lists(st.sampled_from(PLACES[which]), min_size=1, max_size=3)):
        parent: Any = broken
        try:
            for key in path[:-1]:
                parent = parent[key]
            parent[path[-1]] = data.draw(ANYTHING)
        except (LookupError, TypeError):
            # An earlier break took this place away.
            continue
    converted = ui_to_api(broken, catalogue)
    json.dumps(converted.workflow)
    assert all(isinstance(each, str) for each in converted.remarks)
