"""`atelier setup` as somebody types it, on a machine with a stand-in for Docker."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from atelier.cli.app import build_app
from tests.stand_in_docker import StandInDocker

SKIPPED = ("--skip-containers", "--skip-api", "--skip-picture", "--skip-report")


@pytest.fixture(autouse=True)
def elsewhere(docker: StandInDocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    made = tmp_path / "comfy_atelier-0-py3-none-any.whl"
    made.touch()
    return made


def ports() -> tuple[str, ...]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        http, https = one.getsockname()[1], other.getsockname()[1]
    return ("--http-port", str(http), "--https-port", str(https))


def setup(*arguments: object) -> Result:
    return CliRunner().invoke(build_app(), ["setup", *map(str, arguments)])


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_nobody_who_could_be_asked_is_told_what_to_say() -> None:
    result = setup()
    assert result.exit_code == 2
    assert "--cpu" in result.stderr
    assert list(Path().iterdir()) == []


def test_a_dry_run_says_what_each_step_would_do_and_makes_nothing() -> None:
    result = setup("--cpu", *ports(), "--dry-run", "--json")
    assert result.exit_code == 0, result.stdout
    ended = [each for each in lines(result) if each["event"] == "step"]
    assert [each["verdict"] for each in ended] == ["unchanged", *["planned"] * 6]
    assert lines(result)[-1]["event"] == "setup"
    assert list(Path().iterdir()) == []


def test_what_is_missing_ends_it_with_a_status_of_its_own_and_nothing_made(docker: StandInDocker) -> None:
    docker.says(fails={"docker version": "Cannot connect to the Docker daemon"})
    result = setup("--cpu", *ports(), "--json")
    assert result.exit_code == 15
    found = {each["claim"]: each["verdict"] for each in lines(result) if "claim" in each}
    assert found["prerequisites.docker"] == "failed"
    assert lines(result)[-1]["kind"] == "PrerequisiteMissing"
    assert [each["verdict"] for each in lines(result) if each["event"] == "step"][1:] == ["not reached"] * 6
    assert list(Path().iterdir()) == []


def test_the_same_command_again_is_no_contradiction_and_another_choice_is(wheel: Path) -> None:
    first = ("--cpu", *ports(), "--domain", "LocalHost", "--source", wheel, *SKIPPED)
    assert setup("studio", *first).exit_code == 0
    again = setup("studio", *first, "--json")
    assert again.exit_code == 0
    assert lines(again)[-1]["changed"] is False
    for other in (
        ("--gpu", "GPU-8d7f2a4e-1c3b-5d6f-9a0b-1234567890ab"),
        ("--https-port", "7"),
        ("--comfyui",),
    ):
        refused = setup("studio", *other, *SKIPPED)
        assert refused.exit_code == 2
        assert "deployment.toml says otherwise" in refused.stderr


def test_skipped_steps_are_told_with_their_consequences(wheel: Path) -> None:
    result = setup("studio", "--cpu", *ports(), "--source", wheel, *SKIPPED)
    assert result.exit_code == 0
    assert "Skipped: api. Nobody looked whether strangers are kept out." in result.stdout
    assert "There is no report" in result.stdout
    as_json = lines(setup("studio", *SKIPPED, "--json"))
    assert [each["verdict"] for each in as_json[-1]["steps"]][3:] == ["skipped"] * 4


def test_a_deployment_that_one_stands_in_is_the_one_that_is_meant(
    wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert setup("studio", "--cpu", *ports(), "--source", wheel, *SKIPPED).exit_code == 0
    monkeypatch.chdir("studio")
    result = setup(*SKIPPED, "--json")
    assert result.exit_code == 0
    assert lines(result)[-1]["directory"] == str(Path.cwd())


def test_a_build_that_fails_ends_it_with_how_to_go_on(docker: StandInDocker, wheel: Path) -> None:
    docker.says(fails={" build": "no space left on device"})
    result = setup("studio", "--cpu", *ports(), "--source", wheel)
    assert result.exit_code == 15
    assert "no space left on device" in result.stderr
    assert "the same command goes on from there" in result.stdout


@pytest.mark.parametrize(("told_to_end", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_one_that_is_told_to_end_while_it_builds_does_so_at_once_and_can_go_on(
    docker: StandInDocker, wheel: Path, told_to_end: signal.Signals, status: int
) -> None:
    docker.says(hangs=[" build"])
    arguments = ["setup", "studio", "--cpu", *ports(), "--source", str(wheel)]
    skipped = ["--skip-api", "--skip-picture", "--skip-report", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "atelier", *arguments, *skipped], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "Building" in json.loads(line).get("message", ""):
            break
    process.send_signal(told_to_end)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == status
    assert "the same command goes on from there" in said
    authority = Path("authority.pem")
    authority.write_text("of the test")
    docker.says(hangs=[], authority=str(authority.absolute()), now="2027-02-01T03:00:00Z")
    again = setup(*arguments[1:], *skipped)
    assert again.exit_code == 0, again.stdout
    assert [each["verdict"] for each in lines(again)[-1]["steps"]][1:4] == ["unchanged", "unchanged", "done"]
