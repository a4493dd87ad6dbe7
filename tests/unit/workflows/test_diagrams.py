"""Workflows as Mermaid flowcharts and as SVG drawings."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atelier.workflows.graph import Workflow
from atelier.workflows.mermaid import mermaid
from atelier.workflows.object_info import NodeCatalogue
from atelier.workflows.svg import svg

REFERENCE = Path(__file__).parents[2] / "reference" / "comfyui"
EXPORTS = sorted((REFERENCE / "templates_api").glob("*.json"))
CATALOGUE = NodeCatalogue.parse(
    json.loads((REFERENCE / "object_info-0.3.64.json").read_text(encoding="utf-8"))
)
SVG = "{http://www.w3.org/2000/svg}"

TWO_NODES: Workflow = {
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd15.safetensors"}},
    "106:6": {
        "class_type": "CLIPTextEncode",
        "inputs": {"text": "a fox", "clip": ["4", 1]},
        "_meta": {"title": "What to draw"},
    },
}


def link_count(workflow: dict[str, Any]) -> int:
    return sum(isinstance(value, list) for entry in workflow.values() for value in entry["inputs"].values())


def test_a_flowchart_names_nodes_settings_and_links() -> None:
    assert mermaid(TWO_NODES, CATALOGUE) == (
        "flowchart LR\n"
        '    n1["<b>Load Checkpoint</b><br>ckpt_name: sd15.safetensors"]\n'
        '    n2["<b>What to draw</b><br>text: a fox"]\n'
        '    n1 -->|"clip"| n2\n'
    )


def test_a_flowchart_may_leave_the_settings_out() -> None:
    assert "sd15" not in mermaid(TWO_NODES, CATALOGUE, values=False)


@pytest.mark.parametrize("path", EXPORTS, ids=lambda path: path.stem)
def test_a_flowchart_has_every_node_and_link_of_a_template(path: Path) -> None:
    workflow = json.loads(path.read_text(encoding="utf-8"))
    lines = mermaid(workflow, CATALOGUE).splitlines()[1:]
    assert sum("-->" in line for line in lines) == link_count(workflow)
    assert sum('["' in line for line in lines) == len(workflow)


@pytest.mark.parametrize("path", EXPORTS, ids=lambda path: path.stem)
def test_a_drawing_has_every_node_and_link_of_a_template(path: Path) -> None:
    workflow = json.loads(path.read_text(encoding="utf-8"))
    drawing = ElementTree.fromstring(svg(workflow, CATALOGUE))
    assert len(drawing.findall(f"{SVG}g")) == len(workflow)
    assert len(drawing.findall(f"{SVG}path[@class='wire']")) == link_count(workflow)


def test_a_drawing_needs_nothing_else_and_stays_within_its_edges() -> None:
    text = svg(json.loads(EXPORTS[0].read_text(encoding="utf-8")), CATALOGUE)
    assert "href" not in text
    assert "url(" not in text
    drawing = ElementTree.fromstring(text)
    width, height = float(drawing.attrib["width"]), float(drawing.attrib["height"])
    for each in drawing.iter(f"{SVG}rect"):
        assert 0 <= float(each.attrib["x"]) <= width - float(each.attrib["width"])
        assert 0 <= float(each.attrib["y"]) <= height - float(each.attrib["height"])


def test_a_drawing_follows_the_readers_dark_mode() -> None:
    assert "prefers-color-scheme: dark" in svg(TWO_NODES, CATALOGUE)


def test_a_long_prompt_is_cut_in_both() -> None:
    text = "word " * 1000
    workflow: Workflow = {"1": {"class_type": "CLIPTextEncode", "inputs": {"text": text}}}
    assert len(mermaid(workflow, CATALOGUE)) < 200
    assert svg(workflow, CATALOGUE).count("word") < 150


ANY_TEXT = st.text(max_size=20)


@given(title=ANY_TEXT, name=ANY_TEXT, value=ANY_TEXT | st.integers() | st.none(), kind=ANY_TEXT.filter(bool))
def test_any_text_is_safe_in_both(title: str, name: str, value: object, kind: str) -> None:
    workflow: Workflow = {
        'end" <b>': {"class_type": kind, "inputs": {name: value}, "_meta": {"title": title}},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ['end" <b>', 0], name: ['end" <b>', 7]}},
    }
    ElementTree.fromstring(svg(workflow, CATALOGUE))
    lines = mermaid(workflow, CATALOGUE).splitlines()
    node = re.compile(r'    n\d+\["(<b>|<br>|</b>|[^"<>`&])*"\]')
    link = re.compile(r'    n\d+ -->\|"[^"<>`&]*"\| n\d+')
    assert all(node.fullmatch(line) or link.fullmatch(line) for line in lines[1:])


@pytest.mark.parametrize("wrong", [{}, [], None, {"1": 5}, {"1": {"class_type": 5}}])
def test_what_is_no_workflow_gives_an_empty_diagram(wrong: Any) -> None:
    assert mermaid(wrong, CATALOGUE) == "flowchart LR\n"
    assert not ElementTree.fromstring(svg(wrong, CATALOGUE)).findall(f"{SVG}g")
