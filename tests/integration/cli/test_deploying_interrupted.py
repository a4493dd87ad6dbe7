"""A command that waits for Docker ends at once when it is told to; following logs has no other end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from atelier.deploy import machine
from atelier.deploy.deployment import checked
from atelier.deploy.making import make

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")

#: Stands in for Docker: Compose's plugin is there, and what is asked for goes on until it is ended.
DOCKER = """#!/bin/sh
case "$*" in "compose version") exit 0;; esac
: > "$WAITING"
exec sleep 600
"""
DEADLINE = 60


@pytest.mark.parametrize(
    ("command", "signals", "status"),
    [
        (["down"], signal.SIGINT, 130),
        (["down"], signal.SIGTERM, 143),
        (["logs", "gateway"], signal.SIGINT, 130),
        (["logs", "gateway", "--follow"], signal.SIGINT, 0),
    ],
)
def test_it_ends_with_the_status_that_a_shell_expects(
    tmp_path: Path, command: list[str], signals: signal.Signals, status: int
) -> None:
    wheel, docker, waiting = (
        tmp_path / "comfy_atelier-0-py3-none-any.whl",
        tmp_path / "docker",
        tmp_path / "waiting",
    )
    wheel.write_bytes(b"")
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    make(tmp_path / "studio", checked({"device": "cpu", "engine": "embedded"}, "here"), source=wheel)
    machine.change(tmp_path / "studio", {machine.TAG: "1"})
    process = subprocess.Popen(
        [sys.executable, "-m", "atelier", "deploy", *command, "--directory", str(tmp_path / "studio")],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "WAITING": str(waiting)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        # As a terminal does, the signal goes to all of the group.
        start_new_session=True,
    )
    try:
        until = time.monotonic() + DEADLINE
        while not waiting.exists():
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        os.killpg(process.pid, signals)
        _, said = process.communicate(timeout=DEADLINE)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == status, said.decode()
    assert b"Traceback" not in said
