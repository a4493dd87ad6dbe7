"""What `atelier verify --deployment` takes from a deployment's directory, and from nobody else's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from atelier.cli.verify.arguments import address_of, target_of
from atelier.credentials.kind import Kind
from atelier.credentials.store import FOLDER, Store
from atelier.deploy.deployment import checked
from atelier.deploy.making import make
from atelier.errors import UsageError
from atelier.verify.target import Target


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    """A deployment with the two accounts of the verification."""
    wheel = tmp_path / "comfy_atelier-0-py3-none-any.whl"
    wheel.touch()
    document = {"name": "studio", "device": "cpu", "engine": "embedded", "address": {"https_port": 8443}}
    directory = tmp_path / "studio"
    make(directory, checked(document, "test"), source=wheel)
    store = Store.create(directory / FOLDER)
    for number in (1, 2):
        token = SecretStr(f"token-{number}")
        store.put(f"verification-{number}-token", token, kind=Kind.KEY, account=None)
    return directory


def target(url: str, deployment: Path, **options: Any) -> Target:
    silent: dict[str, Any] = dict.fromkeys(
        ("token", "second_token", "ca_file", "device", "require", "side", "restart_command")
    )
    return target_of(url, drawing_seconds=180.0, deployment=deployment, **{**silent, **options})


def test_a_deployment_tells_its_address_tokens_device_and_how_it_is_restarted(studio: Path) -> None:
    url = address_of(None, studio)
    assert url == "https://localhost:8443"
    found = target(url, studio)
    assert (found.token, found.second_token, found.device) == ("token-1", "token-2", "cpu")
    assert found.plain_url == "http://localhost:80"
    assert found.restart[-4:] == ("deploy", "restart", "--directory", str(studio))
    assert found.machine is not None


def test_what_an_option_says_counts_before_the_deployment(studio: Path) -> None:
    found = target(
        "https://localhost:8443", studio, token="mine", device="gpu", restart_command="systemctl restart x"
    )
    assert (found.token, found.second_token, found.device) == ("mine", "token-2", "gpu")
    assert found.restart == ("systemctl", "restart", "x")


def test_another_address_gets_none_of_the_deployment_s_tokens_and_is_not_restarted(studio: Path) -> None:
    found = target("https://elsewhere.example", studio)
    assert (found.token, found.second_token, found.restart, found.plain_url) == (None, None, (), None)


def test_a_directory_without_a_deployment_tells_no_address(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"deployment\.toml"):
        address_of(None, tmp_path)
    assert target("http://localhost:8188", tmp_path).machine is not None
    with pytest.raises(UsageError, match="no directory"):
        target("http://localhost:8188", tmp_path / "missing")


def test_without_a_deployment_nothing_is_assumed_but_a_gpu() -> None:
    assert address_of(None, None) is None
    found = target_of(
        "http://localhost:8188",
        token=None,
        second_token=None,
        ca_file=None,
        device=None,
        require=None,
        side=None,
        drawing_seconds=180.0,
        restart_command=None,
        deployment=None,
    )
    assert (found.device, found.token, found.machine) == ("gpu", None, None)
