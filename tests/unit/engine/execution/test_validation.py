"""Validation: what runs, what is refused, and in which words."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from atelier.engine.catalogue import Catalogue
from atelier.engine.folders import Folders
from atelier.engine.node import integer, socket
from atelier.engine.validation import CheckedWorkflow, Rejection, check_workflow
from atelier.errors import FileOutside
from atelier.workflows.wiring import LONGEST_CHAIN
from tests.unit.engine.execution.runners import empty_image, save_image, simple
from tests.unit.engine.execution.small_nodes import Calls, folders_in, node, small_nodes


def refuse_odd(folders: Folders, values: Any) -> str | None:
    if values.get("width") == 13:
        raise FileOutside("thirteen is outside.")
    return "give an even width" if values.get("width", 0) % 2 else None


def blow_up(folders: Folders, values: Any) -> str | None:
    raise ValueError("embedded null byte")


HOOKED = node(
    "Hooked",
    lambda context, **inputs: (inputs,),
    integer("width", default=2, min=0, max=99),
    validated=("width",),
    validate=refuse_odd,
)
BLOWING = node(
    "Blowing",
    lambda context, **inputs: (inputs,),
    integer("width", default=2, min=0, max=99),
    validated=("width",),
    validate=blow_up,
)
CATALOGUE = Catalogue([*small_nodes(Calls()), HOOKED, BLOWING])


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    return folders_in(tmp_path_factory.mktemp("engine"))


def accepted(graph: dict[str, Any], folders: Folders) -> CheckedWorkflow:
    workflow = check_workflow(graph, catalogue=CATALOGUE, folders=folders)
    assert isinstance(workflow, CheckedWorkflow), workflow
    return workflow


def refused(graph: dict[str, Any], folders: Folders) -> Rejection:
    rejection = check_workflow(graph, catalogue=CATALOGUE, folders=folders)
    assert isinstance(rejection, Rejection)
    return rejection


def on(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"1": {"class_type": class_type, "inputs": inputs}, "2": save_image(["1", 0])}


def only_error(rejection: Rejection, node_id: str = "1") -> dict[str, Any]:
    assert list(rejection.node_errors) == [node_id]
    (error,) = rejection.node_errors[node_id]["errors"]
    return dict(error)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [("64", 64), (64.9, 64), (True, 1), (64, 64)],
)
def test_an_int_is_stored_as_python_makes_it(sent: Any, stored: int, folders: Folders) -> None:
    workflow = accepted({"1": empty_image(width=sent), "2": save_image(["1", 0])}, folders)
    assert workflow.graph["1"]["inputs"]["width"] == stored
    assert type(workflow.nodes["1"].literals["width"]) is int


@pytest.mark.parametrize(
    ("name", "sent", "stored"),
    [
        ("strength", "1.5", 1.5),
        ("strength", 2, 2.0),
        ("flag", "false", True),
        ("flag", 0, False),
        ("note", 12, "12"),
        ("note", {"__value__": ["a", 0]}, "['a', 0]"),
    ],
)
def test_other_values_are_converted_too(name: str, sent: Any, stored: Any, folders: Folders) -> None:
    inputs = {"strength": 1.0, "flag": False, "name": "option 3"} | {name: sent}
    workflow = accepted(on("Many", **inputs), folders)
    assert workflow.graph["1"]["inputs"][name] == stored
    assert type(workflow.graph["1"]["inputs"][name]) is type(stored)


def test_a_wrapped_list_is_a_link_where_nothing_is_converted(folders: Folders) -> None:
    workflow = accepted({"1": empty_image(), "2": save_image({"__value__": ["1", 0]})}, folders)
    assert workflow.nodes["2"].links == {"images": ("1", 0)}
    assert workflow.graph["2"]["inputs"]["images"] == ["1", 0]


def test_a_negative_slot_counts_from_the_end(folders: Folders) -> None:
    workflow = accepted({"1": empty_image(), "2": save_image(["1", -1])}, folders)
    assert workflow.nodes["2"].links == {"images": ("1", -1)}


def test_what_was_sent_is_left_as_it_was(folders: Folders) -> None:
    graph = {"1": empty_image(width="64"), "2": save_image(["1", 0])}
    before = copy.deepcopy(graph)
    accepted(graph, folders)
    assert graph == before


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_a_number_that_is_no_json_is_refused(value: str, folders: Folders) -> None:
    error = only_error(refused(on("Many", strength=value, flag=False, name="option 3"), folders))
    assert error["type"] == "invalid_input_type"
    assert error["extra_info"]["received_value"] == value


def test_a_long_list_of_choices_is_not_repeated(folders: Folders) -> None:
    error = only_error(refused(on("Many", strength=1, flag=False, name="zz"), folders))
    assert error["details"] == "name: 'zz' not in (list of length 21)"
    assert error["extra_info"] == {"input_name": "name", "input_config": None, "received_value": "zz"}


def test_a_new_style_combo_is_not_checked(folders: Folders) -> None:
    workflow = accepted(on("NewCombo", mode="zz"), folders)
    assert workflow.nodes["1"].literals == {"mode": "zz"}


def test_step_is_not_enforced(folders: Folders) -> None:
    graph = on("EmptyLatentImage", width=251, height=64, batch_size=1)
    graph["2"] = {"class_type": "SaveImage", "inputs": {"images": "x", "filename_prefix": "p"}}
    accepted(graph, folders)
    error = only_error(refused(on("EmptyLatentImage", width=251, height=64, batch_size=1), folders), "2")
    assert error["type"] == "return_type_mismatch"


def test_unknown_inputs_are_accepted_though_they_look_like_links(folders: Folders) -> None:
    workflow = accepted({"1": empty_image(foo=["77", 0]), "2": save_image(["1", 0])}, folders)
    assert workflow.nodes["1"].unknown == {"foo": ["77", 0]}
    assert workflow.nodes["1"].links == {}


def test_a_hook_names_what_is_wrong(folders: Folders) -> None:
    error = only_error(refused(on("Hooked", width=7), folders))
    assert error == {
        "type": "custom_validation_failed",
        "message": "Custom validation failed for node",
        "details": "width - give an even width",
        "extra_info": {"input_name": "width"},
    }


def test_a_hook_may_raise_what_atelier_raises(folders: Folders) -> None:
    assert only_error(refused(on("Hooked", width=13), folders))["details"] == "width - thirteen is outside."


def test_a_hook_that_fails_is_no_fault_of_the_process(folders: Folders) -> None:
    error = only_error(refused(on("Blowing", width=2), folders))
    assert error["type"] == "exception_during_inner_validation"
    assert error["details"] == "embedded null byte"


def test_a_hook_is_not_asked_about_values_that_are_wrong_already(folders: Folders) -> None:
    assert only_error(refused(on("Hooked", width=101), folders))["type"] == "value_bigger_than_max"


@pytest.mark.parametrize(
    ("link", "kind"),
    [
        (["1", -2], "IndexError"),
        (["1", 0.5], "TypeError"),
        (["1", None], "TypeError"),
        ([["1"], 0], "TypeError"),
        ([{}, 0], "TypeError"),
        ([None, 0], "KeyError"),
        (["2", 0], "IndexError"),
    ],
)
def test_a_link_that_leads_nowhere_is_an_error_of_its_node(link: Any, kind: str, folders: Folders) -> None:
    error = only_error(refused({"1": empty_image(), "2": save_image(link)}, folders), "2")
    assert error["type"] == "exception_during_validation"
    assert error["extra_info"]["exception_type"] == kind


@pytest.mark.parametrize("inputs", [None, [], "x", 3])
def test_inputs_that_are_no_object_are_an_error_of_their_node(inputs: Any, folders: Folders) -> None:
    graph = {"1": {"class_type": "EmptyImage", "inputs": inputs}, "2": save_image(["1", 0])}
    assert only_error(refused(graph, folders))["type"] == "exception_during_inner_validation"


@pytest.mark.parametrize("entry", [{}, {"inputs": None}, {"inputs": []}])
def test_inputs_that_are_no_object_are_refused_in_a_node_that_nothing_needs(
    entry: Any, folders: Folders
) -> None:
    rejection = refused({**simple(), "3": {"class_type": "EmptyImage", **entry}}, folders)
    assert rejection.error["message"] == "Cannot execute because the inputs of a node are not an object."
    assert rejection.error["details"] == "Node ID '#3'"


@pytest.mark.parametrize("name", [None, 3, ["EmptyImage"], {}, "emptyimage"])
def test_an_odd_class_does_not_exist(name: Any, folders: Folders) -> None:
    rejection = refused({"1": {"class_type": name, "inputs": {}}}, folders)
    assert rejection.error["message"] == f"Cannot execute because node {name} does not exist."
    assert rejection.error["details"] == "Node ID '#1'"


def test_errors_name_the_outputs_that_depend_on_them(folders: Folders) -> None:
    graph = {
        "1": empty_image(width=0),
        "2": save_image(["1", 0]),
        "3": save_image(["1", 0]),
        "4": save_image(["9", 0]),
        "5": empty_image(),
        "6": save_image(["5", 0]),
    }
    workflow = accepted(graph, folders)
    assert workflow.outputs == ("6",)
    assert set(workflow.nodes) == {"5", "6"}
    assert workflow.node_errors["1"]["dependent_outputs"] == ["2", "3"]
    assert workflow.node_errors["4"]["dependent_outputs"] == ["4"]
    assert set(workflow.node_errors) == {"1", "4"}


def test_only_wanted_outputs_are_checked(folders: Folders) -> None:
    graph = {**simple(), "3": save_image(["9", 0])}
    workflow = check_workflow(graph, catalogue=CATALOGUE, folders=folders, targets={"2"})
    assert isinstance(workflow, CheckedWorkflow)
    assert workflow.outputs == ("2",)
    assert workflow.node_errors == {}


def invert(image: Any) -> dict[str, Any]:
    return {"class_type": "ImageInvert", "inputs": {"image": image}}


def test_an_output_behind_a_cycle_is_reported_beside_a_valid_one(folders: Folders) -> None:
    graph = {
        **simple(),
        "a": invert(["b", 0]),
        "b": invert(["c", 0]),
        "c": invert(["a", 0]),
        "d": invert(["c", 0]),
        "3": save_image(["d", 0]),
    }
    workflow = accepted(graph, folders)
    assert workflow.outputs == ("2",)
    (error,) = [error for entry in workflow.node_errors.values() for error in entry["errors"]]
    assert error["type"] == "dependency_cycle"
    assert error["details"] == "c -> a -> b -> c"


def test_a_node_that_feeds_itself_is_a_cycle(folders: Folders) -> None:
    rejection = refused({"1": invert(["1", 0]), "2": save_image(["1", 0])}, folders)
    assert rejection.error["details"] == "Dependency cycle detected: 1 -> 1"


def chain(length: int, start: Any) -> dict[str, Any]:
    graph = {str(each): invert([str(each - 1), 0]) for each in range(1, length)}
    return {"0": start, **graph, "out": save_image([str(length - 1), 0])}


def test_a_chain_may_be_as_long_as_in_comfyui_and_no_longer(folders: Folders) -> None:
    workflow = accepted(chain(LONGEST_CHAIN - 1, empty_image()), folders)
    assert len(workflow.nodes) == LONGEST_CHAIN
    seen: set[str] = set()
    for node_id, checked in workflow.nodes.items():
        assert {source for source, _ in checked.links.values()} <= seen
        seen.add(node_id)


def test_a_longer_chain_is_refused_where_it_grows_too_long(folders: Folders) -> None:
    rejection = refused(chain(5000, empty_image()), folders)
    assert only_error(rejection, str(LONGEST_CHAIN))["type"] == "chain_too_long"
    assert rejection.error["details"] == f"Chain too long: more than {LONGEST_CHAIN} nodes in a row"


def test_a_long_cycle_is_not_named_in_full(folders: Folders) -> None:
    rejection = refused(chain(5000, invert(["4999", 0])), folders)
    assert rejection.error["type"] == "prompt_outputs_failed_validation"
    assert "..." in rejection.error["details"]
    assert len(rejection.error["details"]) < 200


def test_shared_ancestors_are_checked_once(folders: Folders, tmp_path: Path) -> None:
    # 2 ** 60 paths lead from the output to the first node.
    def two(number: int) -> dict[str, Any]:
        return {"class_type": "Both", "inputs": {"a": [str(number - 1), 0], "b": [str(number - 1), 0]}}

    both = node("Both", lambda context, a, b: (a,), socket("a", "IMAGE"), socket("b", "IMAGE"))
    graph = {
        "0": empty_image(),
        **{str(each): two(each) for each in range(1, 61)},
        "out": save_image(["60", 0]),
    }
    workflow = check_workflow(graph, catalogue=Catalogue([*small_nodes(Calls()), both]), folders=folders)
    assert isinstance(workflow, CheckedWorkflow)
    assert len(workflow.nodes) == 62


def test_thousands_of_bad_outputs_are_told_apart(folders: Folders) -> None:
    graph = chain(900, empty_image(width=0))
    graph |= {f"out{each}": save_image([str(each % 900), 0]) for each in range(3000)}
    rejection = refused(graph, folders)
    assert list(rejection.node_errors) == ["0"]
    assert len(rejection.node_errors["0"]["dependent_outputs"]) == 3001


def test_errors_behind_a_cycle_name_their_outputs_too(folders: Folders) -> None:
    graph = {
        "a": {"class_type": "Both", "inputs": {"a": ["b", 0], "b": ["bad", 0]}},
        "b": invert(["a", 0]),
        "bad": empty_image(width=0),
        "1": save_image(["a", 0]),
        "2": save_image(["b", 0]),
    }
    both = node("Both", lambda context, a, b: (a,), socket("a", "IMAGE"), socket("b", "IMAGE"))
    rejection = check_workflow(graph, catalogue=Catalogue([*small_nodes(Calls()), both]), folders=folders)
    assert isinstance(rejection, Rejection)
    assert rejection.node_errors["bad"]["dependent_outputs"] == ["1", "2"]
    assert rejection.node_errors["b"]["dependent_outputs"] == ["1", "2"]


def test_a_workflow_of_a_hundred_thousand_nodes_is_refused_at_once(folders: Folders) -> None:
    assert refused(chain(100_000, empty_image()), folders).error["type"] == "invalid_prompt"
