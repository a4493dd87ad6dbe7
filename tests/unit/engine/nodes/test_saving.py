"""SaveImage and PreviewImage: where files go, what they carry, and what is refused."""

from __future__ import annotations

import errno
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from atelier.engine.node import NodeResult
from atelier.engine.nodes.files import preview_image, save_image
from atelier.errors import DirectoryUnusable, FileOutside, JobInterruptedHere, NodeInputInvalid
from tests.unit.engine.nodes.workbench import Workbench, pixels

GREY = np.full((2, 6, 8, 3), 0.5, dtype=np.float32)


def names(result: NodeResult) -> list[str]:
    assert result.ui is not None
    return [file["filename"] for file in result.ui["images"]]


def test_each_picture_of_a_batch_is_a_file(bench: Workbench) -> None:
    result = save_image(bench.context(), images=GREY, filename_prefix="fox")
    assert names(result) == ["fox_00001_.png", "fox_00002_.png"]
    assert (pixels(bench.folders.output / "fox_00002_.png") == 127).all()


@pytest.mark.parametrize(
    "prefix", ["../fox", "/fox", "den/../../fox", "../../../etc/fox", "../input/fox", "a\0b"]
)
def test_saving_outside_output_is_refused(prefix: str, bench: Workbench) -> None:
    with pytest.raises(FileOutside, match="Saving image outside the output folder is not allowed"):
        save_image(bench.context(), images=GREY, filename_prefix=prefix)
    assert list(bench.folders.base.parent.rglob("*.png")) == []


def test_a_link_that_leads_outside_is_refused(bench: Workbench) -> None:
    outside = bench.folders.base.parent / "outside"
    outside.mkdir()
    (bench.folders.output / "link").symlink_to(outside, target_is_directory=True)
    with pytest.raises(FileOutside):
        save_image(bench.context(), images=GREY, filename_prefix="link/fox")
    assert list(outside.iterdir()) == []


def test_a_prefix_under_a_file_says_what_to_do(bench: Workbench) -> None:
    (bench.folders.output / "fox.png").touch()
    with pytest.raises(DirectoryUnusable, match="Choose another filename_prefix"):
        save_image(bench.context(), images=GREY, filename_prefix="fox.png/cub")


def test_a_name_that_is_too_long_says_what_to_do(bench: Workbench) -> None:
    with pytest.raises(FileOutside, match=r"no file name on every system\. Set filename_prefix"):
        save_image(bench.context(), images=GREY, filename_prefix="x" * 250)


def test_the_graph_travels_in_the_file(bench: Workbench) -> None:
    graph = {"1": {"class_type": "EmptyImage", "inputs": {"width": 8}}}
    workflow = {"nodes": [{"title": "Füchse"}]}
    context = bench.context(graph=graph, extra_pnginfo={"workflow": workflow})
    result = save_image(context, images=GREY[:1])
    with PillowImage.open(bench.folders.output / names(result)[0]) as picture:
        assert {name: json.loads(text) for name, text in picture.info.items()} == {
            "prompt": graph,
            "workflow": workflow,
        }


def test_a_full_disk_says_what_to_do(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DirectoryUnusable, match=r"No space left on device\. Free some space"):
        save_image(bench.context(), images=GREY)


def test_metadata_that_png_cannot_carry_is_named(bench: Workbench) -> None:
    context = bench.context(extra_pnginfo={"狐": 1})
    with pytest.raises(NodeInputInvalid, match="狐"):
        save_image(context, images=GREY)


def test_a_preview_goes_to_temp_under_a_name_of_its_own(bench: Workbench) -> None:
    first, second = (preview_image(bench.context(), images=GREY[:1]) for _ in range(2))
    assert re.fullmatch(r"ComfyUI_temp_[a-z]{5}_00001_\.png", names(first)[0])
    assert names(first) != names(second)
    assert {path.name for path in bench.folders.temp.iterdir()} == {*names(first), *names(second)}
    assert list(bench.folders.output.iterdir()) == []


def test_values_outside_the_range_are_clipped(bench: Workbench) -> None:
    picture = np.array([[[[-3, 1.7, 0.999]]]], dtype=np.float32)
    (name,) = names(save_image(bench.context(), images=picture))
    assert pixels(bench.folders.output / name).tolist() == [[[0, 255, 254]]]


def test_a_picture_with_alpha_keeps_it(bench: Workbench) -> None:
    picture = np.full((1, 2, 2, 4), 0.2, dtype=np.float32)
    (name,) = names(save_image(bench.context(), images=picture))
    with PillowImage.open(bench.folders.output / name) as saved:
        assert saved.mode == "RGBA"


def test_a_picture_of_what_are_no_numbers_is_an_error_and_not_a_black_file(bench: Workbench) -> None:
    broken = GREY.copy()
    broken[1, 2, 3] = np.nan
    with pytest.raises(NodeInputInvalid, match="not numbers"):
        save_image(bench.context(), images=broken)
    assert list(bench.folders.output.iterdir()) == []


def test_an_interrupt_stops_between_two_pictures(bench: Workbench) -> None:
    def interrupt() -> None:
        if any(bench.folders.output.iterdir()):
            raise JobInterruptedHere("interrupted")

    with pytest.raises(JobInterruptedHere):
        save_image(bench.context(check_interrupted=interrupt), images=GREY)
    assert [path.name for path in bench.folders.output.iterdir()] == ["ComfyUI_00001_.png"]
