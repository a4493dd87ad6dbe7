"""`atelier deploy init`: a new deployment's directory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from atelier.cli import options
from atelier.cli.deploy.arguments import run_deploying
from atelier.cli.reporter import Reporter


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
        from atelier.cli.deploy.choosing import chosen
        from atelier.deploy.making import make

        deployment = chosen(
            name=name,
            cpu=cpu,
            gpu=gpu,
            comfyui=comfyui,
            engine=engine,
            no_engine=no_engine,
            domain=domain,
            bind=bind,
            http_port=http_port,
            https_port=https_port,
            tls=tls,
            email=email,
            proxy=proxy,
            data=data,
            models=models,
            model_set=model_set,
            custom_nodes=custom_nodes,
            comfyui_source=comfyui_source,
            torch_index=torch_index,
            monitoring=monitoring,
        )
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

    run_deploying(work, json_lines=json_lines)
