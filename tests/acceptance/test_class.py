"""A teacher's path: from a spreadsheet to a class that generates, and through a crash."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

DEADLINE = 120

#: Written as a spreadsheet of a German school does: semicolons, Windows' line ends and code page.
ROSTER = (
    "".join(
        [
            "Name;Role;Class;Expiry\r\n",
            "Frau Öztürk;teacher;7b;31.07.2099\r\n",
            *(f"Schüler {number:02};;7b;31.07.2099\r\n" for number in range(1, 30)),
            "Zoë Müller;;7b;\r\n",
        ]
    )
    .replace("Ö", "Oe")
    .encode("cp1252")
)


class Service:
    """`atelier serve` in a directory, started and killed as often as a test wants."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.config = directory / "atelier.toml"
        self.config.write_text('directory = "data"\n[listen]\nport = 0\n', encoding="utf-8")
        self.process: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self) -> None:
        command = [sys.executable, "-m", "atelier", "serve", "--json", "--config", str(self.config)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=clean({})
        )
        assert self.process.stdout is not None
        self.url = json.loads(self.process.stdout.readline())["url"]

    def kill(self) -> None:
        """Kill the service as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate(timeout=DEADLINE)
            self.process = None

    @property
    def admin(self) -> dict[str, str]:
        token = (self.directory / "data/admin-token").read_text(encoding="ascii").strip()
        return {"ATELIER_SERVER": self.url, "ATELIER_TOKEN": token}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path)
    try:
        yield made
    finally:
        made.kill()


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


def key(file: Path, server: str) -> dict[str, str]:
    """Return the variables that a student's file sets, with the address that the service has now."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line) | {"ATELIER_SERVER": server}


def test_a_class_comes_from_a_spreadsheet_draws_at_once_and_outlives_a_crash(
    service: Service, tmp_path: Path
) -> None:
    service.start()
    roster, tokens = tmp_path / "roster.csv", tmp_path / "tokens"
    roster.write_bytes(ROSTER)
    told(begun(service.admin, "users", "import", roster, "--tokens", tokens, "--url", service.url))
    assert len(list(tokens.iterdir())) == 31

    names = ("Schüler_01", "Schüler_02", "Zoë_Müller")
    students = {name: key(tokens / f"{name}.env", service.url) for name in names}
    drawing = [
        begun(student, "generate", "green hills", "--steps", 2, "--out", tmp_path / name)
        for name, student in students.items()
    ]
    for each in drawing:
        told(each)
    assert [len(list((tmp_path / name).glob("*.png"))) for name in names] == [1, 1, 1]

    service.kill()
    service.start()
    jobs = told(begun(service.admin, "jobs", "list", "--all"))["jobs"]
    assert sorted((each["account"], each["state"]) for each in jobs) == [
        ("Schüler 01", "succeeded"),
        ("Schüler 02", "succeeded"),
        ("Zoë Müller", "succeeded"),
    ]
    teacher = key(tokens / "Frau_Oeztürk.env", service.url)
    overview = told(begun(teacher, "classes", "show", "7b"))
    assert sum(each["succeeded"] for each in overview["students"]) == 3
    assert len(overview["students"]) == 30
