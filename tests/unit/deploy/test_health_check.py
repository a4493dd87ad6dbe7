"""The check in the containers: an engine is well when it draws, and only then."""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import atelier.deploy

SCRIPT = Path(atelier.deploy.__file__).parent / "templates/health/healthcheck.py"


class Engine:
    """What an engine answers, as a test sets it."""

    def __init__(self) -> None:
        self.running: list[str] = []
        self.status = "success"
        self.picture = b"\x89PNG\r\n\x1a\n"
        self.prompts: list[dict[str, Any]] = []
        self.deleted: list[str] = []


@pytest.fixture
def engine() -> Iterator[tuple[Engine, int]]:
    state = Engine()

    class Handler(BaseHTTPRequestHandler):
        def answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            if self.path == "/queue":
                running = [[0, each, {}, {}, []] for each in state.running]
                self.answer(json.dumps({"queue_running": running, "queue_pending": []}).encode())
            elif self.path.startswith("/history/"):
                images = [{"filename": "a.png", "subfolder": "", "type": "temp"}]
                entry = {"status": {"status_str": state.status}, "outputs": {"9": {"images": images}}}
                self.answer(json.dumps({self.path.rpartition("/")[2]: entry}).encode())
            else:
                self.answer(state.picture)

        def do_POST(self) -> None:
            document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/prompt":
                state.prompts.append(document["prompt"])
                self.answer(json.dumps({"prompt_id": f"job-{len(state.prompts)}"}).encode())
            else:
                state.deleted += document.get("delete", [])
                self.answer(b"")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield state, server.server_address[1]
        server.shutdown()
        thread.join()


def check(folder: Path, port: int, *, pause: float = 60) -> subprocess.CompletedProcess[str]:
    """Run the script as a container does, with its state and workflow in a folder."""
    script = folder / "healthcheck.py"
    text = SCRIPT.read_text(encoding="utf-8")
    assert "127.0.0.1:8188" in text
    assert "/tmp/atelier-health.json" in text
    text = text.replace("127.0.0.1:8188", f"127.0.0.1:{port}")
    text = text.replace("/tmp/atelier-health.json", (folder / "state.json").as_posix())
    assert "/opt/comfyui/models" in text
    text = text.replace("/opt/comfyui/models", (folder / "models").as_posix())
    script.write_text(text, encoding="utf-8")
    workflow = {"1": {"class_type": "EmptyImage", "inputs": {"color": 0}}}
    (folder / "workflow.json").write_text(json.dumps(workflow), encoding="utf-8")
    return subprocess.run(
        [sys.executable, str(script), str(pause)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=read_as_others_do if sys.platform == "linux" else None,
    )


def read_as_others_do() -> None:
    """Give up root's right to read what its mode denies; source: capabilities(7), prctl(2)."""
    drop, overriding, searching = 24, 1, 2
    libc = ctypes.CDLL(None)
    for capability in (overriding, searching):
        libc.prctl(drop, capability, 0, 0, 0)


def test_an_engine_that_draws_is_well(tmp_path: Path, engine: tuple[Engine, int]) -> None:
    state, port = engine
    done = check(tmp_path, port)
    assert done.returncode == 0, done.stderr
    assert "drew a picture" in done.stdout
    assert state.deleted == ["job-1"]


def test_no_cache_can_answer_for_the_engine(tmp_path: Path, engine: tuple[Engine, int]) -> None:
    state, port = engine
    for _ in range(3):
        check(tmp_path, port, pause=0)
    assert len({prompt["1"]["inputs"]["color"] for prompt in state.prompts}) == 3


def test_between_two_pictures_it_only_has_to_answer(tmp_path: Path, engine: tuple[Engine, int]) -> None:
    state, port = engine
    check(tmp_path, port)
    assert "drew" in check(tmp_path, port).stdout
    assert len(state.prompts) == 1


def test_nothing_is_drawn_while_somebody_draws(tmp_path: Path, engine: tuple[Engine, int]) -> None:
    state, port = engine
    state.running = ["theirs"]
    assert check(tmp_path, port, pause=0).returncode == 0
    assert not state.prompts


def test_a_job_that_runs_for_an_hour_hangs(tmp_path: Path, engine: tuple[Engine, int]) -> None:
    state, port = engine
    state.running = ["theirs"]
    (tmp_path / "state.json").write_text(json.dumps({"running": "theirs", "since": 0}))
    done = check(tmp_path, port)
    assert done.returncode != 0
    assert "One job has been running" in done.stderr


@pytest.mark.parametrize("fault", ["error", "no picture", "gone"])
def test_an_engine_that_answers_and_does_not_draw_is_not_well(
    tmp_path: Path, engine: tuple[Engine, int], fault: str
) -> None:
    state, port = engine
    if fault == "error":
        state.status = "error"
    elif fault == "no picture":
        state.picture = b"<html>"
    done = check(tmp_path, 1 if fault == "gone" else port)
    assert done.returncode != 0
    assert done.stderr.strip()


@pytest.mark.skipif(sys.platform == "win32", reason="links and modes are POSIX's")
def test_an_engine_that_cannot_read_a_model_is_not_well(tmp_path: Path, engine: tuple[Engine, int]) -> None:
    _, port = engine
    models = tmp_path / "models/vae"
    models.mkdir(parents=True)
    (models / "whole.safetensors").write_bytes(b"weights")
    (models / "begun.safetensors.part").symlink_to(tmp_path / "nowhere")
    assert check(tmp_path, port).returncode == 0
    (models / "other.safetensors").symlink_to(tmp_path / "nowhere")
    done = check(tmp_path, port)
    assert done.returncode != 0
    assert "other.safetensors leads to what is not in this container" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")
def test_an_engine_whose_user_may_not_read_a_model_is_not_well(
    tmp_path: Path, engine: tuple[Engine, int]
) -> None:
    _, port = engine
    model = tmp_path / "models/vae/hidden.safetensors"
    model.parent.mkdir(parents=True)
    model.write_bytes(b"weights")
    model.chmod(0o000)
    done = check(tmp_path, port)
    assert done.returncode != 0
    assert "hidden.safetensors: chmod -R a+rX" in done.stderr
