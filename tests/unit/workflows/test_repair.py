"""The repair mends what can only be meant one way, and says so."""

from __future__ import annotations

from typing import Any

import pytest

from atelier.workflows.repair import repair
from scripts.check_cases.case import image, latent, mask, node, numbered, preview, save, without
from tests.unit.workflows.check_corpus import catalogue


def after(workflow: Any, node_id: str, input_name: str) -> Any:
    """Return an input after the repair, which changes nothing else."""
    repaired = repair(workflow, catalogue())
    (change,) = repaired.changes
    assert (change.node_id, change.input_name) == (node_id, input_name)
    assert change.after == repaired.workflow[node_id]["inputs"][input_name]
    return change.after


def test_a_link_to_nowhere_goes_to_the_only_output_of_its_type() -> None:
    assert after(numbered(image(), latent(), save(("9", 0))), "3", "images") == ["1", 0]


def test_a_missing_link_goes_to_the_only_output_of_its_type() -> None:
    assert after(numbered(image(), without(save(), "images")), "2", "images") == ["1", 0]


def test_of_two_outputs_none_is_chosen() -> None:
    assert repair(numbered(image(), image(), save(("9", 0))), catalogue()).changes == ()


def test_a_link_is_not_mended_into_a_loop() -> None:
    workflow = numbered(node("ImageInvert", image=["9", 0]), preview())
    assert repair(workflow, catalogue()).changes == ()


@pytest.mark.parametrize("link", [[1, 0], ["1", "0"], ["1", 0.0], ["1", 0, 0], [1, "0"]])
def test_a_link_of_other_types_is_written_as_one(link: list[Any]) -> None:
    assert after(numbered(image(), image(), save(link)), "3", "images") == ["1", 0]


def test_a_link_to_the_wrong_slot_goes_to_the_only_one_of_its_node_that_fits() -> None:
    workflow = numbered(node("LoadImage", image="photo.png"), image(), save(("1", 1)))
    assert after(workflow, "3", "images") == ["1", 0]


def test_a_link_to_a_slot_that_is_not_there_is_mended_where_one_output_fits() -> None:
    assert after(numbered(image(), mask(), save(("1", 7))), "3", "images") == ["1", 0]


@pytest.mark.parametrize("name", ["ink.safetensors", "old\\ink.safetensors", "STYLES/INK.safetensors"])
def test_a_model_file_is_found_in_its_new_folder(name: str) -> None:
    workflow = numbered(
        node("UNETLoader", unet_name="qwen_image_fp8_e4m3fn.safetensors", weight_dtype="default"),
        node("LoraLoaderModelOnly", model=["1", 0], lora_name=name, strength_model=1.0),
        node("PreviewAny", source=["2", 0]),
    )
    assert after(workflow, "2", "lora_name") == "styles/ink.safetensors"


def test_a_choice_in_other_letter_case_is_written_as_it_is_offered() -> None:
    scale = node("ImageScaleBy", image=["1", 0], upscale_method="Nearest-Exact ", scale_by=1.0)
    assert after(numbered(image(), scale, save(("2", 0))), "2", "upscale_method") == "nearest-exact"


def test_a_missing_value_gets_its_default() -> None:
    assert after(numbered(without(image(), "width"), save()), "1", "width") == 512


def test_a_misspelt_choice_is_left_to_a_person() -> None:
    scale = node("ImageScaleBy", image=["1", 0], upscale_method="bilinaer", scale_by=1.0)
    assert repair(numbered(image(), scale, save(("2", 0))), catalogue()).changes == ()


def test_a_value_out_of_range_is_left_to_a_person() -> None:
    assert repair(numbered(image(width=0), save()), catalogue()).changes == ()


def test_a_link_that_would_wake_a_broken_branch_is_not_mended() -> None:
    workflow = numbered(image(), save(), latent(width=0, height=0), node("PreviewAny", source=["9", 0]))
    assert repair(workflow, catalogue()).changes == ()
    broken = numbered(image(), save(), mask(0, 0), node("MaskToImage", mask=["9", 0]), preview(("4", 0)))
    assert repair(broken, catalogue()).changes == ()


def test_each_change_says_what_was_there_and_why() -> None:
    (change,) = repair(numbered(image(), save(["1", "0"])), catalogue()).changes
    assert str(change) == (
        "node 2 (SaveImage), input images: ['1', '0'] became ['1', 0]: "
        "a link is a node id as text and a slot as a number."
    )


@pytest.mark.parametrize("value", [None, [], "x", {"1": 5}, {"1": {"class_type": "SaveImage", "inputs": 3}}])
def test_what_cannot_be_mended_comes_back_as_it_is(value: Any) -> None:
    assert repair(value, catalogue()).workflow == value
