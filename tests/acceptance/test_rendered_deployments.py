"""The programs that a deployment is written for read what is rendered."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.docker

DEADLINE = 120
GPUS = ("GPU-8c187f86-3e33-4c6d-9d5a-0f4b2a5a1c01", "GPU-8c187f86-3e33-4c6d-9d5a-0f4b2a5a1c02")

CHOICES = {
    "cpu": ["--cpu"],
    "comfyui": ["--cpu", "--comfyui", "--monitoring", "--data", "data"],
    "gpus": ["--gpu", GPUS[0], "--gpu", GPUS[1], "--domain", "studio.school.example", "--tls", "files"],
    "nginx": [
        "--engine",
        "far=http://10.0.0.6:8188=far-token",
        "--no-engine",
        "--proxy",
        "nginx",
        "--tls",
        "files",
    ],
}


def said(*command: object, directory: Path) -> str:
    done = subprocess.run(
        [str(each) for each in command],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """No image is built here, so what the wheel holds does not matter."""
    made = tmp_path_factory.mktemp("wheel") / "comfy_atelier-0.0.0-py3-none-any.whl"
    made.write_bytes(b"")
    return made


@pytest.fixture(params=CHOICES)
def directory(request: pytest.FixtureRequest, tmp_path: Path, wheel: Path) -> Path:
    chosen = CHOICES[request.param]
    made = tmp_path / "studio"
    said(
        sys.executable,
        "-m",
        "atelier",
        "deploy",
        "init",
        made,
        *chosen,
        "--source",
        wheel,
        directory=tmp_path,
    )
    (made / ".env").write_text("ATELIER_TAG=1\nATELIER_UID=10001\nATELIER_GID=10001\n")
    return made


def composes() -> list[list[str]]:
    found = [["docker-compose"]] if shutil.which("docker-compose") else []
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return found + ([["docker", "compose"]] if plugin.returncode == 0 else [])


def test_every_compose_that_is_here_reads_the_file(directory: Path) -> None:
    assert composes(), "install docker-compose, or Docker's Compose plugin"
    for command in composes():
        document: dict[str, Any] = yaml.safe_load(said(*command, "config", directory=directory))
        assert "gateway" in document["services"]


def test_prometheus_reads_its_configuration_and_rules(directory: Path) -> None:
    if not (directory / "prometheus").exists():
        return
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    rules = directory / "prometheus/alerts.yaml"
    assert "8 rules found" in said("promtool", "check", "rules", rules, directory=directory)
    configuration = directory / "prometheus/prometheus.yaml"
    said("promtool", "check", "config", "--syntax-only", configuration, directory=directory)


def test_systemd_reads_its_units(directory: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (Debian: systemd)")
    units = []
    for unit in (directory / "systemd").iterdir():
        # The programs are not installed here.
        text = unit.read_text(encoding="utf-8")
        for program in ("/opt/atelier/bin/atelier", "/opt/comfyui/venv/bin/python"):
            text = text.replace(f"ExecStart={program}", "ExecStart=/bin/true")
        units.append(tmp_path / unit.name)
        units[-1].write_text(text, encoding="utf-8")
    assert len(units) == 4
    assert said("systemd-analyze", "verify", *units, directory=tmp_path) == ""


def test_kustomize_puts_the_manifests_together(directory: Path) -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    documents = list(yaml.safe_load_all(said("kubectl", "kustomize", "kubernetes", directory=directory)))
    images = [
        container["image"]
        for document in documents
        if document["kind"] in ("Deployment", "StatefulSet")
        for container in document["spec"]["template"]["spec"]["containers"]
    ]
    assert images
    assert all(image.startswith("registry.example/atelier-gateway:") for image in images)
    assert {document["metadata"].get("namespace") for document in documents} <= {"atelier", None}
