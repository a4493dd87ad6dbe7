"""A first start begins empty: what another deployment has is not taken over."""

from __future__ import annotations

from pathlib import Path

import pytest

from atelier.deploy import life
from atelier.deploy.deployment import checked
from atelier.deploy.making import make
from atelier.errors import DeploymentExists


def studio(tmp_path: Path, **chosen: object) -> Path:
    wheel = tmp_path / "comfy_atelier-0.0.0-py3-none-any.whl"
    wheel.write_bytes(b"")
    make(
        tmp_path / "studio", checked({"device": "cpu", "engine": "embedded", **chosen}, "here"), source=wheel
    )
    return tmp_path / "studio"


def refused(directory: Path) -> str:
    with pytest.raises(DeploymentExists) as error:
        life.up(directory, lambda *_: None)
    # Nothing was made that would look like a start.
    assert not (directory / ".env").exists()
    assert not (directory / ".secrets").exists()
    return str(error.value)


@pytest.fixture(autouse=True)
def _docker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life, "require_docker", lambda: "20.10")


def test_volumes_of_the_same_name_are_another_deployments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(life, "has_volumes", lambda _: True)
    assert "volumes of another deployment 'atelier'" in refused(studio(tmp_path))


def test_a_folder_with_data_is_another_deployments(tmp_path: Path) -> None:
    directory = studio(tmp_path, storage={"folder": "data"})
    (directory / "data/gateway").mkdir(parents=True)
    assert "storage.folder" in refused(directory)
