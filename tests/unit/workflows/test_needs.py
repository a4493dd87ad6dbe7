"""What a workflow needs of an engine does not depend on how it is written down."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atelier.workflows.library import LIBRARY
from atelier.workflows.model_sets import MODEL_SETS
from atelier.workflows.model_sets.flux import FLUX_DEV
from atelier.workflows.model_sets.qwen import QWEN_IMAGE_EDIT_2509_LIGHTNING
from atelier.workflows.model_sets.stable_diffusion import SDXL_TURBO
from atelier.workflows.needs import FOLDERS, lacks, needs_of
from atelier.workflows.object_info import NodeCatalogue
from tests.unit.workflows.reference_server import catalogue_with, object_info
from tests.unit.workflows.test_check_properties import JSON

CATALOGUE = catalogue_with(MODEL_SETS)
BARE = NodeCatalogue.parse(object_info())


def loads(*names: str) -> dict[str, Any]:
    """Return a workflow that adds LoRAs to a diffusion model."""
    nodes: dict[str, Any] = {
        "1": {"class_type": "UNETLoader", "inputs": {"unet_name": "a.safetensors", "weight_dtype": "default"}}
    }
    for number, name in enumerate(names, start=2):
        nodes[str(number)] = {
            "class_type": "LoraLoaderModelOnly",
            "inputs": {"model": [str(number - 1), 0], "lora_name": name, "strength_model": 1.0},
        }
    nodes["9"] = {"class_type": "PreviewAny", "inputs": {"source": [str(len(names) + 1), 0]}}
    return nodes


@pytest.mark.parametrize("models", MODEL_SETS, ids=lambda each: each.name)
def test_the_library_needs_the_files_of_its_model_set(models: Any) -> None:
    for each in LIBRARY:
        if each.name not in models.tasks:
            continue
        needs = needs_of(each.build(each.example, models), CATALOGUE)
        assert {name for _, name in needs.models} <= {file.name for file in models.files}
        assert {folder for folder, _ in needs.models} <= {file.folder for file in models.files}
        assert lacks(needs, CATALOGUE) == ()


def test_the_main_model_is_the_one_that_draws() -> None:
    text_to_image = next(each for each in LIBRARY if each.name == "text_to_image")
    assert (
        needs_of(text_to_image.build(text_to_image.example, FLUX_DEV), CATALOGUE).model
        == FLUX_DEV.weights.files[0].name
    )
    assert (
        needs_of(text_to_image.build(text_to_image.example, SDXL_TURBO), CATALOGUE).model
        == SDXL_TURBO.weights.files[0].name
    )


def test_a_workflow_without_models_needs_none() -> None:
    needs = needs_of({"1": {"class_type": "EmptyImage", "inputs": {}}}, CATALOGUE)
    assert needs.model is None
    assert needs.models == frozenset()
    assert needs.node_classes == {"EmptyImage"}


def test_an_engine_lacks_what_it_does_not_offer() -> None:
    needs = needs_of(loads("b.safetensors"), CATALOGUE)
    assert lacks(needs, CATALOGUE) == (
        "the file a.safetensors in diffusion_models",
        "the file b.safetensors in loras",
    )
    assert lacks(needs_of({"1": {"class_type": "Nonsense", "inputs": {}}}, BARE), BARE) == (
        "the node class Nonsense",
    )


def test_files_of_nodes_that_do_not_run_are_not_needed() -> None:
    workflow = loads("b.safetensors")
    workflow["20"] = {"class_type": "VAELoader", "inputs": {"vae_name": "unused.safetensors"}}
    assert needs_of(workflow, CATALOGUE).models == needs_of(loads("b.safetensors"), CATALOGUE).models
    workflow["21"] = {"class_type": "PreviewAny", "inputs": {"source": ["20", 0]}}
    assert ("vae", "unused.safetensors") in needs_of(workflow, CATALOGUE).models
    assert ("vae", "unused.safetensors") not in needs_of(workflow, CATALOGUE, targets=["9"]).models


def test_a_loader_of_a_custom_pack_is_known_by_its_list() -> None:
    document = object_info() | {
        "GgufLoader": {
            "input": {"required": {"gguf_name": [["a.gguf"], {}], "dtype": [["auto"], {}]}},
            "output": ["MODEL"],
            "output_node": True,
            "python_module": "custom_nodes.gguf",
        }
    }
    catalogue = NodeCatalogue.parse(document)
    needs = needs_of(
        {"1": {"class_type": "GgufLoader", "inputs": {"gguf_name": "b.gguf", "dtype": "auto"}}}, catalogue
    )
    assert needs.models == {("GgufLoader.gguf_name", "b.gguf")}
    assert lacks(needs, catalogue) == ("the file b.gguf in GgufLoader.gguf_name",)


def test_every_loader_in_the_table_is_one_of_the_reference() -> None:
    for class_type, name in FOLDERS:
        type = BARE.get(class_type)
        assert type is not None
        assert type.inputs[name].options is not None


def test_every_native_list_of_weights_is_in_the_table() -> None:
    for type in BARE:
        for name, each in type.inputs.items():
            if any(
                isinstance(option, str) and option.endswith(".safetensors") for option in each.options or ()
            ):
                assert (type.name, name) in FOLDERS or type.name == "TrainLoraNode"


@given(st.lists(st.sampled_from(["b.safetensors", "c.safetensors", "d.safetensors"]), max_size=4))
def test_the_order_of_nodes_and_their_ids_do_not_matter(names: list[str]) -> None:
    workflow = loads(*names)
    reordered = dict(reversed(list(workflow.items())))

    def renamed(value: Any) -> Any:
        return [f"n{value[0]}", value[1]] if isinstance(value, list) else value

    other_ids = {
        f"n{node_id}": {**node, "inputs": {name: renamed(value) for name, value in node["inputs"].items()}}
        for node_id, node in workflow.items()
    }
    needs = needs_of(workflow, CATALOGUE)
    assert needs == needs_of(reordered, CATALOGUE) == needs_of(other_ids, CATALOGUE)
    assert needs.kind == needs_of(loads(*reversed(names)), CATALOGUE).kind


@given(
    st.sets(st.sampled_from(["b", "c", "d"]), max_size=3),
    st.sets(st.sampled_from(["b", "c", "d"]), max_size=3),
)
def test_kinds_are_equal_exactly_where_the_needs_are(one: set[str], other: set[str]) -> None:
    first, second = (needs_of(loads(*sorted(each)), CATALOGUE) for each in (one, other))
    same = (first.models, first.node_classes) == (second.models, second.node_classes)
    assert (first.kind == second.kind) == same


@settings(max_examples=200)
@given(st.dictionaries(st.text(max_size=4), JSON, max_size=5))
def test_any_json_value_can_be_looked_at(workflow: dict[str, Any]) -> None:
    needs = needs_of(workflow, CATALOGUE)
    assert len(needs.kind) == 64
    assert bool(lacks(needs, CATALOGUE)) == any(name not in CATALOGUE for name in needs.node_classes)


def test_a_lightning_lora_is_needed_beside_its_model() -> None:
    edit = next(each for each in LIBRARY if each.name == "image_edit")
    needs = needs_of(edit.build(edit.example, QWEN_IMAGE_EDIT_2509_LIGHTNING), CATALOGUE)
    assert {folder for folder, _ in needs.models} == {"diffusion_models", "text_encoders", "vae", "loras"}
