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
        "Without it, the embedded engine is started and looked at.",
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
    Literal["gpu", "cpu"], typer.Option("--device", help="What the engine is meant to draw on.")
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
        help="A deployment on this machine: its disk, networks, GPU and copies of secrets count too.",
    ),
]


def target_of(
    url: str,
    *,
    token: str | None,
    second_token: str | None,
    ca_file: Path | None,
    device: Literal["gpu", "cpu"],
    require: list[str] | None,
    side: int | None,
    drawing_seconds: float,
    restart_command: str | None,
    deployment: Path | None,
) -> Target:
    """Return the target that the options name.

    Raises:
        UsageError: they cannot be used.
    """
    import shlex

    from atelier.errors import UsageError
    from atelier.verify.machine import Machine
    from atelier.verify.target import Target
    from atelier.workflows.library import find

    if deployment is not None and not deployment.is_dir():
        raise UsageError(f"{deployment} is no directory of a deployment.")
    try:
        restart = tuple(shlex.split(restart_command or ""))
    except ValueError as error:
        raise UsageError(f"--restart-command cannot be read: {error}.") from error
    return Target(
        url=url,
        token=token,
        second_token=second_token,
        ca_file=ca_file,
        device=device,
        required=frozenset(find(each).name for each in require or ()),
        side=side,
        drawing_seconds=drawing_seconds,
        restart=restart,
        machine=None if deployment is None else Machine(directory=deployment),
    )
