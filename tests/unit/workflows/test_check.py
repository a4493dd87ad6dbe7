"""What the check says: the place, the nearest valid value, the fix, and what is only a warning."""

from __future__ import annotations

from typing import Any

import pytest

from atelier.findings import Finding
from atelier.workflows.check import check
from atelier.workflows.object_info import NodeCatalogue
from scripts.check_cases.case import image, latent, node, numbered, preview, save, with_input
from scripts.check_cases.structure import chain
from tests.unit.workflows.check_corpus import catalogue, object_info


def only(workflow: Any, **options: Any) -> Finding:
    (finding,) = check(workflow, catalogue(), **options)
    return finding


def test_a_good_workflow_has_no_findings() -> None:
    assert check(numbered(image(), save()), catalogue()) == ()


def test_a_finding_names_node_title_class_input_value_and_cure() -> None:
    workflow = numbered({**image(width=0), "_meta": {"title": "Canvas"}}, save())
    finding = only(workflow)
    assert (finding.node_id, finding.title, finding.class_type) == ("1", "Canvas", "EmptyImage")
    assert (finding.input_name, finding.received, finding.nearest) == ("width", 0, 1)
    assert (finding.kind, finding.severity) == ("value_smaller_than_min", "error")
    assert str(finding) == (
        "node 1 (Canvas, EmptyImage), input width: 0 is smaller than the least, 1. Set width to at least 1."
    )


def test_an_unknown_class_has_a_nearest_name() -> None:
    finding = only(numbered(image(), save(), node("KSampelr")))
    assert (finding.kind, finding.nearest) == ("unknown_class", "KSampler")
    assert finding.severity == "error"


def test_an_unknown_class_names_the_pack_that_brings_it() -> None:
    finding = only(numbered(image(), save(), node("UltralyticsDetectorProvider")))
    assert "ComfyUI-Impact-Subpack" in finding.fix


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("QwenImageDiTLoaderWrapper", "Use UNETLoader instead: its pack dropped it after 2025-11-27."),
        ("QwenVLCLIPLoader", "Use CLIPLoader instead, or install the pack ComfyUI-QwenImageWanBridge."),
    ],
)
def test_a_qwen_node_of_a_pack_has_a_native_way(name: str, fix: str) -> None:
    assert only(numbered(image(), save(), node(name))).fix == fix


def test_a_native_class_that_an_older_server_lacks_is_a_matter_of_its_version() -> None:
    name = "TextEncodeQwenImageEditPlus"
    older = NodeCatalogue.parse({each: value for each, value in object_info().items() if each != name})
    (finding,) = check(numbered(image(), save(), node(name)), older)
    assert finding.fix == "Update the server to ComfyUI 0.3.60 or newer."


@pytest.mark.parametrize("method", ["Bilinear", "bilinaer", "bilinear "])
def test_both_dialects_of_combos_have_a_nearest_choice(method: str) -> None:
    for class_type, more in (
        ("ImageScaleBy", {"scale_by": 1.0}),
        ("ImageScaleToTotalPixels", {"megapixels": 1.0}),
    ):
        scale = node(class_type, image=["1", 0], upscale_method=method, **more)
        finding = only(numbered(image(), scale, save(("2", 0))))
        assert (finding.kind, finding.nearest) == ("value_not_in_list", "bilinear")


def test_a_moved_model_file_is_found_again() -> None:
    loader = node("UNETLoader", unet_name="old/qwen_image_fp8_e4m3fn.safetensors", weight_dtype="default")
    finding = only(numbered(loader, node("PreviewAny", source=["1", 0])))
    assert finding.nearest == "qwen_image_fp8_e4m3fn.safetensors"


def test_a_missing_link_is_offered_an_output_that_fits() -> None:
    dead, missing = check(numbered(image(), node("SaveImage", filename_prefix="x")), catalogue())
    assert (dead.kind, dead.node_id) == ("dead_branch", "1")
    assert (missing.kind, missing.input_name) == ("required_input_missing", "images")
    assert missing.nearest == ["1", 0]


def test_a_misspelt_input_is_recognised() -> None:
    entry = image()
    entry["inputs"]["widht"] = entry["inputs"].pop("width")
    missing, unknown = check(numbered(entry, save()), catalogue())
    assert (missing.kind, missing.fix) == ("required_input_missing", "Rename 'widht' to width.")
    assert (unknown.kind, unknown.nearest, unknown.severity) == ("unknown_input", "width", "warning")


def test_a_loop_is_named_node_by_node() -> None:
    workflow = numbered(node("ImageInvert", image=["2", 0]), node("ImageInvert", image=["1", 0]), save())
    finding = only(workflow)
    assert finding.kind == "dependency_cycle"
    assert "1 -> 2 -> 1" in finding.message or "2 -> 1 -> 2" in finding.message


def test_a_loop_of_many_nodes_is_named_in_short() -> None:
    invert = (node("ImageInvert", image=[str(at % 500 + 1), 0]) for at in range(1, 501))
    assert len(only(numbered(*invert, save())).message) < 200


