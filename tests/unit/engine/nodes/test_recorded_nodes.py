"""Nodes without weights give ComfyUI's pixels: recorded with scripts/record_comfyui_nodes.py."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage

from atelier.errors import NodeInputInvalid
from tests.unit.engine.nodes.workbench import CLASSES, Workbench, pixels

RECORDINGS = Path(__file__).parents[3] / "reference" / "comfyui" / "nodes"
INDEX: dict[str, Any] = json.loads((RECORDINGS / "index.json").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = INDEX["cases"]
DRAWN = [case for case in CASES if case["pictures"]]
FAILING = [case for case in CASES if not case["pictures"]]

#: In steps of 1/255.
TOLERANCE = 1


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    workbench = Workbench.at(tmp_path_factory.mktemp("engine"))
    shutil.copytree(RECORDINGS / "inputs", workbench.folders.input, dirs_exist_ok=True)
    return workbench


def test_the_recordings_are_of_the_version_that_is_spoken() -> None:
    assert INDEX["server"]["comfyui_version"] == "0.3.64"


def test_every_class_without_weights_is_recorded() -> None:
    recorded = {node["class_type"] for case in DRAWN for node in case["graph"].values()}
    assert recorded == CLASSES.keys() - {"PreviewImage"}


@pytest.mark.parametrize("case", DRAWN, ids=lambda case: case["name"])
def test_a_graph_gives_the_recorded_pixels(
    case: dict[str, Any], bench: Workbench, record_property: Callable[[str, object], None]
) -> None:
    files = bench.run(case["graph"])
    assert len(files) == len(case["pictures"])
    worst = 0
    for file, name in zip(files, case["pictures"], strict=True):
        ours, theirs = bench.pixels(file), pixels(RECORDINGS / "results" / name)
        assert ours.shape == theirs.shape
        worst = max(worst, int(np.abs(ours.astype(int) - theirs).max()))
    record_property("worst_pixel_in_255ths", worst)
    assert worst <= TOLERANCE, f"the worst pixel is {worst}/255 off"


@pytest.mark.parametrize("case", FAILING, ids=lambda case: case["name"])
def test_a_graph_that_fails_in_comfyui_fails_with_a_reason(case: dict[str, Any], bench: Workbench) -> None:
    with pytest.raises(NodeInputInvalid, match=r"\. [A-Z].*\.$"):
        bench.run(case["graph"])


def test_files_are_called_as_comfyui_calls_them(tmp_path: Path) -> None:
    bench = Workbench.at(tmp_path)
    for line in INDEX["names"]:
        size = {"width": 9, "height": 5, "batch_size": line["batch_size"], "color": 0}
        save = {"images": ["1", 0], "filename_prefix": line["prefix"]}
        files = bench.run(
            {
                "1": {"class_type": "EmptyImage", "inputs": size},
                "2": {"class_type": "SaveImage", "inputs": save},
            }
        )
        assert [file | {"type": "output"} for file in line["files"]] == files, line["prefix"]
        assert all(bench.path(file).is_file() for file in files)


def test_metadata_is_written_letter_by_letter_as_in_comfyui(tmp_path: Path) -> None:
    bench, recorded = Workbench.at(tmp_path), INDEX["texts"]
    (file,) = bench.run(recorded["graph"], extra_pnginfo=recorded["extra_pnginfo"])
    with PillowImage.open(bench.path(file)) as picture:
        assert dict(picture.info) == recorded["texts"]
