"""Turns the options of a new deployment into what was chosen, and asks for what they leave open."""

from __future__ import annotations

import sys
from dataclasses import dataclass
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
        asked = _asked(domain, data, list(model_set or ()))
        gpus, domain, data, model_set = asked.gpus, asked.domain, asked.data, asked.model_sets
        elsewhere = [_engine(each) for each in asked.engines]
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


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What somebody at a terminal chose."""

    #: UUIDs; none for the CPU.
    gpus: list[str]
    engines: list[str]
    model_sets: list[str]
    data: str
    domain: str


def _asked(domain: str | None, data: str, model_sets: list[str]) -> _Asked:
    """Ask what the options left open."""
    from atelier.deploy.gpus import seen_gpus
    from atelier.errors import DockerUnusable, UsageError
    from atelier.workflows.model_sets import EMBEDDED, MODEL_SETS

    if not sys.stdin.isatty():
        raise UsageError("Say what draws: --cpu, --gpu UUID (or --gpu all), or --engine NAME=URL.")
    try:
        gpus = [each.uuid for each in seen_gpus()]
    except DockerUnusable:
        gpus = []
    count = f"the {len(gpus)} GPUs" if len(gpus) > 1 else "the GPU"
    if gpus and not typer.confirm(f"Draw on {count} of this machine?", default=True, err=True):
        gpus = []
    if not gpus:
        typer.echo("The embedded engine will draw on the CPU.", err=True)
    elif not model_sets:
        names = ", ".join(each.name for each in MODEL_SETS if each not in EMBEDDED)
        typer.echo(f"Model sets: {names}.", err=True)
        model_sets = _prompted("Those that ComfyUI is to have, apart by spaces").split()
    engines = _prompted("ComfyUI servers elsewhere that draw as well, NAME=URL, apart by spaces").split()
    data = data or _prompted("Folder for the data; nothing for volumes that Docker keeps")
    place = domain or _prompted("Name at which people reach it", default="localhost")
    return _Asked(gpus=gpus, engines=engines, model_sets=model_sets, data=data, domain=place)


def _prompted(question: str, *, default: str = "") -> str:
    return str(
        typer.prompt(question, default=default, show_default=bool(default), err=True, type=str)
    ).strip()


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
