"""The options that `atelier verify` and `atelier diagnose` share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from atelier.verify.target import Target

Url = Annotated[
    str | None,
    typer.Argument(
        envvar="ATELIER_SERVER",
        metavar="[URL]",
        help="What to look at: the gateway, ComfyUI, ComfyUI behind ComfyUI-Login, or the embedded engine. "
        "Without it the deployment is looked at or, where none is named, an embedded engine that is started.",
    ),
]
SecondToken = Annotated[
    str | None,
    typer.Option(
        envvar="ATELIER_SECOND_TOKEN",
        show_envvar=True,
        help="Token of another account, that must see nothing of the first one's.",
    ),
]
CaFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Authorities (PEM) that are trusted besides the system's, such as a proxy's own.",
    ),
]
DeviceOption = Annotated[
    Literal["gpu", "cpu"] | None,
    typer.Option(
        "--device",
        show_default=False,
        help="What the engine is meant to draw on. Default: what the deployment says, and otherwise gpu.",
    ),
]
Require = Annotated[
    list[str] | None,
    typer.Option(metavar="WORKFLOW", help="A workflow of the library that must run here; repeatable."),
]
Side = Annotated[
    int | None,
    typer.Option(
        min=64,
        help="Pixels a side of the pictures that are drawn; a slow machine draws small ones. Default: "
        "each model's own.",
    ),
]
DrawingSeconds = Annotated[
    float, typer.Option(min=1.0, help="Seconds that one picture may take; the first of a large model 90.")
]
RestartCommand = Annotated[
    str | None,
    typer.Option(
        metavar="COMMAND",
        help="Restarts the service, such as 'docker compose restart'. With it, and --profile full, what must "
        "outlive a restart is looked at.",
    ),
]
Deployment = Annotated[
    Path | None,
    typer.Option(
        metavar="DIRECTORY",
        help="A deployment on this machine: its disk, networks, GPU and copies of secrets count too. Where "
        "no other option names them, address, authority, the two tokens of `atelier setup`, and what "
        "--profile full restarts, are the deployment's.",
    ),
]


def address_of(url: str | None, deployment: Path | None) -> str | None:
    """Return what is to be looked at: the address that is named, or else the deployment's.

    Raises:
        UsageError: the directory is no deployment's.
        DeployError: its file cannot be read.
    """
    if url is not None or deployment is None:
        return url
    from atelier.deploy.deployment import FILE, read_deployment
    from atelier.errors import UsageError

    if not (deployment / FILE).is_file():
        raise UsageError(f"{deployment} has no {FILE} that would tell the address: name it.")
    return read_deployment(deployment).address.url


def target_of(
    url: str,
    *,
    token: str | None,
    second_token: str | None,
    ca_file: Path | None,
    device: Literal["gpu", "cpu"] | None,
    require: list[str] | None,
    side: int | None,
    drawing_seconds: float,
    restart_command: str | None,
    deployment: Path | None,
) -> Target:
    """Return the target that the options name, with what a deployment says where they are silent.

    Raises:
        UsageError: they cannot be used.
        DeployError, CredentialsError: what the deployment says cannot be read.
    """
    import shlex
    from dataclasses import replace

    from atelier.errors import UsageError
    from atelier.workflows.library import find

    try:
        restart = tuple(shlex.split(restart_command or ""))
    except ValueError as error:
        raise UsageError(f"--restart-command cannot be read: {error}.") from error
    found, (first, second) = _known(url, deployment)
    return replace(
        found,
        url=url,
        token=token or first,
        second_token=second_token or second,
        ca_file=ca_file or found.ca_file,
        device=device or found.device,
        required=frozenset(find(each).name for each in require or ()),
        side=side,
        drawing_seconds=drawing_seconds,
        restart=restart or found.restart,
    )


def _known(url: str, deployment: Path | None) -> tuple[Target, tuple[str | None, str | None]]:
    """Return the target without options, and the tokens that a deployment keeps."""
    from dataclasses import replace

    from atelier.errors import UsageError
    from atelier.verify.machine import Machine
    from atelier.verify.target import Target

    if deployment is None:
        return Target(url=url), (None, None)
    if not deployment.is_dir():
        raise UsageError(f"{deployment} is no directory of a deployment.")
    from atelier.deploy.deployment import FILE, read_deployment
    from atelier.setup.deployed import kept_tokens, target_of

    if not (deployment / FILE).is_file():
        return Target(url=url, machine=Machine(directory=deployment)), (None, None)
    found = target_of(deployment, read_deployment(deployment))
    if url.rstrip("/") != found.url:
        # What answers there may be somebody else's: it gets no token of ours, and is not restarted.
        return replace(found, plain_url=None, restart=()), (None, None)
    return found, kept_tokens(deployment)
