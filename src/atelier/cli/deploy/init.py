"""`atelier deploy init`: a new deployment's directory."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.reporter import Reporter

Device = Literal["cpu", "gpu"]


def init(
    directory: Annotated[Path, typer.Argument(help="A new or empty directory.")],
    cpu: Annotated[bool, typer.Option("--cpu", help="Draw on the CPU, with the embedded engine.")] = False,
    gpu: Annotated[
        list[str] | None,
        typer.Option(
            metavar="UUID", help="Draw on this GPU, with ComfyUI; 'all' for all that are here. Repeat."
        ),
    ] = None,
    comfyui: Annotated[
        bool, typer.Option("--comfyui", help="With --cpu: ComfyUI, not the embedded engine.")
    ] = False,
    engine: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=URL", help="A ComfyUI server elsewhere; NAME=URL=SECRET names its token. Repeat."
        ),
    ] = None,
    no_engine: Annotated[
        bool, typer.Option("--no-engine", help="Draw only with the engines elsewhere.")
    ] = False,
    domain: Annotated[
        str | None, typer.Option(help="Name or IPv4 address at which people reach it. Default: localhost.")
    ] = None,
    bind: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Address to open the ports on. Default: 127.0.0.1 for localhost, otherwise all.",
        ),
    ] = None,
    http_port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port for HTTP, which leads to HTTPS.")
    ] = 80,
    https_port: Annotated[int, typer.Option(min=1, max=65535, help="Port for HTTPS.")] = 443,
    tls: Annotated[
        Literal["internal", "files", "acme"],
        typer.Option(help="An authority of its own, your certificate, or Let's Encrypt."),
    ] = "internal",
    email: Annotated[str, typer.Option(help="With --tls acme: whom Let's Encrypt writes to.")] = "",
    proxy: Annotated[Literal["caddy", "nginx"], typer.Option(help="What speaks HTTPS.")] = "caddy",
    data: Annotated[
        str, typer.Option(metavar="FOLDER", help="Folder for the data. Default: volumes that Docker keeps.")
    ] = "",
    models: Annotated[str, typer.Option(metavar="FOLDER", help="Folder with ComfyUI's models.")] = "models",
    model_set: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A model set that ComfyUI is to have. Repeat.")
    ] = None,
    custom_nodes: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=URL@COMMIT", help="A pack of nodes to build in. Repeat."),
    ] = None,
    comfyui_source: Annotated[
        str, typer.Option(metavar="FOLDER", help="ComfyUI's source, instead of fetching it.")
    ] = "",
    torch_index: Annotated[
        str, typer.Option(metavar="URL", help="Index of torch's wheels; 'default' for pip's own.")
    ] = "",
    monitoring: Annotated[bool, typer.Option("--monitoring", help="Prometheus and Grafana as well.")] = False,
    name: Annotated[str, typer.Option(help="What containers and volumes are called after.")] = "atelier",
    source: Annotated[
        Path | None,
        typer.Option(help="Atelier's wheel or checkout for the images. Default: what this one came from."),
    ] = None,
    json_lines: options.Json = False,
) -> None:
    """Render a new deployment: compose file, Dockerfiles, proxy, configuration; to be read and committed.

    Without --cpu, --gpu or --engine it asks.
    """

    async def work(reporter: Reporter) -> None:
        from atelier.deploy.deployment import checked
        from atelier.deploy.making import make
        from atelier.deploy.subnets import chosen_network

        place = domain
        on_cpu, gpus, elsewhere = cpu, list(gpu or ()), [_engine(each) for each in engine or ()]
        if not (on_cpu or gpus or elsewhere):
            on_cpu, gpus, place = _asked(place)
        if "all" in gpus:
            from atelier.deploy.gpus import seen_gpus

            gpus = [each.uuid for each in seen_gpus()]
        place = place or "localhost"
        kind = "none" if no_engine else "comfyui" if gpus or comfyui else "embedded"
        document: dict[str, Any] = {
            "name": name,
            "device": "gpu" if gpus else "cpu",
            "engine": kind,
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
        deployment = checked(document, "deploy init")
        made = make(directory, deployment, source=source)
        wheel = "Atelier's wheel lies in gateway/wheels" if made else "Atelier comes from the package index"
        text = (
            f"Made {directory} for {deployment.address.url} ({wheel}). Read it, change it, and "
            f"start it: atelier deploy up -C {directory}"
        )
        reporter.result(
            "deployment",
            text,
            directory=str(directory.absolute()),
            url=deployment.address.url,
            services=list(deployment.services),
        )

    run_command(work, json_lines=json_lines)


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
