"""What a server lacks for a workflow, and where it is to be had."""

from __future__ import annotations

from atelier.workflows.model_sets import QWEN_IMAGE
from atelier.workflows.object_info import NodeCatalogue
from atelier.workflows.readiness import readiness, source_of
from scripts.check_cases.case import image, node, numbered, preview, save
from tests.unit.workflows.check_corpus import catalogue


def test_a_server_that_has_everything_is_ready() -> None:
    found = readiness(numbered(image(), save()), catalogue())
    assert found.ready
    assert (found.nodes, found.models, found.files) == ((), (), ())


def test_a_missing_class_comes_with_its_pack_and_its_nodes() -> None:
    detector = node("UltralyticsDetectorProvider", model_name="bbox/face.pt")
    found = readiness(numbered(detector, detector, image(), save(("3", 0))), catalogue())
    (missing,) = found.nodes
    assert (missing.class_type, missing.node_ids) == ("UltralyticsDetectorProvider", ("1", "2"))
    assert missing.pack is not None
    assert missing.pack.name == "ComfyUI-Impact-Subpack"
    assert not found.ready


def test_a_missing_model_comes_with_its_source() -> None:
    file = QWEN_IMAGE.files[0]
    loader = node("UNETLoader", unet_name=file.name, weight_dtype="default")
    empty = NodeCatalogue.parse(
        {
            "UNETLoader": {"input": {"required": {"unet_name": [[]], "weight_dtype": [["default"]]}}},
            "PreviewAny": {"input": {"required": {"source": ["*", {}]}}, "output_node": True},
        }
    )
    (missing,) = readiness(numbered(loader, node("PreviewAny", source=["1", 0])), empty).models
    assert (missing.name, missing.node_ids, missing.input_name) == (file.name, ("1",), "unet_name")
    assert missing.source is not None
    assert missing.source.url == file.url


def test_a_model_that_nobody_knows_has_no_source_but_may_have_a_neighbour() -> None:
    loader = node("UNETLoader", unet_name="qwen_image_fp8_e5m2.safetensors", weight_dtype="default")
    (missing,) = readiness(numbered(loader, node("PreviewAny", source=["1", 0])), catalogue()).models
    assert missing.source is None
    assert missing.nearest == "qwen_image_fp8_e4m3fn.safetensors"


def test_a_model_of_an_unknown_class_is_there_if_any_list_has_it() -> None:
    def models(name: str) -> int:
        return len(readiness(numbered(node("UnetLoaderOfAPack", unet_name=name)), catalogue()).models)

    assert models("qwen_image_fp8_e4m3fn.safetensors") == 0
    assert models("qwen-image-Q4_K_S.gguf") == 1


def test_input_files_are_missing_unless_they_were_uploaded() -> None:
    workflow = numbered(
        node("LoadImage", image="cat.png"), preview(), node("LoadImage", image="sub/a.png"), preview(("3", 0))
    )
    assert [each.name for each in readiness(workflow, catalogue()).files] == ["cat.png"]
    found = readiness(workflow, catalogue(), uploaded=["cat.png"])
    assert [(each.name, each.node_ids) for each in found.files] == [("sub/a.png", ("3",))]
    assert readiness(workflow, catalogue(), uploaded=["cat.png", "sub/a.png"]).ready


def test_what_nothing_needs_is_not_missing() -> None:
    loader = node("UNETLoader", unet_name="gone.safetensors", weight_dtype="default")
    assert readiness(
        numbered(image(), save(), loader, node("LoadImage", image="gone.png")), catalogue()
    ).ready


def test_a_source_is_found_by_base_name() -> None:
    file = QWEN_IMAGE.files[0]
    assert source_of(f"qwen/{file.name}") == file
    assert source_of("nothing.safetensors") is None
    assert source_of("") is None
