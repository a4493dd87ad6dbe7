"""Which inputs name files, and that the names of files are read as they are written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atelier.errors import WorkflowFaulty
from atelier.workflows.file_inputs import (
    FileReference,
    checked_prefix,
    file_inputs,
    save_prefixes,
    with_inputs,
)
from atelier.workflows.object_info import NodeCatalogue

OBJECT_INFO = Path(__file__).parents[2] / "reference/comfyui/object_info-0.3.64.json"
COMFYUI = NodeCatalogue.parse(json.loads(OBJECT_INFO.read_text(encoding="utf-8")))
NOTHING_KNOWN = NodeCatalogue()

#: Parts of names that files can have, among them such as look like annotations.
PARTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\\x7f"), min_size=1),
    st.sampled_from(["a.png [output]", "[temp]", " ", "x [input]", "日本　語.png", "..."]),
).filter(lambda part: part not in (".", ".."))
REFERENCES = st.builds(
    FileReference,
    subfolder=st.lists(PARTS, max_size=3).map("/".join),
    filename=PARTS,
    folder=st.sampled_from(["input", "output", "temp"]),
)


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


@given(REFERENCES)
def test_a_file_is_read_as_it_is_written(reference: FileReference) -> None:
    assert FileReference.parse(str(reference)) == reference


@given(st.text())
def test_whatever_stands_there_is_a_file_inside_or_refused(text: str) -> None:
    try:
        reference = FileReference.parse(text)
    except WorkflowFaulty:
        return
    parts = (
        [*reference.subfolder.split("/"), reference.filename] if reference.subfolder else [reference.filename]
    )
    assert all(part not in ("", ".", "..") and "/" not in part and "\\" not in part for part in parts)
    assert FileReference.parse(str(reference)) == reference


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("a.png", FileReference(filename="a.png")),
        ("sub/deep/a.png", FileReference(subfolder="sub/deep", filename="a.png")),
        ("./sub//a.png", FileReference(subfolder="sub", filename="a.png")),
        ("a.png [output]", FileReference(filename="a.png", folder="output")),
        ("sub/a b.png [temp]", FileReference(subfolder="sub", filename="a b.png", folder="temp")),
        ("a.png[output]", FileReference(filename="a.png[output]")),
        ("a.png [models]", FileReference(filename="a.png [models]")),
    ],
)
def test_the_forms_of_comfyui(text: str, reference: FileReference) -> None:
    assert FileReference.parse(text) == reference


@pytest.mark.parametrize(
    "text", ["", ".", "/", "/etc/passwd", "../a.png", "a/../../b.png", "a\\b.png", "a\nb", " [output]", "a\0"]
)
def test_a_name_that_leads_elsewhere_is_refused(text: str) -> None:
    with pytest.raises(WorkflowFaulty):
        FileReference.parse(text)


@given(st.text())
def test_a_prefix_stays_inside_or_is_refused(text: str) -> None:
    try:
        prefix = checked_prefix(text)
    except WorkflowFaulty:
        return
    assert all(part not in ("", ".", "..") for part in prefix.split("/"))
    assert not any(character in prefix for character in "\\:\0\n")
    assert checked_prefix(prefix) == prefix


@pytest.mark.parametrize(
    "text", ["", "/tmp/a", "../a", "a/..", "C:/a", "C:\\a", "a:b", "a. ", "a/b.", "x" * 201, "a/\t/b"]
)
def test_a_prefix_that_leads_elsewhere_is_refused(text: str) -> None:
    with pytest.raises(WorkflowFaulty):
        checked_prefix(text)


def test_placeholders_stay_in_a_prefix() -> None:
    assert checked_prefix("./%year%-%month%/fox_%width%x%height%") == "%year%-%month%/fox_%width%x%height%"


def test_comfyui_s_own_classes_are_known_without_a_declaration() -> None:
    workflow = {
        "1": node("LoadImage", image="a.png"),
        "2": node("LoadImageMask", image="m.png", channel="red"),
        "3": node("LoadLatent", latent="x.latent"),
        "4": node("KSampler", seed=1),
        "5": node("SaveImage", images=["1", 0], filename_prefix="fox"),
    }
    assert [(each.node_id, each.text) for each in file_inputs(workflow, NOTHING_KNOWN)] == [
        ("1", "a.png"),
        ("2", "m.png"),
        ("3", "x.latent"),
    ]
    assert [(each.node_id, each.text) for each in save_prefixes(workflow, NOTHING_KNOWN)] == [("5", "fox")]


def test_every_upload_that_comfyui_declares_is_found() -> None:
    uploads = [
        (type_.name, input_.name)
        for type_ in COMFYUI
        for input_ in type_.inputs.values()
        if input_.upload is not None
    ]
    assert len(uploads) >= 7
    for class_type, name in uploads:
        found = file_inputs({"1": node(class_type, **{name: "a.bin"})}, COMFYUI)
        assert [(each.class_type, each.name) for each in found] == [(class_type, name)]


def test_every_saving_class_of_comfyui_has_a_prefix_even_where_it_is_left_out() -> None:
    classes = [type_.name for type_ in COMFYUI if "filename_prefix" in type_.inputs]
    assert len(classes) >= 15
    for class_type in classes:
        assert save_prefixes({"1": node(class_type)}, COMFYUI)[0].text


@pytest.mark.parametrize("value", [["2", 0], ["a.png", "b.png"], 5, {"__value__": ["a.png"]}, {"a": 1}])
def test_what_is_no_text_is_found_and_has_none(value: object) -> None:
    workflow = {"1": node("LoadImage", image=value), "5": node("SaveImage", filename_prefix=value)}
    assert [each.text for each in file_inputs(workflow, NOTHING_KNOWN)] == [None]
    assert [each.text for each in save_prefixes(workflow, NOTHING_KNOWN)] == [None]


def test_a_name_in_a_wrapper_is_seen() -> None:
    workflow = {"1": node("LoadImage", image={"__value__": "../a.png"})}
    assert file_inputs(workflow, NOTHING_KNOWN)[0].text == "../a.png"


def test_other_values_leave_the_given_workflow_as_it_is() -> None:
    workflow = {"1": node("LoadImage", image="a.png", extra=1), "2": node("PreviewImage", images=["1", 0])}
    changed = with_inputs(workflow, {("1", "image"): "b.png"})
    assert changed["1"]["inputs"] == {"image": "b.png", "extra": 1}
    assert workflow["1"]["inputs"]["image"] == "a.png"
    assert changed["2"] == workflow["2"]
