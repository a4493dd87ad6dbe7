"""The check, the repair and the readiness bear any JSON value; a repair does no harm, and only once."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from atelier.workflows.check import check
from atelier.workflows.object_info import NodeCatalogue
from atelier.workflows.readiness import readiness
from atelier.workflows.repair import repair
from tests.unit.workflows.check_corpus import answers, catalogue, object_info

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=2**60, max_value=2**70),
    st.floats(allow_nan=False),
    st.text(max_size=12),
    st.sampled_from(["photo.png", "Photo.PNG", "sub/photo.png", "area", "Area ", "../x", "64", "euler"]),
)
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)

IDS = st.sampled_from(["1", "2", "3", "4", "5", "x"])
LINKS = st.tuples(
    st.one_of(IDS, st.integers(0, 3)), st.sampled_from([0, 1, 2, -1, "0", 0.0, None, True])
).map(list)
CLASSES = (
    "EmptyImage",
    "ImageScaleBy",
    "ImageBlur",
    "SolidMask",
    "MaskToImage",
    "ImageBatch",
    "SaveImage",
    "PreviewAny",
    "LoadImage",
    "KSampler",
    "UNETLoader",
    "EmptyLatentImage",
    "LatentAdd",
    "ImageScaleToTotalPixels",
    "Nonsense",
)


@st.composite
def nodes(draw: st.DrawFn) -> Any:
    """A node that is nearly right."""
    class_type = draw(st.sampled_from(CLASSES))
    type = catalogue().get(class_type)
    names = [*(type.inputs if type else ()), "extra", "widht"]
    inputs = {}
    for name in draw(st.lists(st.sampled_from(names), unique=True)):
        wanted = type.inputs.get(name) if type else None
        good = wanted.default if wanted is not None and wanted.default is not None else 16
        inputs[name] = draw(st.one_of(st.just(good), LINKS, LINKS, JSON))
    return draw(
        st.sampled_from([{"class_type": class_type, "inputs": inputs}] * 9 + [{"inputs": inputs}, None])
    )


WORKFLOWS = st.dictionaries(IDS, nodes(), max_size=6)


def errors(workflow: Any) -> int:
    return sum(each.severity == "error" for each in check(workflow, catalogue()))


@given(JSON)
def test_any_json_value_is_answered(value: Any) -> None:
    for each in (value, {"1": value}, {"1": {"class_type": "SaveImage", "inputs": value}}):
        assert all(str(finding) for finding in check(each, catalogue()))
        repair(each, catalogue())
        readiness(each, catalogue())


@given(JSON)
def test_any_json_value_is_read_as_a_catalogue(value: Any) -> None:
    declared = {"input": value, "output": value, "input_order": value, "output_name": value}
    for each in (value, {"A": value}, {"A": declared}, {"A": {"input": {"required": {"x": value}}}}):
        found = NodeCatalogue.parse(each)
        workflow = {"1": {"class_type": "A", "inputs": {"x": ["1", 0], "y": value}}}
        check(workflow, found)
        repair(workflow, found)


@settings(max_examples=300)
@given(WORKFLOWS)
def test_a_repair_does_no_harm_and_is_done_at_once(workflow: Any) -> None:
    before = json.dumps(workflow)
    repaired = repair(workflow, catalogue())
    assert json.dumps(workflow) == before
    assert errors(repaired.workflow) <= errors(workflow)
    assert repair(repaired.workflow, catalogue()).changes == ()
    assert bool(repaired.changes) == (json.dumps(repaired.workflow) != before)


@settings(max_examples=200)
@given(WORKFLOWS)
def test_every_finding_names_a_place_that_is_there(workflow: Any) -> None:
    for each in check(workflow, catalogue()):
        assert each.node_id is None or each.node_id in workflow
        assert each.fix.endswith(".")
        assert each.message.endswith((".", "?"))


def test_a_repair_of_the_corpus_does_no_harm() -> None:
    for answer in answers():
        repaired = repair(answer.workflow, catalogue())
        assert errors(repaired.workflow) <= errors(answer.workflow), answer.name
        assert repair(repaired.workflow, catalogue()).changes == (), answer.name


def test_huge_and_deep_values_are_answered() -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = [deep]
    save = object_info()["SaveImage"]["input"]["required"]
    for value in (deep, {"in": deep}, 10**5000, "x" * 10**6, [10**5000, 10**5000], [deep, deep]):
        workflow = {"1": {"class_type": "SaveImage", "inputs": dict.fromkeys([*save, "extra"], value)}}
        assert all(str(each) for each in check(workflow, catalogue()))
        repair(workflow, catalogue())
        readiness(workflow, catalogue())
