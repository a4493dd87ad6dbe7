"""Runs Compose for a deployment: the plugin `docker compose`, or docker-compose 1.29."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from atelier.deploy.commands import run, stream
from atelier.deploy.deployment import Deployment
from atelier.errors import ContainerUnwell, DockerUnusable

#: Seconds for commands that should take none.
_SOON = 60.0
#: Seconds for starting and stopping containers.
_MOVING = 300.0
#: Seconds for building images: torch alone is some gigabytes.
_BUILDING = 5400.0
#: Seconds between two looks at the containers.
_LOOK = 1.0
#: Starts after which a container is not waited for any more.
_STARTS = 3
#: Seconds without any change after which one that fails its check is given up.
_SETTLED = 60.0
_LOG_LINES = 15


@dataclass(frozen=True, kw_only=True)
class Container:
    """One container as Docker sees it."""

    service: str
    id: str
    #: `running`, `exited`, `restarting`, `created` and so on.
    state: str
    #: `healthy`, `unhealthy`, `starting`, or `none` without a check.
    health: str
    #: What the last check said.
    said: str
    exit_code: int
    #: How often Docker has started it again.
    restarts: int
    image: str
    user: str
    #: When it was made, and started last, in ISO 8601 (UTC).
    created: str
    started: str

    @property
    def well(self) -> bool:
        return self.state == "running" and self.health in ("healthy", "none")


def compose_command() -> tuple[str, ...]:
    """Return how Compose is called here: the plugin where it is installed.

    Raises:
        DockerUnusable: there is neither.
    """
    if shutil.which("docker") is not None:
        found = subprocess.run(
            ["docker", "compose", "version"],  # noqa: S607
            capture_output=True,
            timeout=_SOON,
            check=False,
        )
        if found.returncode == 0:
            return ("docker", "compose")
    if shutil.which("docker-compose") is not None:
        return ("docker-compose",)
    raise DockerUnusable(
        "Neither `docker compose` nor `docker-compose` is installed: install Docker's Compose plugin, or "
        "Debian's package docker-compose."
    )


class Compose:
    """The containers of one deployment."""

    def __init__(self, directory: Path, deployment: Deployment) -> None:
        self.directory = directory
        self.deployment = deployment
        self._command = compose_command()

    def build(self, log: Path, *, tag: str) -> None:
        """Build all images under a tag; what the builds say goes to a file.

        Raises:
            DockerUnusable: a build fails; with the end of what it said.
        """
        stream(
            self._full("build"),
            deadline=_BUILDING,
            directory=self.directory,
            environment=self._environment(tag),
            log=log,
        )

    def has_images(self, tag: str) -> bool:
        """Return whether all images of our own are there under a tag."""
        return all(_image_exists(f"{name}:{tag}") for name in self.images)

    @property
    def images(self) -> tuple[str, ...]:
        """The names of the images that the deployment builds."""
        kinds = ["gateway", "proxy"] + (["comfyui"] if self.deployment.engine == "comfyui" else [])
        return tuple(f"{self.deployment.name}-{kind}" for kind in kinds)

    def up(self, *, tag: str, services: Sequence[str] = ()) -> None:
        """Make and start the containers of a tag; those that are as they should be stay."""
        self._call("up", "--detach", "--no-build", "--remove-orphans", *services, tag=tag, deadline=_MOVING)

    def make(self, *services: str, tag: str) -> None:
        """Make the containers of services, with what they need, where they are missing; start nothing."""
        missing = set(services) - {each.service for each in self.containers()}
        if missing:
            self._call("up", "--no-start", "--no-build", *sorted(missing), tag=tag, deadline=_MOVING)

    def beside(self, service: str, tag: str, *arguments: str) -> list[str]:
        """Return the command that runs Python in a container with a service's data and no network."""
        [container] = [each for each in self.containers() if each.service == service]
        return [
            *("docker", "run", "--rm", "--interactive", "--network", "none", "--read-only"),
            *("--cap-drop", "ALL", "--security-opt", "no-new-privileges:true"),
            *("--volumes-from", container.id, "--user", container.user, "--entrypoint", "python"),
            *(f"{self.deployment.name}-gateway:{tag}", *arguments),
        ]

    def remove_images(self, *, but: Collection[str]) -> None:
        """Remove the images under all tags but some, and but what a container uses."""
        used = {each.image for each in self.containers()}
        listed = run(["docker", "images", "--format", "{{.Repository}}:{{.Tag}}"], deadline=_SOON)
        for name in listed.decode().split():
            repository, _, tag = name.rpartition(":")
            if repository in self.images and tag not in but and name not in used:
                run(["docker", "image", "rm", name], deadline=_MOVING)

    def down(self, *, tag: str, volumes: bool = False) -> None:
        """Stop and remove the containers and networks, and the volumes if so wished."""
        self._call("down", "--remove-orphans", *(["--volumes"] if volumes else []), tag=tag, deadline=_MOVING)

    def stop(self, *services: str, tag: str) -> None:
        self._call("stop", *services, tag=tag, deadline=_MOVING)

    def restart(self, *services: str, tag: str) -> None:
        self._call("restart", *services, tag=tag, deadline=_MOVING)

    def follow_logs(self, arguments: Sequence[str], *, tag: str) -> int:
        """Print logs to this process's own output; return Compose's exit status."""
        return subprocess.run(  # noqa: S603
            self._full("logs", *arguments), cwd=self.directory, env=self._environment(tag), check=False
        ).returncode

    def containers(self) -> tuple[Container, ...]:
        """Return the deployment's containers, stopped ones included."""
        ids = (
            run(
                ["docker", "ps", "--all", "--quiet", "--no-trunc", "--filter", self._label],
                deadline=_SOON,
            )
            .decode()
            .split()
        )
        if not ids:
            return ()
        found = json.loads(run(["docker", "inspect", *ids], deadline=_SOON))
        return tuple(sorted((_container(each) for each in found), key=lambda each: each.service))

    def container(self, service: str) -> Container:
        """Return the running container of a service.

        Raises:
            ContainerUnwell: there is none.
        """
        for each in self.containers():
            if each.service == service and each.state == "running":
                return each
        raise ContainerUnwell(
            f"No container of the service {service} runs: start it with `atelier deploy up`."
        )

    def execute(
        self, service: str, *command: str, given: bytes | None = None, deadline: float = _SOON
    ) -> bytes:
        """Run a program in a running container and return what it prints."""
        interactive = [] if given is None else ["--interactive"]
        container = self.container(service)
        return run(["docker", "exec", *interactive, container.id, *command], deadline=deadline, given=given)

    def wait_until_well(
        self, services: Sequence[str], *, deadline: float, tell: Callable[[int, int], None]
    ) -> None:
        """Wait until the containers of the services run and pass their checks.

        Args:
            deadline: Seconds that it may take.
            tell: Called with the number of those that are well, and of all.

        Raises:
            ContainerUnwell: one ends, fails its check, or takes too long; with what it said last.
        """
        until = time.monotonic() + deadline
        told, before, since = -1, dict[str, tuple[str, str]](), time.monotonic()
        started = {each.id: each.restarts for each in self.containers()}
        while True:
            found = {each.service: each for each in self.containers()}
            well = [name for name in services if name in found and found[name].well]
            if len(well) != told:
                told = len(well)
                tell(told, len(services))
            if len(well) == len(services):
                return
            now = {name: (each.state, each.health) for name, each in found.items()}
            if now != before:
                before, since = now, time.monotonic()
            # One that waits for another, as the proxy for the gateway, fails its check meanwhile.
            settled = time.monotonic() - since > _SETTLED
            waiting = any(health == "starting" for _, health in now.values())
            for name in services:
                each = found.get(name)
                if each is not None and (
                    each.restarts - started.get(each.id, 0) >= _STARTS
                    or (each.health == "unhealthy" and settled and not waiting)
                ):
                    raise ContainerUnwell(self._told(each))
            if time.monotonic() > until:
                missing = next(name for name in services if name not in well)
                last = found.get(missing)
                raise ContainerUnwell(
                    f"After {deadline:.0f} seconds: "
                    + (self._told(last) if last else f"there is no container of {missing}.")
                )
            time.sleep(_LOOK)

    def _told(self, container: Container) -> str:
        logs = subprocess.run(  # noqa: S603
            ["docker", "logs", "--tail", str(_LOG_LINES), container.id],  # noqa: S607
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_SOON,
            check=False,
        ).stdout.decode(errors="replace")
        how = f"{container.state}, {container.health}"
        if container.restarts:
            how += f", started again {container.restarts} times, exit status {container.exit_code}"
        said = f" Its check says: {container.said.strip()}" if container.said.strip() else ""
        return (
            f"The container of {container.service} is not well ({how}).{said}\n"
            f"Its log ends with:\n{logs.strip()}\nAll of it: atelier deploy logs {container.service}"
        )

    @property
    def _label(self) -> str:
        return f"label=com.docker.compose.project={self.deployment.name}"

    def _full(self, *arguments: str) -> list[str]:
        profiles = ["--profile", "monitoring"] if self.deployment.monitoring else []
        return [*self._command, *profiles, "--project-name", self.deployment.name, *arguments]

    def _environment(self, tag: str) -> Mapping[str, str]:
        # The file's values go after the environment's, which may not say another tag.
        kept = {
            key: value for key, value in os.environ.items() if not key.startswith(("ATELIER_", "COMPOSE_"))
        }
        return {**kept, "ATELIER_TAG": tag}

    def _call(self, *arguments: str, tag: str, deadline: float) -> None:
        run(
            self._full(*arguments),
            deadline=deadline,
            directory=self.directory,
            environment=self._environment(tag),
        )


