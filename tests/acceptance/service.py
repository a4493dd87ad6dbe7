"""`atelier serve` in a directory, and the commands that people give it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from atelier.client import ComfyUIClient
from atelier.workflows.library import find

#: Of a ComfyUI that stands behind the service instead of the embedded engine.
COMFYUI = os.environ.get("ATELIER_TEST_COMFYUI_URL", "")

#: Pixels a side of what is drawn; a slow server may be asked for less.
SIDE = os.environ.get("ATELIER_TEST_SIDE", "")

#: Seconds for anything that a command does.
DEADLINE = 600 if COMFYUI else 120


class Service:
    """`atelier serve`, started and killed as often as a test wants; it comes back under the same address."""

    def __init__(self, directory: Path, *, listen: str = "") -> None:
        self.directory = directory
        self.config = directory / "atelier.toml"
        self.port = free_port()
        engine = f'[[engines]]\nname = "real"\naddress = "{COMFYUI}"\n' if COMFYUI else ""
        self.config.write_text(
            f'directory = "data"\n[listen]\nport = {self.port}\n{listen}\n{engine}', encoding="utf-8"
        )
        self.process: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self) -> None:
        command = [sys.executable, "-m", "atelier", "serve", "--json", "--config", str(self.config)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=clean({})
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            document = json.loads(line)
            if document["event"] == "ready":
                self.url = document["url"]
                return
        raise AssertionError(f"the service ended with {self.process.wait(DEADLINE)}")

    def kill(self) -> None:
        """Kill the service as a power cut would, and the engine that it started with it."""
        if self.process is not None:
            for child in children(self.process.pid):
                os.kill(child, signal.SIGKILL)
            self.process.kill()
            self.process.communicate(timeout=DEADLINE)
            self.process = None

    @property
    def admin(self) -> dict[str, str]:
        token = (self.directory / "data/admin-token").read_text(encoding="ascii").strip()
        return {"ATELIER_SERVER": self.url, "ATELIER_TOKEN": token}


@contextmanager
def service_in(directory: Path, *, listen: str = "") -> Iterator[Service]:
    """Give a service that is not started yet, and kill it at the end."""
    made = Service(directory, listen=listen)
    try:
        yield made
    finally:
        made.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def children(pid: int) -> list[int]:
    """Return the processes that a process started, where the system tells."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(each) for each in listed.read_text().split()] if listed.exists() else []


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ATELIER_")}
    return {**kept, **environment}


def begun(environment: Mapping[str, str], *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "atelier", *map(str, arguments), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=clean(environment),
    )


def told(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Return the last thing that a command tells, which must succeed."""
    out, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, out + err
    document: dict[str, Any] = json.loads(out.splitlines()[-1])
    return document


def drawing(student: Mapping[str, str], out: Path) -> subprocess.Popen[str]:
    """Begin to draw with the Python client, as a student does."""
    size = ("--width", SIDE, "--height", SIDE) if SIDE else ()
    return begun(student, "generate", "green hills", "--steps", 2, *size, "--out", out)


def key(file: Path, server: str = "") -> dict[str, str]:
    """Return the variables that a student's file sets; with another address where one is given."""
    lines = file.read_text(encoding="utf-8").splitlines()
    variables = dict(line.split("=", 1) for line in lines if "=" in line)
    return variables | ({"ATELIER_SERVER": server} if server else {})


def drawn_by(engine: str, *, steps: int) -> dict[str, Any]:
    """Return a workflow that draws with the first model set that an engine has."""
    with ComfyUIClient(engine) as client:
        models = next(each for each in client.model_sets_found() if "text_to_image" in each.tasks)
    if SIDE:
        models = replace(models, width=int(SIDE), height=int(SIDE))
    return find("text_to_image").build({"prompt": "green hills", "seed": 11, "steps": steps}, models)
