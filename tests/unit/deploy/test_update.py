"""An update that does not pass leaves everything as it was before; Docker is stood in for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from atelier.deploy import life, machine
from atelier.deploy import update as updating
from atelier.deploy.deployment import Deployment, checked
from atelier.deploy.directory import edited, rendered_deployment
from atelier.deploy.making import make
from atelier.deploy.update import update
from atelier.errors import ContainerUnwell, DeploymentInvalid, PlaceTaken, RolledBack


class Docker:
    """What was asked of it; a deployment comes up unless it is one of those that are broken."""

    def __init__(self) -> None:
        self.started: list[Deployment] = []
        self.broken: list[bool] = []
        self.downs: list[str] = []
        self.networks_fit = True

    def start(self, directory: Path, compose: Any, tag: str, tell: Any) -> None:
        self.started.append(compose.deployment)
        if self.broken.pop(0):
            raise ContainerUnwell("The container of gateway is not well.")


@pytest.fixture
def docker(monkeypatch: pytest.MonkeyPatch) -> Docker:
    made = Docker()

    class Compose:
        def __init__(self, directory: Path, deployment: Deployment) -> None:
            self.deployment = deployment

        def has_images(self, tag: str) -> bool:
            return True

        def make(self, *services: str, tag: str) -> None:
            pass

        stop = make

        def down(self, *, tag: str) -> None:
            made.downs.append(tag)

        def remove_images(self, *, but: set[str]) -> None:
            pass

    for name in ("require_docker", "require_free_ports", "require_free_subnets", "_save_database"):
        monkeypatch.setattr(updating, name, lambda *_: None)
    monkeypatch.setattr(updating, "has_its_networks", lambda _: made.networks_fit)
    monkeypatch.setattr(updating, "Compose", Compose)
    monkeypatch.setattr(life, "start", made.start)
    return made


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    """A deployment that was started."""
    wheel = tmp_path / "comfy_atelier-0.0.0-py3-none-any.whl"
    wheel.write_bytes(b"")
    directory = tmp_path / "studio"
    make(directory, checked({"device": "cpu", "engine": "embedded"}, "here"), source=wheel)
    machine.change(directory, {machine.TAG: "before"})
    return directory


def choose(studio: Path, before: str, after: str) -> None:
    file = studio / "deployment.toml"
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))


def run(studio: Path) -> updating.Updated:
    return update(studio, lambda *_: None, source=next(studio.parent.glob("*.whl")))


def test_what_did_not_come_up_is_gone_and_what_ran_before_is_waited_for(studio: Path, docker: Docker) -> None:
    choose(studio, "monitoring = false", "monitoring = true")
    choose(studio, 'domain = "localhost"', 'domain = "studio.example"')
    docker.broken = [True, False]
    with pytest.raises(RolledBack, match="before runs again"):
        run(studio)
    assert [each.monitoring for each in docker.started] == [True, False]
    assert rendered_deployment(studio).address.domain == "localhost"
    assert edited(studio) == ()
    assert not (studio / "prometheus").exists()
    assert machine.read_machine(studio).tag == "before"
    assert not (studio / ".before-update").exists()


def test_networks_with_other_subnets_are_made_anew(studio: Path, docker: Docker) -> None:
    choose(studio, "172.30.214.32/27", "172.30.214.64/27")
    docker.networks_fit, docker.broken = False, [False]
    assert run(studio).before == "before"
    assert docker.downs == ["before"]


def test_a_taken_port_is_told_before_anything_is_changed(
    studio: Path, docker: Docker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(_: Deployment) -> None:
        raise PlaceTaken("Port 443 is taken.")

    monkeypatch.setattr(updating, "require_free_ports", taken)
    choose(studio, "http_port = 80", "http_port = 8080")
    with pytest.raises(PlaceTaken):
        run(studio)
    assert not docker.started
    assert rendered_deployment(studio).address.http_port == 80
    assert edited(studio) == ()


@pytest.mark.parametrize(
    ("before", "after"), [('name = "atelier"', 'name = "studio"'), ('folder = ""', 'folder = "data"')]
)
def test_a_choice_that_would_leave_the_data_behind_is_refused(
    studio: Path, docker: Docker, before: str, after: str
) -> None:
    choose(studio, before, after)
    with pytest.raises(DeploymentInvalid, match="stay behind"):
        run(studio)
    assert not docker.started
