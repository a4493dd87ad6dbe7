"""Starts and stops a deployment."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from atelier import __version__
from atelier.credentials.kind import Kind
from atelier.deploy import machine, secrets
from atelier.deploy.commands import run
from atelier.deploy.compose import Compose, require_docker
from atelier.deploy.deployment import FILE, Deployment
from atelier.deploy.directory import rendered_deployment
from atelier.deploy.making import is_up_to_date, render_anew
from atelier.deploy.ports import require_free_ports
from atelier.deploy.readable import make_readable, require_readable_models
from atelier.deploy.subnets import require_free_subnets
from atelier.errors import DeployError, DeploymentExists, DeploymentInvalid, DockerUnusable

#: The folders that images are built from.
_CONTEXTS = ("gateway", "proxy", "comfyui")
#: Where the builds write what they say, in the directory.
BUILD_LOG = "build.log"
#: The proxy's own authority, in its container and in the directory.
_AUTHORITY = "/data/caddy/pki/authorities/local/root.crt"
AUTHORITY = "proxy/ca.crt"
#: Seconds for all containers to pass their checks.
PATIENCE = {"cpu": 600.0, "gpu": 900.0}

#: Called with a step's name and a sentence about it.
Tell = Callable[[str, str], None]


def up(directory: Path, tell: Tell) -> Deployment:
    """Start a deployment, building its images where they are missing, and wait until every check passes.

    Raises:
        DeployError: something is missing or taken, or a container does not come up; it says which and why.
        CredentialsError: a secret is missing, or the store is unsafe.
    """
    require_docker()
    if not is_up_to_date(directory):
        if machine.read_machine(directory).tag is None:
            tell("render", f"{FILE} was changed since: rendering the other files anew.")
            render_anew(directory)
        else:
            tell(
                "stale",
                f"{FILE} was changed since: `atelier deploy update` takes it over; this starts the old.",
            )
    deployment = rendered_deployment(directory)
    if machine.read_machine(directory).tag is None:
        _require_no_data(directory, deployment)
    compose = Compose(directory, deployment)
    settings = machine.set_up_machine(
        directory, deployment.name, os.environ, folders=bool(deployment.storage.folder)
    )
    require_free_ports(deployment)
    require_free_subnets(deployment)
    secrets.prepare(directory, deployment)
    prepare_places(directory, deployment)
    tag = settings.tag or tag_of(directory)
    if not compose.has_images(tag):
        build(directory, compose, tag, tell)
    machine.change(directory, {machine.TAG: tag})
    start(directory, compose, tag, tell)
    return deployment


def _require_no_data(directory: Path, deployment: Deployment) -> None:
    """Return if nothing is left of, or belongs to, another deployment of the same name.

    With its data, the service would not know the admin's token of this directory.

    Raises:
        DeploymentExists: there is something.
    """
    folder = deployment.storage.folder
    if folder and (directory / folder / "gateway").exists():
        raise DeploymentExists(
            f"{directory / folder} has data, and this deployment was never started: name another "
            f"storage.folder in {FILE}, or move what is there away."
        )
    if has_volumes(deployment):
        raise DeploymentExists(
            f"Docker has volumes of another deployment '{deployment.name}', with its accounts and pictures: "
            f"choose another name in {FILE}; or, if they are what is left of one, remove them: "
            "`atelier deploy clean --data --yes`."
        )


def build(directory: Path, compose: Compose, tag: str, tell: Tell) -> None:
    """Build the images under a tag."""
    log = directory / BUILD_LOG
    tell("build", f"Building the images {tag}; this takes some minutes, and {log} says how far it is.")
    log.unlink(missing_ok=True)
    compose.build(log, tag=tag)


def start(directory: Path, compose: Compose, tag: str, tell: Tell) -> None:
    """Start the containers of a tag, and wait until they are well."""
    deployment = compose.deployment
    tell("start", "Starting the containers.")
    compose.up(tag=tag)
    compose.wait_until_well(
        deployment.services,
        deadline=PATIENCE[deployment.device],
        tell=lambda well, count: tell("wait", f"{well} of {count} containers pass their checks."),
    )
    if deployment.monitoring:
        _issue_metrics_token(directory, compose)
    if deployment.proxy == "caddy" and deployment.tls.mode == "internal":
        certificate = compose.execute("proxy", "cat", _AUTHORITY)
        (directory / AUTHORITY).write_bytes(certificate)


#: Reads the admin's token, which is no argument that others could see, and prints a new one.
_ISSUE = """read -r ATELIER_TOKEN && export ATELIER_TOKEN &&
exec atelier tokens issue admin --scope metrics:read --server http://127.0.0.1:8200 --json"""


