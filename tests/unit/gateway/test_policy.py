"""What a role may have in a workflow: node classes, files, prefixes, sizes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atelier.findings import Finding
from atelier.gateway.node_table import GROUPS, never_for, refused_for
from atelier.gateway.policy import judge, refusal_of, without_files
from atelier.gateway.rules import BOUNDS, Bounds, Rules
from atelier.storage.account import Role
from atelier.workflows.extents import Extent
from atelier.workflows.library import LIBRARY
from atelier.workflows.model_sets import MODEL_SETS
from atelier.workflows.object_info import NodeCatalogue
from tests.unit.workflows.reference_server import catalogue_with, object_info
from tests.unit.workflows.test_check_properties import JSON

CATALOGUE = NodeCatalogue.parse(object_info())
STUDENT = Rules(role=Role.STUDENT, bounds=BOUNDS[Role.STUDENT])
TEACHER = Rules(role=Role.TEACHER, bounds=BOUNDS[Role.TEACHER])
ADMIN = Rules(role=Role.ADMIN, bounds=BOUNDS[Role.ADMIN])


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def drawing(**changes: Any) -> dict[str, Any]:
    return {
        "1": node("EmptyImage", **{"width": 64, "height": 64, "batch_size": 1, "color": 0} | changes),
        "2": node("SaveImage", images=["1", 0], filename_prefix="fox"),
    }


def found(
    workflow: dict[str, Any],
    rules: Rules = STUDENT,
    *,
    catalogue: NodeCatalogue = CATALOGUE,
    files: tuple[str, ...] = (),
    **further: Any,
) -> list[tuple[str | None, str]]:
    findings = judge(workflow, catalogue, rules, files=files, **further).findings
    assert all(isinstance(each, Finding) and each.severity == "error" and each.fix for each in findings)
    return [(each.node_id, each.kind) for each in findings]


# --- node classes ----------------------------------------------------------------------


def test_every_class_of_the_reference_is_in_exactly_one_group() -> None:
    grouped = [name for group in GROUPS for name in group.classes]
    assert sorted(grouped) == sorted(CATALOGUE.names)


def test_what_runs_code_or_writes_elsewhere_is_for_no_student_whatever_is_configured() -> None:
    for name in (
        "TorchCompileModel",
        "CheckpointSave",
        "LoraSave",
        "TrainLoraNode",
        "LoadImageSetFromFolderNode",
        "SaveSVGNode",
        "LoadLatent",
        "WebcamCapture",
        "Load3D",
    ):
        allowing = replace(STUDENT, allow=frozenset({name}))
        assert refusal_of(allowing, CATALOGUE.nodes[name]) is not None
        assert never_for(Role.STUDENT, name) is not None
        for role in Role:
            assert refused_for(role, CATALOGUE.nodes[name]) is not None


def test_a_student_may_use_what_makes_pictures() -> None:
    for name in ("KSampler", "LoadImage", "SaveImage", "PreviewImage", "TextEncodeQwenImageEditPlus"):
        assert refusal_of(STUDENT, CATALOGUE.nodes[name]) is None


def test_a_role_may_not_use_less_than_the_one_below() -> None:
    for group in GROUPS:
        if Role.STUDENT in group.roles:
            assert Role.TEACHER in group.roles
        if Role.TEACHER in group.roles:
            assert Role.ADMIN in group.roles


@pytest.mark.parametrize("rules", [STUDENT, TEACHER, ADMIN], ids=lambda each: each.role)
def test_custom_nodes_are_refused_until_they_are_allowed_by_name(rules: Rules) -> None:
    document = {
        "Mine": {"input": {}, "output": [], "python_module": "custom_nodes.mine", "output_node": True}
    }
    catalogue = NodeCatalogue.parse(document)
    workflow = {"1": node("Mine")}
    assert found(workflow, rules, catalogue=catalogue) == [("1", "node_not_allowed")]
    assert found(workflow, replace(rules, allow=frozenset({"Mine"})), catalogue=catalogue) == []


def test_a_native_class_that_is_newer_than_the_table_is_refused() -> None:
    catalogue = NodeCatalogue.parse({"NewNode": {"python_module": "comfy_extras.nodes_new"}})
    reason = refusal_of(ADMIN, catalogue.nodes["NewNode"])
    assert reason is not None
    assert "newer" in reason


@pytest.mark.parametrize(
    "declaration",
    [{"python_module": "comfy_api_nodes.nodes_openai"}, {"python_module": "nodes", "api_node": True}],
)
def test_paid_services_are_for_nobody(declaration: dict[str, Any]) -> None:
    type = NodeCatalogue.parse({"Paid": declaration}).nodes["Paid"]
    for rules in (STUDENT, TEACHER, ADMIN):
        assert refusal_of(replace(rules, allow=frozenset({"Paid"})), type) is not None


def test_a_class_of_the_table_can_be_switched_off() -> None:
    assert found(drawing(), replace(STUDENT, refuse=frozenset({"EmptyImage"}))) == [("1", "node_not_allowed")]


def test_a_refusal_names_node_class_and_reason() -> None:
    workflow = {"7": node("TorchCompileModel") | {"_meta": {"title": "Faster"}}}
    (finding,) = judge(workflow, CATALOGUE, STUDENT, files=()).findings
    assert (finding.node_id, finding.title, finding.class_type) == ("7", "Faster", "TorchCompileModel")
    assert finding.message == "A student may not use TorchCompileModel: it compiles code on the engine."


@pytest.mark.parametrize("each", LIBRARY, ids=lambda each: each.name)
def test_a_student_may_run_the_whole_library(each: Any) -> None:
    catalogue = catalogue_with(MODEL_SETS)
    for models in MODEL_SETS:
        if each.name in models.tasks:
            workflow = each.build(each.example, models)
            loaded = [
                one["inputs"]["image"]
                for one in workflow.values()
                if one["class_type"].startswith("LoadImage")
            ]
            judgement = judge(workflow, catalogue, STUDENT, files=loaded)
            assert judgement.findings == ()
            assert judgement.images >= 1


# --- files ----------------------------------------------------------------------


def loading(image: Any, class_type: str = "LoadImage") -> dict[str, Any]:
    return {
        "1": node(class_type, image=image),
        "2": node("PreviewImage", images=["1", 0]),
    }


OWN = ("photo.png", "sub/photo.png", "drawn_00001_.png [output]", "seen.png [temp]")


@pytest.mark.parametrize("name", [*OWN, "photo.png [input]", "sub//photo.png", "./photo.png"])
def test_own_files_can_be_loaded_in_each_of_their_forms(name: str) -> None:
    for class_type in ("LoadImage", "LoadImageOutput"):
        assert found(loading(name, class_type), files=OWN) == []


@pytest.mark.parametrize(
    "name",
    [
        "other.png",
        "photo.png [output]",
        "drawn_00001_.png",
        "../photo.png",
        "sub/../photo.png",
        "../output/drawn_00001_.png",
        "/etc/passwd",
        "/photo.png",
        "C:\\photo.png",
        "\\\\host\\photo.png",
        "sub\\photo.png",
        "photo.png\0",
        "",
        " [output]",
        ".",
        "..",
        "atelier/another/digest.png",
        None,
        7,
        ["9", 0],
        {"__value__": ["9", 0]},
        {"__value__": "../photo.png"},
        {"path": "photo.png"},
    ],
)
def test_nothing_else_can_be_loaded(name: Any) -> None:
    assert found(loading(name), files=OWN) == [("1", "custom_validation_failed")]


def test_a_value_in_its_wrapping_is_read_as_the_server_reads_it() -> None:
    assert found(loading({"__value__": "photo.png"}), files=OWN) == []


def test_a_list_of_the_engine_gives_nobody_a_file() -> None:
    catalogue = without_files(CATALOGUE)
    assert catalogue.nodes["LoadImage"].inputs["image"].options == ()
    assert catalogue.nodes["KSampler"] is CATALOGUE.nodes["KSampler"]
    assert CATALOGUE.nodes["LoadImage"].inputs["image"].options != ()


@settings(max_examples=300)
@given(st.text(max_size=20), st.sampled_from(["", " [output]", " [input]", " [temp]"]))
def test_no_name_that_is_not_ones_own_gets_through(name: str, folder: str) -> None:
    assert found(loading(name + folder), files=()) == [("1", "custom_validation_failed")]


# --- prefixes ----------------------------------------------------------------------


def saving(prefix: Any) -> dict[str, Any]:
    return drawing() | {"2": node("SaveImage", images=["1", 0], filename_prefix=prefix)}


@pytest.mark.parametrize("prefix", ["fox", "sketches/fox", "%date:yyyy-MM-dd%/fox", "Füchse/fox_%width%"])
def test_prefixes_in_ones_own_space_are_fine(prefix: str) -> None:
    if ":" in prefix:
        assert found(saving(prefix)) == [("2", "prefix_not_allowed")]
    else:
        assert found(saving(prefix)) == []


@pytest.mark.parametrize(
    "prefix", ["../fox", "a/../../fox", "/tmp/fox", "C:/fox", "a\\b", "", "x" * 300, 3, ["1", 0], "a\nb"]
)
def test_prefixes_that_lead_elsewhere_are_refused(prefix: Any) -> None:
    assert found(saving(prefix)) == [("2", "prefix_not_allowed")]


# --- sizes ----------------------------------------------------------------------


def test_pictures_count_for_what_is_reserved() -> None:
    workflow = drawing(batch_size=4) | {"3": node("PreviewImage", images=["1", 0])}
    assert judge(workflow, CATALOGUE, STUDENT, files=()).images == 8
    assert judge(workflow, CATALOGUE, STUDENT, files=(), targets=["3"]).images == 4


@pytest.mark.parametrize(
    ("bounds", "workflow", "node_id"),
    [
        (Bounds(pixels=64 * 63), drawing(), "1"),
        (Bounds(batch=3), drawing(batch_size=4), "1"),
        (Bounds(images=3), drawing(batch_size=4), "2"),
        (
            Bounds(steps=29),
            {
                "1": node("EmptyLatentImage", width=64, height=64, batch_size=1),
                "2": node("KSampler", latent_image=["1", 0], steps=10),
                "3": node("KSampler", latent_image=["2", 0], steps=20),
                "4": node("VAEDecode", samples=["3", 0]),
                "5": node("SaveImage", images=["4", 0]),
            },
            "3",
        ),
        (
            Bounds(drawn_pixels=64 * 63),
            {
                "1": node("EmptyLatentImage", width=64, height=64, batch_size=1),
                "2": node("VAEDecode", samples=["1", 0]),
                "3": node("SaveImage", images=["2", 0]),
            },
            "1",
        ),
        (
            Bounds(drawn_pixels=64 * 63, pixels=64 * 64),
            {
                "1": node("EmptyImage", width=64, height=64, batch_size=1, color=0),
                "2": node("VAEEncode", pixels=["1", 0]),
                "3": node("VAEDecode", samples=["2", 0]),
                "4": node("SaveImage", images=["3", 0]),
            },
            "2",
        ),
    ],
)
def test_a_bound_names_the_node_at_which_it_is_passed(
    bounds: Bounds, workflow: dict[str, Any], node_id: str
) -> None:
    assert found(workflow, replace(STUDENT, bounds=bounds)) == [(node_id, "beyond_bound")]
    assert found(workflow, replace(STUDENT, bounds=Bounds())) == []


def test_too_many_nodes_are_refused_before_anything_else_is_looked_at() -> None:
    workflow = {str(number): node("TorchCompileModel") for number in range(201)}
    assert found(workflow) == [(None, "too_many_nodes")]


def test_a_size_that_nobody_knows_is_refused() -> None:
    workflow = drawing(width=["3", 0]) | {"3": node("StringLength", string="x")}
    assert found(workflow) == [("1", "value_not_known")]


def test_the_size_of_a_loaded_picture_counts() -> None:
    workflow = {
        "1": node("LoadImage", image="photo.png"),
        "2": node("ImageScaleBy", image=["1", 0], scale_by=4.0, upscale_method="area"),
        "3": node("SaveImage", images=["2", 0]),
    }
    assert found(workflow, files=("photo.png",)) == []
    large = {"photo.png": Extent(width=2048, height=2048, count=1)}
    assert found(workflow, files=("photo.png",), pictures=large) == [("2", "beyond_bound")]


def test_a_linked_model_is_refused_as_nobody_knows_where_it_is() -> None:
    workflow = {"1": node("CheckpointLoaderSimple", ckpt_name=["2", 0])}
    assert found(workflow) == [("1", "model_not_named")]


@settings(max_examples=300)
@given(st.dictionaries(st.text(max_size=4), JSON, max_size=5))
def test_any_json_value_can_be_judged(workflow: dict[str, Any]) -> None:
    judge(workflow, CATALOGUE, STUDENT, files=())
