"""Model sets are recognised on a server, and say where their files come from."""

from __future__ import annotations

import re
from typing import Any

import pytest

from atelier.workflows.library import LIBRARY
from atelier.workflows.model_sets import (
    EMBEDDED,
    MINI,
    MODEL_SETS,
    NANO,
    QWEN_IMAGE,
    QWEN_IMAGE_EDIT_2509,
    ModelSet,
    choose,
    detect,
)
from tests.unit.workflows.reference_server import object_info, object_info_with


def loaders(*, unet: str, clip: str, vae: str) -> dict[str, Any]:
    return {
        "UNETLoader": {"input": {"required": {"unet_name": [[unet]]}}},
        "CLIPLoader": {"input": {"required": {"clip_name": ["COMBO", {"options": [clip]}]}}},
        "VAELoader": {"input": {"required": {"vae_name": [[vae, "pixel_space"]]}}},
    }


def test_the_reference_server_has_the_qwen_sets() -> None:
    assert [each.name for each in detect(object_info(), MODEL_SETS)] == [
        "qwen-image-edit-2509",
        "qwen-image-edit-2509-lightning",
        "qwen-image-edit",
        "qwen-image-edit-lightning",
        "qwen-image",
        "qwen-image-lightning",
    ]


@pytest.mark.parametrize("models", MODEL_SETS, ids=lambda each: each.name)
def test_a_server_with_its_files_has_the_set(models: ModelSet) -> None:
    assert models in detect(object_info_with([models]), MODEL_SETS)


def test_a_set_is_found_by_base_name_and_named_as_the_server_spells_it() -> None:
    server = loaders(
        unet=r"qwen\qwen_image_fp8_e4m3fn.safetensors",
        clip="text/qwen_2.5_vl_7b_fp8_scaled.safetensors",
        vae="qwen_image_vae.safetensors",
    )
    (found,) = detect(server, MODEL_SETS)
    assert found.name == "qwen-image"
    assert [each.name for each in found.files] == [
        r"qwen\qwen_image_fp8_e4m3fn.safetensors",
        "text/qwen_2.5_vl_7b_fp8_scaled.safetensors",
        "qwen_image_vae.safetensors",
    ]


def test_a_set_with_a_file_missing_is_not_found() -> None:
    unet, _, vae = (each.name for each in NANO.files)
    assert detect(loaders(unet=unet, clip="another.safetensors", vae=vae), MODEL_SETS) == ()
    assert detect({}, MODEL_SETS) == ()


def test_the_first_set_that_can_do_the_task_is_chosen() -> None:
    assert choose((QWEN_IMAGE, QWEN_IMAGE_EDIT_2509, NANO), "image_edit") is QWEN_IMAGE_EDIT_2509
    assert choose((QWEN_IMAGE,), "image_edit") is None


def test_sets_that_see_pictures_go_before_those_that_paste_them() -> None:
    assert choose(MODEL_SETS, "composition") is QWEN_IMAGE_EDIT_2509
    assert choose(MODEL_SETS, "text_to_image") is QWEN_IMAGE


def test_names_are_unique_and_tasks_are_workflows_of_the_library() -> None:
    names = [each.name for each in MODEL_SETS]
    assert len(names) == len(set(names))
    for models in MODEL_SETS:
        assert models.tasks <= {each.name for each in LIBRARY}


@pytest.mark.parametrize("models", EMBEDDED, ids=lambda each: each.name)
def test_an_embedded_model_can_do_all_of_the_library(models: ModelSet) -> None:
    assert models.tasks == {each.name for each in LIBRARY}


def test_the_larger_embedded_model_goes_before_the_small_one() -> None:
    both = [each for each in MODEL_SETS if each in EMBEDDED]
    assert choose(both, "text_to_image") is MINI


@pytest.mark.parametrize("models", MODEL_SETS, ids=lambda each: each.name)
def test_a_set_is_complete_as_data(models: ModelSet) -> None:
    assert models.source
    assert models.licence
    assert models.min_side <= min(models.width, models.height) <= models.max_side
    assert models.width % models.multiple == models.height % models.multiple == 0
    for file in models.files:
        assert (file.repository is None) == (file.path is None) == (models in EMBEDDED)
        assert models in EMBEDDED or (file.path or "").endswith(file.name)
        assert file.size is None or file.size > 10**8
        assert file.sha256 is None or re.fullmatch(r"[0-9a-f]{64}", file.sha256)
        assert (file.size is None) == (file.sha256 is None)


def test_the_download_address_is_that_of_the_template() -> None:
    assert QWEN_IMAGE.files[0].url == (
        "https://huggingface.co/Comfy-Org/Qwen-Image_ComfyUI/resolve/main/"
        "split_files/diffusion_models/qwen_image_fp8_e4m3fn.safetensors"
    )
    assert NANO.files[0].url is None