def _issue_metrics_token(directory: Path, compose: Compose) -> None:
    """Have the gateway issue the token with which Prometheus reads figures, where there is none yet."""
    store = secrets.open_store(directory)
    if secrets.METRICS in store.names():
        return
    admin = store.get(secrets.ADMIN).get_secret_value()
    told = compose.execute("gateway", "sh", "-c", _ISSUE, given=f"{admin}\n".encode())
    token = str(json.loads(told.splitlines()[-1])["token"])
    store.put(secrets.METRICS, token, kind=Kind.GATEWAY, account="admin")
    secrets.prepare(directory, compose.deployment)


def down(directory: Path) -> None:
    """Stop a deployment and remove its containers; data, images and secrets stay."""
    deployment = rendered_deployment(directory)
    require_docker()
    Compose(directory, deployment).down(tag=running_tag(directory))


def restart(directory: Path, services: tuple[str, ...], tell: Tell) -> None:
    """Restart containers, all of them without names, and wait until they are well.

    Raises:
        DeployError: there is no such service, or one does not come up.
    """
    deployment = rendered_deployment(directory)
    require_services(deployment, services)
    compose = Compose(directory, deployment)
    chosen = services or deployment.services
    tell("restart", f"Restarting {', '.join(chosen)}.")
    compose.restart(*chosen, tag=running_tag(directory))
    compose.wait_until_well(
        deployment.services,
        deadline=PATIENCE[deployment.device],
        tell=lambda well, count: tell("wait", f"{well} of {count} containers pass their checks."),
    )


def require_services(deployment: Deployment, services: tuple[str, ...]) -> None:
    """Return if the deployment has all of these services.

    Raises:
        DeployError: it has not.
    """
    unknown = [each for each in services if each not in deployment.services]
    if unknown:
        raise DeployError(
            f"There is no service {unknown[0]}; there are {', '.join(sorted(deployment.services))}."
        )


def running_tag(directory: Path) -> str:
    """Return the tag of the images that were started last.

    Raises:
        DeploymentInvalid: the deployment was never started.
    """
    tag = machine.read_machine(directory).tag
    if tag is None:
        raise DeploymentInvalid("This deployment was never started: `atelier deploy up`.")
    return tag


def tag_of(directory: Path) -> str:
    """Return the tag of the images that the files make: the version, and a digest of the files."""
    digest = hashlib.sha256()
    for context in _CONTEXTS:
        for path in sorted((directory / context).rglob("*")):
            if (
                path.is_file()
                and path.relative_to(directory).as_posix() != AUTHORITY
                and "tls" not in path.parts
            ):
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"{path.relative_to(directory).as_posix()} {content}\n".encode())
    return f"{__version__}-{digest.hexdigest()[:12]}"


def has_volumes(deployment: Deployment) -> bool:
    """Return whether Docker has volumes of the deployment's name."""
    listed = run(
        [
            "docker",
            "volume",
            "ls",
            "--quiet",
            "--filter",
            f"label=com.docker.compose.project={deployment.name}",
        ],
        deadline=60.0,
    )
    return bool(listed.split())


def prepare_places(directory: Path, deployment: Deployment) -> None:
    """Let the containers' user read what it has to, and make the folders of this machine that it writes to.

    Raises:
        DockerUnusable: a folder cannot be made, or given to that user.
        DeployError: something cannot be read by that user, such as a model file.
    """
    user = int(machine.read_machine(directory).values["ATELIER_UID"])
    if os.name == "posix":
        make_readable(directory)
    if deployment.engine == "comfyui":
        models = directory / deployment.storage.models
        if not models.exists():
            # Docker would make it, and root its owner.
            models.mkdir(mode=0o755, parents=True)
            models.chmod(0o755)
        if os.name == "posix":
            require_readable_models(models, user)
    if not deployment.storage.folder:
        return
    base = directory / deployment.storage.folder
    for service in deployment.services:
        folder = base / service
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.name == "posix" and folder.stat().st_uid != user:
                os.chown(folder, user, user)
        except OSError as error:
            raise DockerUnusable(
                f"The folder {folder} cannot be made for the containers' user {user}: {error.strerror}."
            ) from error