def _container(document: dict[str, object]) -> Container:
    state: dict[str, object] = document["State"]  # type: ignore[assignment]
    health: dict[str, object] = state.get("Health") or {}  # type: ignore[assignment]
    checks: list[dict[str, object]] = health.get("Log") or []  # type: ignore[assignment]
    config: dict[str, object] = document["Config"]  # type: ignore[assignment]
    labels: dict[str, str] = config["Labels"]  # type: ignore[assignment]
    return Container(
        service=labels["com.docker.compose.service"],
        id=str(document["Id"]),
        state=str(state["Status"]),
        health=str(health.get("Status") or "none"),
        said=str(checks[-1].get("Output", "")) if checks else "",
        exit_code=int(str(state["ExitCode"])),
        restarts=int(str(document["RestartCount"])),
        image=str(config["Image"]),
        user=str(config["User"]),
        created=str(document["Created"]),
        started=str(state["StartedAt"]),
    )


def _image_exists(name: str) -> bool:
    found = subprocess.run(  # noqa: S603
        ["docker", "image", "inspect", name],  # noqa: S607
        capture_output=True,
        timeout=_SOON,
        check=False,
    )
    return found.returncode == 0


def require_docker() -> str:
    """Return the version of Docker's daemon.

    Raises:
        DockerUnusable: there is none, or this user may not talk to it.
    """
    try:
        return run(["docker", "version", "--format", "{{.Server.Version}}"], deadline=_SOON).decode().strip()
    except DockerUnusable as error:
        raise DockerUnusable(
            f"Docker does not answer: {error} Install and start it (on Debian: apt install docker.io "
            "docker-compose), and let this user use it (group docker)."
        ) from error
