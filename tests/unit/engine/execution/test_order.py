"""The order of nodes is ComfyUI's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from atelier.engine.catalogue import Catalogue
from atelier.engine.order import running_order
from atelier.engine.validation import CheckedWorkflow, check_workflow
from tests.unit.engine.execution.runners import empty_image, save_image, simple
from tests.unit.engine.execution.small_nodes import Calls, folders_in, small_nodes


def invert(source: str) -> dict[str, Any]:
    return {"class_type": "ImageInvert", "inputs": {"image": [source, 0]}}


def order(graph: dict[str, Any], path: Path, cached: tuple[str, ...] = ()) -> list[str]:
    workflow = check_workflow(graph, catalogue=Catalogue(small_nodes(Calls())), folders=folders_in(path))
    assert isinstance(workflow, CheckedWorkflow)
    return list(running_order(workflow.nodes, workflow.outputs, frozenset(cached)))


def test_a_node_runs_behind_those_that_it_links_to(tmp_path: Path) -> None:
    assert order({"3": save_image(["2", 0]), "2": invert("1"), "1": empty_image()}, tmp_path) == [
        "1",
        "2",
        "3",
    ]


def test_a_picture_is_saved_before_further_work_begins(tmp_path: Path) -> None:
    graph = {
        "1": empty_image(),
        "2": invert("1"),
        "3": invert("2"),
        "4": invert("3"),
        "5": save_image(["4", 0]),
        "6": save_image(["1", 0]),
    }
    assert order(graph, tmp_path) == ["1", "6", "2", "3", "4", "5"]


def test_the_node_nearest_to_an_output_goes_first(tmp_path: Path) -> None:
    graph = {
        "1": empty_image(),
        "2": invert("1"),
        "3": invert("2"),
        "4": save_image(["3", 0]),
        "5": empty_image(color=1),
        "6": invert("5"),
        "7": save_image(["6", 0]),
        "8": empty_image(color=2),
        "9": save_image(["8", 0]),
    }
    assert order(graph, tmp_path) == ["8", "9", "5", "6", "7", "1", "2", "3", "4"]


def test_nodes_that_no_output_needs_do_not_run(tmp_path: Path) -> None:
    assert order({**simple(), "9": empty_image()}, tmp_path) == ["1", "2"]


def test_nothing_runs_for_what_is_cached(tmp_path: Path) -> None:
    graph = {"1": empty_image(), "2": invert("1"), "3": save_image(["2", 0]), "4": save_image(["1", 0])}
    assert order(graph, tmp_path, cached=("2",)) == ["3", "1", "4"]
    assert order(graph, tmp_path, cached=("1", "2", "3", "4")) == ["3", "4"]