def test_a_chain_is_too_long_above_what_the_server_takes() -> None:
    assert check(chain(980), catalogue()) == ()
    assert only(chain(981)).kind == "chain_too_long"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (with_input(image(), width=2**53 + 1), "value_bigger_than_max"),
        (with_input(image(), width=20.7), "converted_value"),
        (with_input(image(), width=True), "converted_value"),
        (with_input(latent(), width=70), "step_missed"),
        (with_input(image(), more=1), "unknown_input"),
    ],
)
def test_in_a_branch_that_nothing_needs_all_is_a_warning(fault: dict[str, Any], kind: str) -> None:
    found = check(numbered(image(), save(), fault), catalogue())
    assert {each.severity for each in found} == {"warning"}
    assert {each.kind for each in found} == {"dead_branch", kind}


def test_a_seed_that_a_browser_cannot_hold_is_a_warning() -> None:
    def noisy(seed: int) -> dict[str, Any]:
        return numbered(
            image(), node("ImageAddNoise", image=["1", 0], seed=seed, strength=0.5), preview(("2", 0))
        )

    assert check(noisy(2**53), catalogue()) == ()
    finding = only(noisy(2**53 + 1))
    assert (finding.kind, finding.severity) == ("large_number", "warning")


def test_the_nearest_step_is_inside_the_range() -> None:
    workflow = numbered(latent(width=16380), node("PreviewAny", source=["1", 0]))
    finding = only(workflow)
    assert (finding.kind, finding.nearest, finding.severity) == ("step_missed", 16384, "warning")


def test_the_word_false_is_true_to_the_server() -> None:
    paste = node(
        "ImageCompositeMasked", destination=["1", 0], source=["1", 0], x=0, y=0, resize_source="false"
    )
    finding = only(numbered(image(), paste, save(("2", 0))))
    assert (finding.kind, finding.nearest, finding.severity) == ("converted_value", False, "warning")


def test_a_deprecated_class_is_a_warning() -> None:
    info = {"Old": {"output_node": True, "deprecated": True}}
    (finding,) = check({"1": node("Old")}, NodeCatalogue.parse(info))
    assert (finding.kind, finding.severity) == ("deprecated_class", "warning")


def test_a_file_in_a_folder_that_no_list_shows_is_a_warning_until_the_files_are_known() -> None:
    workflow = numbered(node("LoadImage", image="sub/cat.png"), save())
    assert (only(workflow).kind, only(workflow).severity) == ("unlisted_file", "warning")
    assert check(workflow, catalogue(), files=["sub/cat.png"]) == ()
    assert only(workflow, files=["sub/dog.png"]).severity == "error"


def test_several_types_between_commas_take_each_of_them() -> None:
    info = {
        "Make": {"output": ["INT", "MASK", "STRING,MASK"]},
        "Take": {"input": {"required": {"x": ["INT,FLOAT", {}]}}, "output_node": True},
    }
    known = NodeCatalogue.parse(info)

    def kinds(link: Any) -> list[str]:
        return [each.kind for each in check({"1": node("Make"), "2": node("Take", x=link)}, known)]

    assert kinds(["1", 0]) == []
    assert kinds(["1", 1]) == ["return_type_mismatch"]
    assert kinds(["1", 2]) == ["return_type_mismatch"]
    assert kinds(3) == ["dead_branch"]


def test_a_type_that_no_node_gives_is_edited_by_a_widget_of_its_own() -> None:
    capture = node("WebcamCapture", image="data", width=8, height=8, capture_on_queue=True)
    assert check(numbered(capture, save()), catalogue()) == ()


def test_a_link_into_an_undeclared_input_is_an_error_only_in_comfyuis_own_classes() -> None:
    info = {
        "Make": {"output": ["IMAGE"]},
        "Pack": {"output_node": True, "python_module": "custom_nodes.any_switch"},
    }
    workflow = {"1": node("Make"), "2": node("Pack", any_1=["1", 0])}
    (finding,) = check(workflow, NodeCatalogue.parse(info))
    assert (finding.kind, finding.severity) == ("unknown_input", "warning")


def test_a_workflow_of_the_page_is_recognised() -> None:
    found = check({"nodes": [], "links": [], "version": 0.4}, catalogue())
    assert found[0].kind == "ui_format"


@pytest.mark.parametrize("value", [None, 3, "x", [], [1], {1: 2}])
def test_what_is_no_workflow_is_one_error(value: Any) -> None:
    assert (only(value).kind, only(value).severity) == ("no_prompt", "error")


def test_the_check_leaves_the_workflow_as_it_is() -> None:
    workflow = numbered(image(width="x"), save(["1", "0"]))
    before = repr(workflow)
    check(workflow, catalogue())
    assert repr(workflow) == before


def test_the_time_of_the_search_for_near_values_is_bounded() -> None:
    workflow = {str(at): node(f"KSampler{at}") for at in range(3000)}
    found = check(workflow, catalogue())
    unknown = [each for each in found if each.kind == "unknown_class"]
    assert len(unknown) == 3000
    assert unknown[0].nearest is not None
    assert unknown[-1].nearest is None
