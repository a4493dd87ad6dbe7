"""`atelier models` as somebody types it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from atelier.cli.app import build_app
from atelier.workflows.model_sets import MODEL_SETS
from tests.integration.deploy.models.conftest import BODY, KEY, SHA256
from tests.integration.deploy.models.stand_in_hub import TOKEN, StandInHub


@dataclass
class Answer:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def last(self) -> dict[str, Any]:
        return self.lines[-1]


Run = Callable[..., Answer]

DEPLOYMENT = """\
device = "cpu"
engine = "embedded"

[storage]
models = "weights"
"""


def cleared() -> dict[str, str | None]:
    """Return what unsets every variable that would change where files come from."""
    return {name: None for name in os.environ if name.startswith(("HF_", "ATELIER_"))}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """Run a command in an empty directory."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str, **environment: str) -> Answer:
        answer = CliRunner().invoke(
            build_app(), ["models", *arguments], env={**cleared(), **environment}, catch_exceptions=False
        )
        return Answer(answer.exit_code, answer.stdout, answer.stderr)

    return command


async def end(stand_in: StandInHub) -> None:
    """Stop the stand-in, with the answers that it still holds back."""
    await stand_in.stop()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@pytest.fixture
def hub() -> Iterator[StandInHub]:
    """A stand-in in a thread of its own, because a command has this one to itself."""
    stand_in = StandInHub(files={KEY: BODY})
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(stand_in.start(), loop).result(timeout=300)
    yield stand_in
    asyncio.run_coroutine_threadsafe(end(stand_in), loop).result(timeout=300)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(timeout=300)
    loop.close()


def fetching(hub: StandInHub, *more: str) -> list[str]:
    """Return the arguments that fetch the stand-in's file through the hub's address of it."""
    address = f"https://huggingface.co/{KEY.replace('weights/', 'weights/resolve/main/', 1)}"
    return ["fetch", address, "--folder", "loras", "--models", "m", "--mirror", hub.hub_url, "--json", *more]


def test_every_set_is_listed_with_what_is_there(run: Run, tmp_path: Path) -> None:
    small = next(file for each in MODEL_SETS for file in each.files if file.name == "clip_l.safetensors")
    there = tmp_path / "m/text_encoders/clip_l.safetensors"
    there.parent.mkdir(parents=True)
    with there.open("wb") as file:
        file.truncate(small.size)
    answer = run("list", "--models", "m", "--json")
    assert answer.status == 0
    sets = {each["name"]: each for each in answer.last["model_sets"]}
    assert list(sets) == [each.name for each in MODEL_SETS]
    flux = sets["flux-1-dev"]
    assert flux["size"] == sum(file["size"] for file in flux["files"])
    standing = {each["file"]: each["standing"] for each in flux["files"]}
    assert standing["text_encoders/clip_l.safetensors"] == "unchecked"
    assert standing["vae/ae.safetensors"] == "missing"
    assert flux["complete"] is False
    assert sets["atelier-nano"]["complete"] is True

    text = (run("list", "flux-1-dev", "--models", "m")).out
    for part in ("Non-Commercial", "not gated", "22 GiB", "34.17 GB", "there, never checked"):
        assert part in text


