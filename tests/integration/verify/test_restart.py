"""What must outlive a restart is looked at by restarting a real service."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from atelier.verify.target import Target
from tests.integration.verify.conftest import look

#: Restarts the engine whose process id stands in a file, in another directory where one is named.
RESTART = """
import json, os, pathlib, signal, subprocess, sys, time
file = pathlib.Path(sys.argv[1])
known = json.loads(file.read_text())
os.kill(known["pid"], signal.SIGTERM)
time.sleep(0.2)
command = [sys.executable, "-m", "atelier", "engine", "--json", "--port", str(known["port"])]
command += ["--directory", sys.argv[2]]
log = open(file.with_suffix(".log"), "w")
for _ in range(50):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True)
    line = process.stdout.readline()
    if line and json.loads(line)["event"] == "ready":
        break
    process.wait()
    time.sleep(0.2)
known["pid"] = process.pid
file.write_text(json.dumps(known))
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """An engine of its own process, and the file that says which."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "atelier", "engine", "--json", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--directory", str(tmp_path / "data")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["event"] == "ready"
    file = tmp_path / "engine.json"
    file.write_text(json.dumps({"pid": process.pid, "port": port}), encoding="utf-8")
    (tmp_path / "restart.py").write_text(RESTART, encoding="utf-8")
    yield f"http://127.0.0.1:{port}", file
    pid = json.loads(file.read_text(encoding="utf-8"))["pid"]
    os.kill(pid, 15)
    process.communicate(timeout=20)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize(("directory", "verdict"), [("data", "passed"), ("elsewhere", "failed")])
async def test_a_picture_outlives_a_restart_unless_its_volume_was_lost(
    engine: tuple[str, Path], directory: str, verdict: str
) -> None:
    url, file = engine
    folder = file.parent
    restart = (sys.executable, str(folder / "restart.py"), str(file), str(folder / directory))
    report = await look(Target(url=url, restart=restart), "full", only="draws.after-a-restart")
    [result] = report.results
    assert result.verdict == verdict, result.reason
    if verdict == "failed":
        assert result.code == "not-found"


async def test_a_command_that_restarts_nothing_proves_nothing(
    engine_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atelier.verify.checks.restart._FAREWELL", 0.3)
    report = await look(
        Target(url=engine_url, restart=(sys.executable, "-c", "")), "full", only="draws.after-a-restart"
    )
    [result] = report.results
    assert result.verdict == "failed"
    assert "was not restarted" in result.reason
