"""A value for a parameter is taken as it is meant, or refused with what would be right."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atelier.errors import UsageError
from atelier.workflows.library import LIBRARY, find
from atelier.workflows.library_workflow import LibraryWorkflow
from atelier.workflows.model_sets import NANO, QWEN_IMAGE

SAMPLER = {"prompt": "the sea"}


def sampler(name: str, value: object) -> Any:
    workflow = find("text_to_image").build({**SAMPLER, name: value}, NANO)
    (node,) = (each for each in workflow.values() if each["class_type"] == "KSampler")
    return node["inputs"][name]


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("steps", "8", 8),
        ("steps", 8.0, 8),
        ("cfg", "2.5", 2.5),
        ("cfg", 3, 3),
        ("seed", str(2**64 - 1), 2**64 - 1),
        ("sampler_name", "heun", "heun"),
    ],
)
def test_a_value_may_be_given_as_text(name: str, value: object, taken: object) -> None:
    assert sampler(name, value) == taken


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("steps", 0, "steps must be 1 to 10000, got 0. Nearest: 1."),
        ("steps", 8.5, "steps takes a whole number, got 8.5."),
        ("steps", True, "steps takes a whole number, got True."),
        ("steps", "many", "steps takes a whole number, got 'many'."),
        ("cfg", 101, "cfg must be 0 to 100, got 101. Nearest: 100."),
        ("cfg", "nan", "cfg must be 0 to 100, got nan."),
        ("cfg", None, "cfg takes a number, got None."),
        ("seed", 2**64, "seed must be 0 to 2^64 - 1"),
        ("prompt", 3, "prompt takes text, got 3."),
        ("scheduler", "", "scheduler takes text, got ''."),
        ("width", 512, "width must be 64 to 256, got 512. Nearest: 256."),
        ("width", 100, "width must be a multiple of 16, such as 96; got 100."),
        ("stesp", 8, "There is no parameter 'stesp'. Did you mean 'steps'? It takes: prompt,"),
    ],
)
def test_a_value_that_cannot_serve_is_refused_with_what_would(name: str, value: object, said: str) -> None:
    with pytest.raises(UsageError) as refusal:
        find("text_to_image").build({**SAMPLER, name: value}, NANO)
    assert said in str(refusal.value)


def test_a_missing_parameter_is_named() -> None:
    with pytest.raises(UsageError, match=r"'prompt' is missing\. What to draw"):
        find("text_to_image").build({}, NANO)


@pytest.mark.parametrize("value", ["a.png, b.png", ["a.png", "b.png"], ("a.png", "b.png")])
def test_several_pictures_may_be_a_list_or_stand_between_commas(value: object) -> None:
    workflow = find("composition").build({"prompt": "", "images": value}, QWEN_IMAGE)
    loaded = [each["inputs"]["image"] for each in workflow.values() if each["class_type"] == "LoadImage"]
    assert loaded == ["a.png", "b.png"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("a.png", "The number of images must be 2 to 3, got 1"),
        ("a,b,c,d", "got 4"),
        (7, "images takes file names"),
        (["a.png", 7], "images takes file names"),
        ("a.png,", "images takes file names"),
        ("a.png, ", "images takes file names"),
    ],
)
def test_too_few_or_no_pictures_are_refused(value: object, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        find("composition").build({"prompt": "", "images": value}, QWEN_IMAGE)


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text()), st.binary()
)


@given(name=st.sampled_from(LIBRARY), data=st.data())
def test_any_value_gives_a_workflow_or_a_refusal(name: LibraryWorkflow, data: st.DataObject) -> None:
    parameters = {each.name: data.draw(JUNK, label=each.name) for each in name.parameters}
    try:
        workflow = name.build(parameters, NANO)
    except UsageError:
        return
    assert workflow


@pytest.mark.parametrize("each", LIBRARY, ids=lambda each: each.name)
def test_defaults_are_within_their_own_limits(each: LibraryWorkflow) -> None:
    for parameter in each.parameters:
        if parameter.default not in (None, "", ()):
            assert parameter.read(parameter.default, NANO) == parameter.default
        assert parameter.required or parameter.default is not None or parameter.default_note
