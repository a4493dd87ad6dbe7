"""`deployment.toml` is read strictly: what cannot be is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from atelier.deploy.deployment import checked, read_deployment
from atelier.errors import DeploymentInvalid

GPU = "GPU-8c187f86-3e33-4c6d-9d5a-0f4b2a5a1c01"
CPU: dict[str, Any] = {"device": "cpu", "engine": "embedded"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"device": "tpu"}, "device"),
        ({"colour": "red"}, "colour: there is no such key"),
        ({"address": {"domain": "https://x"}}, "no scheme"),
        ({"address": {"domain": "x:443"}}, "no port"),
        ({"address": {"https_port": 0}}, "address.https_port"),
        ({"address": {"bind": "::"}}, "address.bind"),
        ({"network": {"door": "10.0.0.0/24", "engines": "10.0.0.0/27"}}, "overlap"),
        ({"name": "Atelier"}, "name"),
        ({"name": "a b; rm -rf /"}, "name"),
        ({"device": "gpu"}, "embedded engine draws on the CPU"),
        ({"device": "gpu", "engine": "comfyui"}, "needs the UUIDs"),
        ({"device": "gpu", "engine": "comfyui", "gpus": ["0"]}, "no UUID"),
        ({"gpus": [GPU]}, "has no gpus"),
        ({"model_sets": ["qwen-image-edit-2059"]}, "no model set 'qwen-image-edit-2059'; there are .*2509"),
        ({"device": "gpu", "engine": "comfyui", "gpus": [GPU, GPU]}, "is named twice"),
        ({"engine": "none"}, "needs engines elsewhere"),
        ({"proxy": "nginx"}, "makes no certificates"),
        ({"tls": {"mode": "acme"}}, "needs tls.email"),
        ({"tls": {"mode": "acme", "email": "a@b.example"}}, "public names only"),
        ({"engines": [{"name": "engine", "address": "http://a"}]}, "two are called engine"),
        ({"engines": [{"name": "a", "address": "http://user:word@a"}]}, "address"),
        ({"comfyui": {"commit": "main"}}, "comfyui.commit"),
        ({"comfyui": {"repository": "https://me:word@example.org/x"}}, "without user or password"),
        (
            {"comfyui": {"custom_nodes": [{"name": "../x", "repository": "https://a", "commit": "a" * 40}]}},
            "custom_nodes.0.name",
        ),
    ],
)
def test_what_cannot_be_is_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(DeploymentInvalid, match=said.replace("(", r"\(")):
        checked({**CPU, **changes}, "deployment.toml")


def test_a_directory_without_a_deployment_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(DeploymentInvalid, match="atelier deploy init"):
        read_deployment(tmp_path)


def test_a_file_that_is_no_toml_says_where(tmp_path: Path) -> None:
    (tmp_path / "deployment.toml").write_text("device = cpu\n")
    with pytest.raises(DeploymentInvalid, match="line 1"):
        read_deployment(tmp_path)
