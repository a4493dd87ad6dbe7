"""Turns the options of a new deployment into what was chosen, and asks for what they leave open."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from atelier.deploy.deployment import Deployment


def chosen(
    *,
    name: str = "atelier",
    cpu: bool = False,
    gpu: list[str] | None = None,
    comfyui: bool = False,
    engine: list[str] | None = None,
    no_engine: bool = False,
    domain: str | None = None,
    bind: str | None = None,
    http_port: int = 80,
    https_port: int = 443,
    tls: str = "internal",
    email: str = "",
    proxy: str = "caddy",
    data: str = "",
    models: str = "models",
    model_set: list[str] | None = None,
    custom_nodes: list[str] | None = None,
    comfyui_source: str = "",
    torch_index: str = "",
    monitoring: bool = False,
) -> Deployment:
    """Return the deployment that the options of `atelier deploy init` choose, with free subnets.

    Raises:
        UsageError: an option cannot be read, or nothing says what draws and nobody can be asked.
        DeploymentInvalid: the choices do not go together.
        DockerUnusable: all GPUs were chosen, and there are none.
    """
    from atelier.deploy.deployment import checked
    from atelier.deploy.subnets import chosen_network

    gpus, elsewhere = list(gpu or ()), [_engine(each) for each in engine or ()]
    if not (cpu or gpus or elsewhere):
        cpu, gpus, domain = _asked(domain)
    if "all" in gpus:
        from atelier.deploy.gpus import seen_gpus

        gpus = [each.uuid for each in seen_gpus()]
    place = domain or "localhost"
    document: dict[str, Any] = {
        "name": name,
        "device": "gpu" if gpus else "cpu",
        "engine": "none" if no_engine else "comfyui" if gpus or comfyui else "embedded",
        "gpus": gpus,
        "proxy": proxy,
        "monitoring": monitoring,
        "model_sets": list(model_set or ()),
        "engines": elsewhere,
        "address": {
            "domain": place,
            "bind": bind or ("127.0.0.1" if place == "localhost" else "0.0.0.0"),  # noqa: S104
            "http_port": http_port,
            "https_port": https_port,
        },
        "tls": {"mode": tls, "email": email},
        "network": chosen_network(name).model_dump(mode="json"),
        "storage": {"folder": data, "models": models},
        "comfyui": {
            "source": comfyui_source,
            "torch_index": torch_index,
            "custom_nodes": [_pack(each) for each in custom_nodes or ()],
        },
    }
    return checked(document, "what was chosen")


def _asked(domain: str | None) -> tuple[bool, list[str], str]:
    """Ask what the options left open; return whether the CPU draws, or the GPUs, and the domain."""
    from atelier.deploy.gpus import seen_gpus
    from atelier.errors import DockerUnusable, UsageError

    if not sys.stdin.isatty():
        raise UsageError("Say what draws: --cpu, --gpu UUID (or --gpu all), or --engine NAME=URL.")
    try:
        gpus = [each.uuid for each in seen_gpus()]
    except DockerUnusable:
        gpus = []
    count = f"the {len(gpus)} GPUs" if len(gpus) > 1 else "the GPU"
    with_gpu = bool(gpus) and typer.confirm(f"Draw on {count} of this machine?", default=True, err=True)
    if not with_gpu:
        typer.echo("The embedded engine will draw on the CPU.", err=True)
    place = domain or typer.prompt("Name at which people reach it", default="localhost", err=True, type=str)
    return not with_gpu, gpus if with_gpu else [], str(place)


def _engine(text: str) -> dict[str, str]:
    from atelier.errors import UsageError

    name, _, rest = text.partition("=")
    address, _, token = rest.partition("=")
    if not name or not address:
        raise UsageError(
            f"'{text}': an engine is NAME=URL or NAME=URL=SECRET, such as gpu-2=http://10.0.0.6:8188."
        )
    return {"name": name, "address": address, "token": token}


def _pack(text: str) -> dict[str, str]:
    from atelier.errors import UsageError

    name, _, rest = text.partition("=")
    repository, _, commit = rest.rpartition("@")
    if not name or not repository or not commit:
        raise UsageError(f"'{text}': a pack of nodes is NAME=URL@COMMIT, with the whole commit.")
    return {"name": name, "repository": repository, "commit": commit}
