"""What `atelier deploy init` writes: read back by the programs, and the schemas, that will read it."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from atelier.deploy.deployment import Deployment, checked
from atelier.deploy.rendering import render, to_toml
from atelier.gateway.config_file import read_config

GPU_1 = "GPU-8c187f86-3e33-4c6d-9d5a-0f4b2a5a1c01"
GPU_2 = "GPU-8c187f86-3e33-4c6d-9d5a-0f4b2a5a1c02"

CHOICES: dict[str, dict[str, Any]] = {
    "cpu": {"device": "cpu", "engine": "embedded"},
    "comfyui on the cpu": {"device": "cpu", "engine": "comfyui", "monitoring": True},
    "two gpus": {
        "device": "gpu",
        "engine": "comfyui",
        "gpus": [GPU_1, GPU_2],
        "address": {"domain": "studio.school.example", "bind": "0.0.0.0"},
        "tls": {"mode": "acme", "email": "admin@school.example"},
        "storage": {"folder": "/srv/atelier", "models": "/srv/models"},
        "comfyui": {
            "custom_nodes": [
                {"name": "pack", "repository": "https://example.org/pack", "commit": "a" * 40},
            ]
        },
    },
    "nginx and engines elsewhere": {
        "device": "cpu",
        "engine": "none",
        "proxy": "nginx",
        "tls": {"mode": "files"},
        "engines": [{"name": "far", "address": "http://10.0.0.6:8188", "token": "far-token"}],
    },
}


def deployment(choice: str) -> Deployment:
    return checked(CHOICES[choice], "here")


def rendered(choice: str) -> dict[str, str]:
    return render(deployment(choice), constraints="")


def compose(choice: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(rendered(choice)["compose.yaml"])
    return document


@pytest.mark.parametrize("choice", CHOICES)
def test_the_choices_are_read_back_as_they_were_written(choice: str) -> None:
    chosen = deployment(choice)
    assert checked(tomllib.loads(rendered(choice)["deployment.toml"]), "deployment.toml") == chosen
    assert checked(tomllib.loads(to_toml(chosen)), "toml") == chosen


@pytest.mark.parametrize("choice", CHOICES)
def test_every_file_is_what_its_name_says(choice: str) -> None:
    for path, text in rendered(choice).items():
        if path.endswith((".yaml", ".yml")):
            assert list(yaml.safe_load_all(text)), path
        elif path.endswith(".toml"):
            tomllib.loads(text)
        elif path.endswith(".json"):
            json.loads(text)
        elif path.endswith(".py"):
            ast.parse(text, path)
        assert "{%" not in text.replace("{{ $labels", ""), path


@pytest.mark.parametrize("choice", CHOICES)
def test_the_gateway_reads_its_configuration(choice: str, tmp_path: Path) -> None:
    file = tmp_path / "atelier.toml"
    file.write_text(rendered(choice)["atelier.toml"], encoding="utf-8")
    config = read_config(file)
    assert config.listen.port == 8200
    [trusted] = config.listen.trusted_proxies
    proxy = compose(choice)["services"]["proxy"]["networks"]["door"]["ipv4_address"]
    assert str(trusted.network_address) == proxy
    assert trusted.num_addresses == 1
    inside = {each.address.removeprefix("http://").partition(":")[0] for each in config.engines}
    assert inside - {"10.0.0.6"} == set(deployment(choice).engine_names)


@pytest.mark.parametrize("choice", CHOICES)
def test_nobody_but_the_gateway_shares_a_network_with_an_engine(choice: str) -> None:
    document = compose(choice)
    engines = [name for name in document["services"] if name == "engine" or name.startswith("comfyui")]
    assert set(engines) == set(deployment(choice).engine_names)
    for name, service in document["services"].items():
        networks = set(service["networks"])
        if name in engines:
            assert networks == {"engines"}
            assert "ports" not in service
        elif name == "gateway":
            assert "ports" not in service
        else:
            assert "engines" not in networks
    if engines:
        assert document["networks"]["engines"]["internal"] is True


@pytest.mark.parametrize("choice", CHOICES)
def test_every_container_is_checked_and_has_no_more_rights_than_it_needs(choice: str) -> None:
    for name, service in compose(choice)["services"].items():
        assert service["healthcheck"]["test"], name
        own = {"prometheus": "65534:65534", "grafana": "472:0"} if "volumes" in compose(choice) else {}
        assert service["user"].startswith(own.get(name, "${ATELIER_UID")), name
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service, name


def test_each_gpu_is_pinned_by_its_uuid_to_a_comfyui_of_its_own() -> None:
    services = compose("two gpus")["services"]
    pinned = {
        name: service["deploy"]["resources"]["reservations"]["devices"][0]["device_ids"]
        for name, service in services.items()
        if "deploy" in service
    }
    assert pinned == {"comfyui-0": [GPU_1], "comfyui-1": [GPU_2]}
    assert services["comfyui-0"]["environment"]["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"


def test_comfyui_and_its_packs_are_pinned_and_installed_when_the_image_is_built() -> None:
    files = rendered("two gpus")
    args = yaml.safe_load(files["compose.yaml"])["services"]["comfyui-0"]["build"]["args"]
    assert re.fullmatch("[0-9a-f]{40}", args["COMFYUI_COMMIT"])
    assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", args["TORCH"])
    assert args["TORCH_INDEX"].startswith("https://download.pytorch.org/whl/cu")
    assert f'fetch --quiet --depth 1 "https://example.org/pack" "{"a" * 40}"' in files["comfyui/Dockerfile"]
    started = files["comfyui/start.py"]
    assert not re.search(r"pip|git|subprocess|urllib|requests", started)


def test_data_lives_in_folders_where_that_was_chosen() -> None:
    document = compose("two gpus")
    assert "volumes" not in document
    assert "/srv/atelier/gateway:/data" in document["services"]["gateway"]["volumes"]
    assert "/srv/models:/opt/comfyui/models:ro" in document["services"]["comfyui-0"]["volumes"]
    assert set(compose("cpu")["volumes"]) == {"engine", "gateway", "proxy"}


def test_the_dashboard_and_the_alerts_ask_for_figures_that_there_are() -> None:
    from atelier.gateway.metrics import Metrics

    known = {
        name
        for family in Metrics()._registry.collect()
        for name in (
            family.name,
            *(f"{family.name}{suffix}" for suffix in ("_total", "_bucket", "_count", "_sum")),
        )
    }
    files = rendered("comfyui on the cpu")
    asked = set()
    for path in ("grafana/dashboards/atelier.json", "prometheus/alerts.yaml"):
        asked |= set(re.findall(r"\batelier_\w+", files[path]))
    assert len(asked) >= 6
    assert asked <= known


def test_the_kubernetes_manifests_are_valid() -> None:
    files = rendered("cpu")
    kinds = []
    for path, text in files.items():
        if path.startswith("kubernetes/") and not path.endswith(("kustomization.yaml", ".toml")):
            for document in yaml.safe_load_all(text):
                kubernetes_validate.validate(document, "1.33", strict=True)
                kinds.append(document["kind"])
    assert "StatefulSet" in kinds
    assert "NetworkPolicy" in kinds
    listed = yaml.safe_load(files["kubernetes/kustomization.yaml"])["resources"]
    assert all(f"kubernetes/{name}" in files for name in listed)


def test_the_health_workflows_are_such_as_the_engine_takes() -> None:
    from atelier.deploy.health_workflows import health_workflow

    sampled = health_workflow("embedded")
    classes = {node["class_type"] for node in sampled.values()}
    assert {"KSampler", "PreviewImage"} <= classes
    assert "SaveImage" not in classes
    assert {node["class_type"] for node in health_workflow("comfyui").values()} == {
        "EmptyImage",
        "PreviewImage",
    }
