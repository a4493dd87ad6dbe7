"""`atelier workflow` and `atelier nodes` as a person or a program uses them, on the real engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageStat

from atelier.providers.embedded import embedded_engine

REFERENCE = Path(__file__).parents[1] / "reference/comfyui"
DEADLINE = 300

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with embedded_engine() as engine:
        yield engine.url


@pytest.fixture
def workflow(server: str, tmp_path: Path) -> Command:
    """Run `atelier workflow` in a directory of its own, against the engine."""

    def run(*arguments: str | Path, asks_server: bool = True) -> subprocess.CompletedProcess[str]:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("ATELIER_")}
        if asks_server:
            environment["ATELIER_SERVER"] = server
        answer = subprocess.run(
            [sys.executable, "-m", "atelier", "workflow", *map(str, arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=DEADLINE,
            check=False,
            cwd=tmp_path,
            env=environment,
        )
        assert "Traceback" not in answer.stderr, answer.stderr
        return answer

    return run


@pytest.fixture
def sea(workflow: Command, tmp_path: Path) -> Path:
    """A workflow file that draws the sea."""
    answer = workflow("new", "text_to_image", "--set", "prompt=the sea", "--set", "steps=4", "-o", "sea.json")
    assert answer.returncode == 0, answer.stderr
    return tmp_path / "sea.json"


def broken(path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    other = path.with_name("broken.json")
    other.write_text(json.dumps(document), encoding="utf-8")
    return other


def node_of(document: dict[str, Any], class_type: str) -> dict[str, Any]:
    return next(each for each in document.values() if each["class_type"] == class_type)


def brightness(path: Path) -> float:
    with Image.open(path) as picture:
        return float(ImageStat.Stat(picture.convert("L")).mean[0])


def test_the_library_is_listed_with_the_model_sets_that_can_do_each(workflow: Command) -> None:
    answer = workflow("list", "--json", asks_server=False)
    (told,) = (json.loads(line) for line in answer.stdout.splitlines())
    able = {each["name"]: each["models"] for each in told["workflows"]}
    assert {"text_to_image", "image_edit", "inpaint", "outpaint", "style_transfer"} <= set(able)
    assert {"atelier-nano", "qwen-image", "sdxl-turbo"} <= set(able["text_to_image"])


def test_a_workflow_is_shown_with_its_parameters(workflow: Command) -> None:
    answer = workflow("show", "inpaint", asks_server=False)
    assert answer.returncode == 0
    assert "mask" in answer.stdout
    assert "denoise" in answer.stdout


def test_a_name_that_is_nearly_right_is_suggested(workflow: Command) -> None:
    answer = workflow("show", "inpint", asks_server=False)
    assert answer.returncode == 2
    assert "inpaint" in answer.stderr


def test_a_new_workflow_passes_the_check(workflow: Command, sea: Path) -> None:
    answer = workflow("check", sea)
    assert answer.returncode == 0, answer.stdout
    assert "0 errors" in answer.stdout


def test_a_library_workflow_runs_with_local_pictures(workflow: Command, tmp_path: Path) -> None:
    day, night = tmp_path / "day.png", tmp_path / "night.png"
    first = workflow(
        "run", "text_to_image", "--set", "prompt=hills on a sunny day", "--set", "seed=3", "--out", day
    )
    assert first.returncode == 0, first.stderr
    second = workflow(
        "run", "image-edit", "--set", f"image={day}", "--set", "instruction=make it night", "--out", night
    )
    assert second.returncode == 0, second.stderr
    assert brightness(night) < 0.6 * brightness(day)


def test_a_file_runs_with_inputs_set_by_name(workflow: Command, sea: Path, tmp_path: Path) -> None:
    answer = workflow(
        "run", sea, "--set", "prompt=snow at night", "--set", "width=64", "--set", "KSampler.seed=5",
        "--out", "snow.png",
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    with Image.open(tmp_path / "snow.png") as picture:
        assert picture.size == (64, 128)


def test_a_picture_that_cannot_be_read_is_named(workflow: Command, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "good.png")
    (tmp_path / "odd.png").write_bytes(b"no picture")
    pictures = ("--set", "image=good.png", "--set", "style_image=odd.png")
    answer = workflow("run", "style_transfer", *pictures)
    assert answer.returncode == 2
    assert "odd.png: This is no picture" in answer.stderr


def test_a_faulty_file_is_not_sent(workflow: Command, sea: Path) -> None:
    file = broken(sea, lambda document: node_of(document, "KSampler")["inputs"].update(sampler_name="eular"))
    answer = workflow("run", file)
    assert answer.returncode == 6
    assert "euler" in answer.stderr


def test_a_fault_is_named_with_its_node_and_the_fix(workflow: Command, sea: Path) -> None:
    file = broken(sea, lambda document: node_of(document, "VAEDecode").update(class_type="VAEDecoder"))
    answer = workflow("check", file, "--json")
    told = [json.loads(line) for line in answer.stdout.splitlines()]
    (findings,) = (each["findings"] for each in told if each["event"] == "findings")
    assert answer.returncode == 10
    assert any(each["class_type"] == "VAEDecoder" and "VAEDecode" in each["fix"] for each in findings)


def test_the_check_needs_no_server_where_the_node_classes_are_a_file(workflow: Command) -> None:
    answer = workflow(
        "check", REFERENCE / "templates_api/image_qwen_image.json",
        "--object-info", REFERENCE / "object_info-0.3.64.json", asks_server=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stdout


def test_what_a_server_lacks_is_told_with_its_source(workflow: Command) -> None:
    answer = workflow("ready", REFERENCE / "templates_api/image_qwen_image.json")
    assert answer.returncode == 10
    assert "qwen_image_fp8_e4m3fn.safetensors" in answer.stdout
    assert "huggingface.co/Comfy-Org/Qwen-Image_ComfyUI" in answer.stdout


def test_a_dangling_link_is_repaired(workflow: Command, sea: Path, tmp_path: Path) -> None:
    file = broken(sea, lambda document: node_of(document, "SaveImage")["inputs"].update(images=["99", 0]))
    assert workflow("check", file).returncode == 10
    answer = workflow("repair", file, "-o", "mended.json")
    assert answer.returncode == 0, answer.stderr
    assert workflow("check", tmp_path / "mended.json").returncode == 0


def test_the_page_s_form_and_back_is_the_same_workflow(workflow: Command, sea: Path, tmp_path: Path) -> None:
    assert workflow("convert", sea, "-o", "page.json").returncode == 0
    assert workflow("convert", "page.json", "-o", "back.json").returncode == 0
    assert "nodes" in json.loads((tmp_path / "page.json").read_text(encoding="utf-8"))
    assert workflow("diff", sea, "back.json", asks_server=False).returncode == 0


def test_two_workflows_that_differ_are_told_apart(workflow: Command, sea: Path) -> None:
    file = broken(sea, lambda document: node_of(document, "KSampler")["inputs"].update(steps=30))
    answer = workflow("diff", sea, file, asks_server=False)
    assert answer.returncode == 10
    assert "steps" in answer.stdout


def test_a_workflow_comes_back_out_of_its_picture(workflow: Command, sea: Path, tmp_path: Path) -> None:
    assert workflow("run", sea, "--out", "sea.png").returncode == 0
    assert workflow("extract", "sea.png", "-o", "again.json", asks_server=False).returncode == 0
    assert workflow("diff", sea, "again.json", asks_server=False).returncode == 0
    assert workflow("extract", "sea.png", "--strip", "plain.png", asks_server=False).returncode == 0
    assert workflow("extract", "plain.png", asks_server=False).returncode == 2
    with Image.open(tmp_path / "sea.png") as before, Image.open(tmp_path / "plain.png") as after:
        assert before.tobytes() == after.tobytes()


@pytest.mark.parametrize(("format", "begins"), [("mermaid", "flowchart"), ("svg", "<svg")])
def test_a_workflow_is_drawn(workflow: Command, sea: Path, format: str, begins: str) -> None:
    answer = workflow("diagram", sea, "--format", format)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith(begins)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b'{"1": {"class_type": ', "is no whole JSON"),
        (b"[" * 100_000, "is nested too deep"),
        (b"[1, 2]", "holds no workflow"),
        (b"no workflow at all", "is neither JSON nor a picture"),
    ],
    ids=["empty", "cut off", "deep", "a list", "text"],
)
def test_a_file_that_holds_no_workflow_is_named_with_the_reason(
    workflow: Command, tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "odd.json").write_bytes(content)
    answer = workflow("check", "odd.json")
    assert answer.returncode == 2
    assert f"odd.json {said}" in answer.stderr


def test_a_folder_a_plain_picture_and_a_far_too_large_file_are_refused(
    workflow: Command, tmp_path: Path
) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "plain.png")
    (tmp_path / "folder").mkdir()
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(2**30)
    for name, said in (
        ("plain.png", "neither JSON nor"),
        ("folder", "Cannot read"),
        ("large.json", "1024 MiB"),
    ):
        answer = workflow("check", name)
        assert answer.returncode == 2
        assert said in answer.stderr


@pytest.mark.parametrize("command", ["ready", "convert", "diagram"])
def test_nothing_is_said_or_drawn_of_a_file_without_nodes(
    workflow: Command, tmp_path: Path, command: str
) -> None:
    (tmp_path / "odd.json").write_text('{"title": "a plan", "1": {"inputs": {}}}', encoding="utf-8")
    answer = workflow(command, "odd.json")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "Entry title is no node" in answer.stderr
    assert "odd.json has no nodes" in answer.stderr
