"""`atelier setup --cpu` as a new user: interrupted once, then to a report, in real containers."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from atelier.credentials.store import Store
from atelier.verify.claims import CLAIMS
from atelier.verify.report import read_report
from tests.acceptance.test_deployment import DEADLINE, docker, free_ports, remove
from tests.secrets import assert_no_secret

pytestmark = pytest.mark.docker

#: What says nothing of a deployment that draws with the embedded engine on a CPU, and why.
NOT_OF_A_CPU = {
    "prerequisites.driver": "no GPU is needed",
    "prerequisites.toolkit": "no GPU is needed",
    "door.refuses-foreign-pages": "Pages of other sites have no token",
    "server.graphics-memory": "no GPU",
    "machine.driver": "",
}


@dataclass
class Studio:
    """A directory, what it is called in Docker, and the environment of somebody who has nothing yet."""

    directory: Path
    name: str
    ports: tuple[int, int]
    environment: Mapping[str, str]
    #: Arguments of every program that ran while something was set up.
    arguments: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)

    def begin(self, *options: str) -> subprocess.Popen[str]:
        http, https = map(str, self.ports)
        chosen = ["--cpu", "--name", self.name, "--http-port", http, "--https-port", https]
        return subprocess.Popen(
            [sys.executable, "-m", "atelier", "setup", str(self.directory), *chosen, *options, "--json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            env=self.environment,
        )

    def end(self, process: subprocess.Popen[str]) -> list[dict[str, Any]]:
        """Wait for the command, which must succeed, and watch meanwhile what programs are called with."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(0.05):
                self.arguments |= set(command_lines())

        watching = threading.Thread(target=watch)
        watching.start()
        try:
            said, _ = process.communicate(timeout=DEADLINE)
        finally:
            over.set()
            watching.join()
        assert process.returncode == 0, said
        self.told.append(said)
        return [json.loads(line) for line in said.splitlines()]

    def files(self) -> dict[str, str]:
        """Return every file with a digest of what is in it, but for locks."""
        return {
            str(each.relative_to(self.directory)): hashlib.sha256(each.read_bytes()).hexdigest()
            for each in self.directory.rglob("*")
            if each.is_file() and each.name not in ("lock", ".lock")
        }

    def containers(self) -> str:
        of = f"label=com.docker.compose.project={self.name}"
        ids = docker("ps", "--all", "--quiet", "--filter", of).split()
        return docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", *sorted(ids))

    def secrets(self) -> dict[str, str]:
        store = Store.open(self.directory / ".secrets")
        return {name: store.get(name).get_secret_value() for name in store.names()}


def command_lines() -> Iterator[str]:
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield each.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A set-up that was interrupted while it built, and then called again."""
    home = tmp_path_factory.mktemp("home")
    http, https = free_ports(2)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ATELIER_")}
    # How images reach an index is this machine's, not the user's.
    network = {key: value for key, value in os.environ.items() if key == "ATELIER_BUILD_NETWORK"}
    made = Studio(
        directory=home / "studio",
        name=f"atelier-setup-{secrets.token_hex(3)}",
        ports=(http, https),
        environment={**kept, **network, "HOME": str(home)},
    )
    try:
        yield made
    finally:
        remove(made.name)


@pytest.fixture(scope="module")
def first(studio: Studio) -> list[dict[str, Any]]:
    """What the first set-up that ended told."""
    process = studio.begin()
    assert process.stdout is not None
    for line in process.stdout:
        if "Building" in json.loads(line).get("message", ""):
            break
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "the same command goes on from there" in said
    return studio.end(studio.begin())


def test_a_new_user_gets_a_service_and_a_report_whose_every_claim_was_run(
    studio: Studio, first: list[dict[str, Any]]
) -> None:
    verdicts = {each["step"]: each["verdict"] for each in first if each["event"] == "step"}
    # The directory and its secrets are from before the interruption.
    assert verdicts == {
        "prerequisites": "unchanged",
        "credentials": "unchanged",
        "models": "unchanged",
        "containers": "done",
        "api": "done",
        "picture": "unchanged",
        "report": "done",
    }
    report = read_report(studio.directory / "reports/setup.json")
    assert report.good
    assert report.target.profile == "full"
    assert {each.id for each in CLAIMS} <= {each.claim for each in report.results}
    skipped = {each.claim: each.reason for each in report.results if each.verdict == "skipped"}
    assert skipped.keys() == NOT_OF_A_CPU.keys(), skipped
    for claim, why in NOT_OF_A_CPU.items():
        assert why in skipped[claim]
    for name in ("setup.html", "setup.md"):
        assert "draws.text_to_image" in (studio.directory / "reports" / name).read_text(encoding="utf-8")


def test_a_second_run_changes_nothing(studio: Studio, first: list[dict[str, Any]]) -> None:
    files, containers = studio.files(), studio.containers()
    second = studio.end(studio.begin())
    assert second[-1]["changed"] is False
    assert {each["verdict"] for each in second[-1]["steps"]} == {"unchanged"}
    assert studio.files() == files
    assert studio.containers() == containers


def test_a_dry_run_says_that_there_is_nothing_to_do_and_changes_nothing(
    studio: Studio, first: list[dict[str, Any]]
) -> None:
    files, containers = studio.files(), studio.containers()
    told = {each["step"]: each["told"] for each in studio.end(studio.begin("--dry-run"))[-1]["steps"]}
    for step in ("credentials", "models", "containers", "report"):
        assert "nothing to" in told[step]
    assert studio.files() == files
    assert studio.containers() == containers


def test_what_ended_is_started_again(studio: Studio, first: list[dict[str, Any]]) -> None:
    of = f"name={studio.name}"
    docker("kill", *docker("ps", "--quiet", "--filter", of, "--filter", "name=gateway").split())
    again = studio.end(studio.begin())
    verdicts = {each["step"]: each["verdict"] for each in again[-1]["steps"]}
    assert verdicts["containers"] == "done"
    assert verdicts["report"] == "unchanged"


def test_no_secret_is_told_written_down_or_an_argument(studio: Studio, first: list[dict[str, Any]]) -> None:
    found = studio.secrets()
    assert {"admin-token", "verification-1-token", "verification-2-token"} <= found.keys()
    assert any("docker" in each for each in studio.arguments)
    assert_no_secret(found, "\n".join(studio.arguments), "\n".join(studio.told))
    assert_no_secret(found, studio.directory / "reports")