def test_a_file_is_announced_fetched_verified_and_linked(run: Run, hub: StandInHub, tmp_path: Path) -> None:
    announced = run(*fetching(hub, "--dry-run"))
    assert announced.status == 0
    plan = next(each for each in announced.lines if each["event"] == "plan")
    assert (plan["bytes"], plan["files"][0]["sha256"]) == (len(BODY), SHA256)
    assert not hub.gets()
    assert list(tmp_path.iterdir()) == []

    unasked = run(*fetching(hub))
    assert unasked.status == 2
    assert "--yes" in unasked.last["message"]
    assert not hub.gets()

    fetched = run(*fetching(hub, "--yes"))
    assert fetched.status == 0, fetched.out
    assert fetched.last["fetched"] == ["loras/model.safetensors"]
    file = tmp_path / "m/loras/model.safetensors"
    assert file.read_bytes() == BODY
    assert [each["value"] for each in fetched.lines if each["event"] == "progress"][-1] == 0.3

    again = run(*fetching(hub, "--yes"))
    assert again.last["present"] == ["loras/model.safetensors"]

    (listed,) = run("list", "--models", "m", "--json").last["others"]
    assert (listed["file"], listed["standing"]) == ("loras/model.safetensors", "there")
    assert "Recorded besides:" in run("list", "--models", "m").out

    sound = run("verify", "--models", "m", "--json")
    assert (sound.status, sound.last["sound"]) == (0, 1)
    file.write_bytes(BODY[:-1] + b"x")
    damaged = run("verify", "--models", "m", "--json")
    assert damaged.status == 13
    assert damaged.last["kind"] == "ModelFileDamaged"
    assert "loras/model.safetensors" in damaged.last["message"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize(
    ("sent", "status"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)], ids=["kill -9", "Ctrl-C"]
)
def test_an_interrupted_fetch_leaves_no_half_file_and_goes_on(
    hub: StandInHub, run: Run, tmp_path: Path, sent: signal.Signals, status: int
) -> None:
    never = asyncio.Event()
    hub.faults += [hub.silent_after(200_000, never.wait)]
    file = tmp_path / "m/loras/model.safetensors"
    part = file.with_name("model.safetensors.part")
    with subprocess.Popen(
        [sys.executable, "-m", "atelier", "models", *fetching(hub, "--yes")],
        env={name: value for name, value in os.environ.items() if name not in cleared()},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        deadline = time.monotonic() + 300
        while not part.exists() or part.stat().st_size == 0:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(sent)
        out, _ = process.communicate(timeout=300)
    assert process.returncode == status
    if status > 0:
        assert "the same command goes on from there" in json.loads(out.splitlines()[-1])["message"]
    assert not file.exists()
    came = part.stat().st_size
    assert part.read_bytes() == BODY[:came]

    answer = run(*fetching(hub, "--yes"))
    assert answer.status == 0, answer.out
    assert file.read_bytes() == BODY
    assert hub.gets()[-1].range == f"bytes={came}-"
    assert not part.exists()


def test_the_token_comes_from_the_deployments_store(run: Run, hub: StandInHub, tmp_path: Path) -> None:
    from atelier.credentials.store import FOLDER, Store

    (tmp_path / "deployment.toml").write_text(DEPLOYMENT, encoding="utf-8")
    store = Store.create(tmp_path / FOLDER)
    store.put("huggingface-token", TOKEN)
    hub.gated.add("org/weights")
    arguments = [each for each in fetching(hub, "--yes") if each not in ("--models", "m")]
    answer = run(*arguments, HF_TOKEN="hf_another")
    assert answer.status == 0, answer.out
    assert (tmp_path / "weights/loras/model.safetensors").read_bytes() == BODY
    assert (tmp_path / "models.lock").exists()
    assert TOKEN not in answer.out + answer.err


def test_without_a_store_the_token_comes_from_the_environment(
    run: Run, hub: StandInHub, tmp_path: Path
) -> None:
    hub.gated.add("org/weights")
    refused = run(*fetching(hub, "--yes"))
    assert (refused.status, refused.last["kind"]) == (13, "DownloadRefused")
    answer = run(*fetching(hub, "--yes"), HF_TOKEN=TOKEN)
    assert answer.status == 0, answer.out
    assert TOKEN not in answer.out + answer.err


def test_files_are_copied_from_a_folder_without_a_net(run: Run, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "model.safetensors").write_bytes(BODY)
    address = f"https://huggingface.co/{KEY.replace('weights/', 'weights/resolve/main/', 1)}"
    arguments = [
        "fetch",
        address,
        "--folder",
        "loras",
        "--models",
        "m",
        "--offline",
        "stick",
        "--yes",
        "--json",
    ]
    answer = run(*arguments, HF_ENDPOINT="http://127.0.0.1:9")
    assert answer.status == 0, answer.out
    assert (tmp_path / "m/loras/model.safetensors").read_bytes() == BODY


def test_links_are_made_and_told(run: Run, tmp_path: Path) -> None:
    pinned = next(file for each in MODEL_SETS for file in each.files if file.name == "ae.safetensors")
    old = tmp_path / "old/vae/ae.safetensors"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"another file of this name")
    answer = run("link", "old", "--models", "m", "--json")
    assert answer.status == 13
    other = next(each for each in answer.lines if each["event"] == "other_file")
    assert f"instead of {pinned.size:,}" in other["reason"]

    # Of this file neither size nor checksum are known, so that its name has to do.
    (old.parent / "qwen_image_edit_2509_fp8_e4m3fn.safetensors").write_bytes(b"taken by its name")
    answer = run("link", "old", "--models", "m", "--json")
    assert answer.status == 0, answer.out
    assert [each["kind"] for each in answer.last["linked"]] == ["hard"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["list", "no-such-set"], "There is no model set"),
        (["fetch", "flux-1-dev", "--yes"], "--models"),
        (["fetch", "--models", "m"], "Name what to fetch"),
        (["fetch", "https://a.example/x.safetensors", "--models", "m"], "--folder"),
        (["fetch", "flux-1-dev", "--folder", "loras", "--models", "m"], "belong to an address"),
        (["fetch", "flux-1-dev", "--models", "m", "--offline", "none"], "no folder"),
        (["link", ".", "--models", "m", "--hard", "--symbolic"], "exclude each other"),
    ],
)
def test_what_cannot_be_done_is_said(run: Run, tmp_path: Path, arguments: list[str], told: str) -> None:
    answer = run(*arguments)
    assert answer.status == 2
    assert told in answer.err


def test_an_empty_folder_is_no_success(run: Run, tmp_path: Path) -> None:
    answer = run("verify", "--models", "m")
    assert answer.status == 13
    assert "nothing to verify" in answer.err
