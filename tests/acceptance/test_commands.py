"""The `atelier` command as a person or a program uses it: real processes, the real engine, real pictures."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageStat

#: Seconds that a command may take before the test gives up on it.
DEADLINE = 300


def atelier(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ATELIER_")}
    return subprocess.run(
        [sys.executable, "-m", "atelier", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=DEADLINE,
        check=False,
        env=environment,
    )


def events(answer: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.stdout.splitlines()]


def brightness(path: Path) -> float:
    with Image.open(path) as picture:
        return float(ImageStat.Stat(picture.convert("L")).mean[0])


class Engine:
    """`atelier engine` on a free port, for as long as a test needs it."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "atelier", "engine", "--json", "--exit-with-parent"]
        self.process = subprocess.Popen(
            [*command, "--port", "0", "--directory", str(directory), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.url: str = json.loads(self.process.stdout.readline())["url"]

    def close_input(self) -> int:
        self.process.communicate(timeout=DEADLINE)
        return self.process.returncode


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    started = Engine(tmp_path_factory.mktemp("engine"))
    yield started
    assert started.close_input() == 0


@pytest.fixture(scope="module")
def day(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "day.png"
    answer = atelier(
        "generate", "green hills on a sunny day", "--seed", "3", "--out", path, "--server", engine.url
    )
    assert answer.returncode == 0, answer.stderr
    return path


def test_without_a_server_a_picture_is_drawn_by_an_engine_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "new" / "night.png"
    answer = atelier("generate", "the sea at night", "--seed", "7", "--steps", "8", "--out", path)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip() == str(path)
    assert "seed 7" in answer.stderr
    assert brightness(path) < 100


def test_an_edit_turns_day_into_night(engine: Engine, day: Path, tmp_path: Path) -> None:
    night = tmp_path / "night.png"
    answer = atelier("edit", day, "make it night", "--seed", "1", "--out", night, "--server", engine.url)
    assert answer.returncode == 0, answer.stderr
    assert brightness(night) < 0.6 * brightness(day)


def test_inpainting_changes_nothing_outside_the_mask(engine: Engine, day: Path, tmp_path: Path) -> None:
    mask, painted = tmp_path / "mask.png", tmp_path / "painted.png"
    drawn = Image.new("L", (128, 128), 0)
    drawn.paste(255, (32, 32, 96, 96))
    drawn.save(mask)
    answer = atelier(
        "inpaint", day, mask, "the sea at night", "--seed", "2", "--out", painted, "--server", engine.url
    )
    assert answer.returncode == 0, answer.stderr
    with Image.open(day) as before, Image.open(painted) as after:
        changed = [
            (x, y)
            for x in range(128)
            for y in range(128)
            if before.convert("RGB").getpixel((x, y)) != after.convert("RGB").getpixel((x, y))
        ]
    assert changed
    assert all(32 <= x < 96 and 32 <= y < 96 for x, y in changed)


def test_the_same_seed_gives_the_same_pixels(engine: Engine, tmp_path: Path) -> None:
    paths = [tmp_path / "a.png", tmp_path / "b.png"]
    for path, steps in zip(paths, ("4", "4"), strict=True):
        atelier("generate", "snow", "--seed", "9", "--steps", steps, "--out", path, "--server", engine.url)
    first, second = (Image.open(path).convert("RGB").tobytes() for path in paths)
    assert first == second


def test_a_word_that_the_model_does_not_know_is_named(engine: Engine, tmp_path: Path) -> None:
    answer = atelier(
        "generate", "a dragon over the sea", "--steps", "2", "--out", tmp_path, "--server", engine.url
    )
    assert answer.returncode == 0
    assert "dragon" in answer.stderr


def test_a_program_gets_one_document_a_line(engine: Engine, tmp_path: Path) -> None:
    answer = atelier(
        "generate", "snow", "--count", "2", "--steps", "3", "--seed", "4", "--json",
        "--out", tmp_path, "--server", engine.url,
    )  # fmt: skip
    told = events(answer)
    assert answer.stderr == ""
    assert [each["event"] for each in told if each["event"] != "progress"] == [
        "server", "accepted", "saved", "saved", "done",
    ]  # fmt: skip
    assert [each["value"] for each in told if each["event"] == "progress"] == [1, 2, 3]
    assert sorted(Path(each["path"]).name for each in told if each["event"] == "saved") == [
        "atelier_4_1.png",
        "atelier_4_2.png",
    ]


def test_info_names_the_model_set_and_what_it_cannot_do(engine: Engine) -> None:
    answer = atelier("info", "--server", engine.url)
    assert answer.returncode == 0, answer.stderr
    assert "Atelier's embedded engine" in answer.stdout
    assert "blobs" in answer.stdout


def test_an_engine_ends_when_its_parent_does(tmp_path: Path) -> None:
    assert Engine(tmp_path).close_input() == 0


def test_a_second_engine_on_the_same_directory_is_refused_in_one_line(tmp_path: Path) -> None:
    first = Engine(tmp_path)
    answer = atelier("engine", "--port", "0", "--directory", tmp_path)
    first.close_input()
    assert answer.returncode == 3
    assert len(answer.stderr.splitlines()) == 1


def test_a_port_that_is_taken_is_refused_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = atelier("engine", "--port", str(port), "--directory", tmp_path)
    assert answer.returncode == 3
    assert answer.stderr.count("\n") == 1
    assert str(port) in answer.stderr


def test_a_directory_that_cannot_be_written_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    answer = atelier("engine", "--port", "0", "--directory", tmp_path / "file" / "engine")
    assert answer.returncode == 3
    assert answer.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "status", "named"),
    [
        (("generate", "x", "--server", "http://127.0.0.1:9"), 4, "127.0.0.1:9"),
        (("generate", "x", "--out", "a.jpg"), 2, ".png"),
        (("edit", "no-such-file.png", "make it night"), 2, "no-such-file.png"),
        (("generate", "x", "--width", "1024", "--height", "1024"), 6, "256"),
        (("generate", "x", "--steps", "0"), 2, "steps"),
    ],
    ids=["no server", "not a png", "no file", "too large", "no steps"],
)
def test_what_goes_wrong_is_said_with_the_documented_status(
    engine: Engine, arguments: tuple[str, ...], status: int, named: str
) -> None:
    if "--server" not in arguments:
        arguments = (*arguments, "--server", engine.url)
    answer = atelier(*arguments)
    assert answer.returncode == status, answer.stderr
    assert named in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signals to one process")
@pytest.mark.parametrize(("told", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_command_that_is_told_to_end_leaves_nothing_behind(
    told: signal.Signals, status: int, tmp_path: Path
) -> None:
    # The engine's directory is a temporary one.
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    drawing = ("generate", "the sea", "--width", "256", "--height", "256", "--steps", "1000")
    with subprocess.Popen(
        [sys.executable, "-m", "atelier", *drawing, "--json", "--out", str(tmp_path / "sea.png")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(temporary)},
    ) as command:
        assert command.stdout is not None
        for line in command.stdout:
            if json.loads(line)["event"] == "progress":
                break
        command.send_signal(told)
        rest, errors = command.communicate(timeout=DEADLINE)
    assert command.returncode == status, errors
    assert json.loads(rest.splitlines()[-1])["status"] == status
    assert errors == ""
    assert list(temporary.iterdir()) == []
    assert not (tmp_path / "sea.png").exists()


def test_names_and_words_of_any_script_are_told_whatever_the_code_page(
    engine: Engine, tmp_path: Path
) -> None:
    arguments = ("generate", "雪 ☃ snow at night", "--server", engine.url, "--out", str(tmp_path / "雪.png"))
    told = [
        subprocess.run(
            [sys.executable, "-m", "atelier", *arguments, *more],
            capture_output=True,
            timeout=DEADLINE,
            check=True,
            env=os.environ | {"PYTHONIOENCODING": "cp1252"},
        )
        for more in ((), ("--json",))
    ]
    assert told[0].stdout.decode().strip() == str(tmp_path / "雪.png")
    assert "雪" in told[0].stderr.decode()
    documents = [json.loads(line) for line in told[1].stdout.decode().splitlines()]
    assert [each["path"] for each in documents if each["event"] == "saved"] == [str(tmp_path / "雪.png")]
