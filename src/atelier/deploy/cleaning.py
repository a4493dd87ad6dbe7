"""Removes what a deployment has in Docker, after it has said what that is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from atelier.deploy.commands import run
from atelier.deploy.compose import Compose, require_docker
from atelier.deploy.directory import rendered_deployment
from atelier.deploy.life import running_tag
from atelier.errors import DeployError

_SOON = 120.0


@dataclass(frozen=True, kw_only=True)
class Possessions:
    """What would be removed, by name."""

    containers: tuple[str, ...]
    networks: tuple[str, ...]
    images: tuple[str, ...]
    #: Pictures, accounts and keys; nothing but a backup brings them back.
    volumes: tuple[str, ...]


def possessions(directory: Path, *, data: bool) -> Possessions:
    """Return what a deployment has in Docker.

    Args:
        data: Whether its volumes count. Folders of this machine, secrets and the directory never do.
    """
    deployment = rendered_deployment(directory)
    require_docker()
    of = ["--filter", f"label=com.docker.compose.project={deployment.name}"]
    images = _listed("images", "--format", "{{json .}}")
    names = [f"{each['Repository']}:{each['Tag']}" for each in images]
    own = Compose(directory, deployment).images
    return Possessions(
        containers=tuple(each["Names"] for each in _listed("ps", "--all", *of, "--format", "{{json .}}")),
        networks=tuple(each["Name"] for each in _listed("network", "ls", *of, "--format", "{{json .}}")),
        images=tuple(sorted(name for name in names if name.rpartition(":")[0] in own)),
        volumes=tuple(each["Name"] for each in _listed("volume", "ls", *of, "--format", "{{json .}}"))
        if data
        else (),
    )


def clean(directory: Path, found: Possessions) -> None:
    """Remove containers, networks and images, and the volumes that are named.

    Raises:
        DeployError: something is still in use.
    """
    if found.containers or found.networks:
        Compose(directory, rendered_deployment(directory)).down(tag=running_tag(directory))
    for kind, names in (("volume", found.volumes), ("image", found.images)):
        for name in names:
            run(["docker", kind, "rm", name], deadline=_SOON)
    left = possessions(directory, data=bool(found.volumes))
    if left.containers or left.networks or left.images or left.volumes:
        raise DeployError(f"Something was made meanwhile and is left: {left}. Call it again.")


def _listed(*arguments: str) -> list[dict[str, str]]:
    lines = run(["docker", *arguments], deadline=_SOON).decode().splitlines()
    return [json.loads(line) for line in lines]
