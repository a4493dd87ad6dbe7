"""The embedded engine as a child process: it starts, draws, and is never left behind."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from atelier.client import AsyncComfyUIClient
from atelier.errors import EngineStartFailed
from atelier.providers import embedded
from atelier.providers.embedded import EmbeddedEngine, EngineProcess, embedded_engine

PATIENCE = 60.0


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/system_stats", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def wait_until_gone(url: str) -> None:
    end = time.monotonic() + PATIENCE
    while answers(url):
        assert time.monotonic() < end, f"{url} still answers"


async def test_it_runs_for_as_long_as_its_context(tmp_path: Path) -> None:
    async with EmbeddedEngine(tmp_path) as engine:
        async with AsyncComfyUIClient(engine.url) as client:
            assert (await client.system_stats())["devices"]
        process = engine.process
        assert process.running
        url = engine.url
    assert not process.running
    assert not answers(url)
    assert (tmp_path / "output").is_dir()


def test_it_runs_for_ordinary_code_and_leaves_no_directory_behind() -> None:
    with embedded_engine() as engine:
        assert answers(engine.url)
        url = engine.url
    assert not answers(url)
    assert engine.url == ""
    with pytest.raises(EngineStartFailed):
        _ = engine.process


async def test_two_engines_run_side_by_side() -> None:
    async with EmbeddedEngine() as one, EmbeddedEngine() as other:
        assert one.url != other.url
        assert answers(one.url)
        assert answers(other.url)


async def test_a_second_engine_on_one_directory_says_why_it_does_not_start(tmp_path: Path) -> None:
    async with EmbeddedEngine(tmp_path):
        with pytest.raises(EngineStartFailed, match=str(tmp_path)):
            async with EmbeddedEngine(tmp_path):
                raise AssertionError


async def test_an_engine_that_refuses_its_options_gives_its_last_words() -> None:
    with pytest.raises(EngineStartFailed, match="no-such-option"):
        async with EmbeddedEngine(arguments=["--no-such-option"]):
            raise AssertionError


async def test_an_engine_that_is_not_ready_in_time_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[EngineProcess] = []

    class Noted(EngineProcess):
        def __init__(self, directory: Path, *, port: int = 0, arguments: object = ()) -> None:
            super().__init__(directory)
            started.append(self)

    monkeypatch.setattr(embedded, "EngineProcess", Noted)
    with pytest.raises(EngineStartFailed, match=r"not ready within 0\.001 s"):
        async with EmbeddedEngine(start_timeout=0.001):
            raise AssertionError
    assert not started[0].running


async def test_a_start_that_is_cancelled_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[EngineProcess] = []
    begun = threading.Event()

    class Noted(EngineProcess):
        def wait_until_ready(self, timeout: float) -> str:
            started.append(self)
            begun.set()
            return super().wait_until_ready(timeout)

    monkeypatch.setattr(embedded, "EngineProcess", Noted)

    async def start() -> None:
        async with EmbeddedEngine():
            raise AssertionError

    starting = asyncio.create_task(start())
    await asyncio.to_thread(begun.wait, PATIENCE)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not started[0].running


def test_an_engine_ends_when_its_parent_dies(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time\n"
            "from pathlib import Path\n"
            "from atelier.providers.embedded import EmbeddedEngine\n"
            "engine = EmbeddedEngine(Path(sys.argv[1]))\n"
            "engine.start()\n"
            "print(engine.url, flush=True)\n"
            "time.sleep(600)\n",
            str(tmp_path),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    with parent.stdout as lines:
        url = lines.readline().strip()
    assert answers(url)
    parent.kill()
    parent.wait()
    wait_until_gone(url)


def test_an_engine_that_was_killed_is_seen_as_ended(tmp_path: Path) -> None:
    with embedded_engine(tmp_path) as engine:
        engine.process.stop()
        assert not engine.process.running
