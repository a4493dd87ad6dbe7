"""Brings a deployment to this Atelier and its `deployment.toml`, and back where the new one is not well."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from atelier.deploy import life, machine, secrets
from atelier.deploy.backup import from_container, into_container
from atelier.deploy.compose import Compose, require_docker
from atelier.deploy.deployment import Deployment, read_deployment
from atelier.deploy.directory import rendered_deployment
from atelier.deploy.making import make_anew
from atelier.deploy.ports import require_free_ports
from atelier.deploy.subnets import has_its_networks, require_free_subnets
from atelier.errors import AtelierError, DeploymentInvalid, DockerUnusable, RolledBack

Tell = Callable[[str, str], None]

#: What was rendered before, until the new one is well.
_BEFORE = ".before-update"
_DATABASE = "gateway.tar"
_FOLDERS = ("gateway", "proxy", "comfyui", "prometheus", "grafana", "systemd", "kubernetes")
_FILES = ("compose.yaml", "atelier.toml", "rendered.json", ".gitignore")


@dataclass(frozen=True, kw_only=True)
class Updated:
    """What an update did."""

    #: The tag of the images that ran before; empty if it was never started.
    before: str
    now: str
    changed: tuple[str, ...]
    #: Edited by somebody, and left alone.
    kept: tuple[str, ...]


def update(directory: Path, tell: Tell, *, source: Path | None = None) -> Updated:
    """Render anew, build, start, and wait until every check passes.

    The gateway is stopped while its database is set aside. Where a container of the new one does not come
    up, the files, the images and the database of before run again. Images older than those are removed. A
    deployment that was never started is started.

    Args:
        source: Atelier's wheel or checkout; None for what this one was installed from.

    Raises:
        RolledBack: the new one is not well; what ran before runs again.
        DeployError: nothing was changed, or going back failed as well; the message says which.
    """
    require_docker()
    before = machine.read_machine(directory).tag
    if before is None:
        written = make_anew(directory, source=source)
        life.up(directory, tell)
        return Updated(before="", now=life.running_tag(directory), changed=written.changed, kept=written.kept)
    aside = directory / _BEFORE
    if aside.exists():
        raise DockerUnusable(
            f"{aside} is left of an update that was broken off: move what is in it back, or remove it, first."
        )
    running = rendered_deployment(directory)
    _require_same_data(running, read_deployment(directory))
    _set_aside(directory, aside)
    try:
        written = make_anew(directory, source=source)
        deployment = read_deployment(directory)
        compose = Compose(directory, deployment)
        require_free_ports(deployment)
        require_free_subnets(deployment)
        machine.set_up_machine(
            directory, deployment.name, os.environ, folders=bool(deployment.storage.folder)
        )
        secrets.prepare(directory, deployment)
        life.prepare_places(directory, deployment)
        now = life.tag_of(directory)
        if not compose.has_images(now):
            life.build(directory, compose, now, tell)
    except BaseException:
        _bring_back(directory, aside)
        raise
    if now == before and not written.changed:
        shutil.rmtree(aside)
        return Updated(before=before, now=now, changed=(), kept=written.kept)
    database = aside / _DATABASE
    try:
        tell("save", "Setting the database aside.")
        compose.make("gateway", tag=before)
        compose.stop("gateway", tag=before)
        _save_database(compose, before, database)
        if not has_its_networks(deployment):
            # Compose changes no network that is there.
            compose.down(tag=before)
        machine.change(directory, {machine.TAG: now})
        life.start(directory, compose, now, tell)
    except AtelierError as error:
        tell("roll_back", f"The new one is not well: {error}")
        _roll_back(directory, aside, (running, before), (deployment, now), tell)
        raise RolledBack(
            f"The update did not pass, and {before} runs again. {error}\nWhat was built is kept as {now}."
        ) from error
    shutil.rmtree(aside)
    compose.remove_images(but={before, now})
    return Updated(before=before, now=now, changed=written.changed, kept=written.kept)


def _set_aside(directory: Path, aside: Path) -> None:
    aside.mkdir(mode=0o700)
    for name in (*_FOLDERS, *_FILES):
        path = directory / name
        if path.is_dir():
            shutil.copytree(path, aside / name)
        elif path.exists():
            shutil.copy2(path, aside / name)


def _bring_back(directory: Path, aside: Path) -> None:
    for name in (*_FOLDERS, *_FILES):
        path = directory / name
        if path.is_dir():
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()
        if (aside / name).exists():
            shutil.move(aside / name, path)
    shutil.rmtree(aside)


def _save_database(compose: Compose, tag: str, target: Path) -> None:
    import tarfile

    with from_container(compose, "gateway", tag, "--database") as stream, tarfile.open(target, "w") as kept:
        for member in stream:
            content = stream.extractfile(member)
            if content is not None:
                kept.addfile(member, content)


def _require_same_data(running: Deployment, wanted: Deployment) -> None:
    for key, before, now in (
        ("name", running.name, wanted.name),
        ("storage.folder", running.storage.folder, wanted.storage.folder),
    ):
        if before != now:
            raise DeploymentInvalid(
                f"{key} was changed from '{before}' to '{now}': the data would stay behind, and the service "
                "begin empty. Undo the change, or make another deployment."
            )


def _roll_back(
    directory: Path, aside: Path, before: tuple[Deployment, str], broken: tuple[Deployment, str], tell: Tell
) -> None:
    import tarfile

    database = aside / _DATABASE
    (deployment, tag), (new, new_tag) = before, broken
    with tempfile.TemporaryDirectory(dir=directory, prefix=".rolling-back-") as folder:
        saved = Path(folder) / _DATABASE
        if database.exists():
            shutil.move(database, saved)
        Compose(directory, new).stop(tag=new_tag)
        # The choice that did not work stays in deployment.toml; what was rendered from it does not.
        _bring_back(directory, aside)
        machine.change(directory, {machine.TAG: tag})
        compose = Compose(directory, deployment)
        if not has_its_networks(deployment):
            compose.down(tag=tag)
        if saved.exists():
            compose.make("gateway", tag=tag)
            with tarfile.open(saved) as tar:
                members = [(member, tar.extractfile(member)) for member in tar]
                kept = iter([(member, content) for member, content in members if content is not None])
                into_container(compose, "gateway", tag, kept, "--database")
    try:
        life.start(directory, compose, tag, tell)
    except AtelierError as error:
        raise RolledBack(
            f"The update did not pass, and {tag} does not come up again either: {error}\n"
            "The data is as it was before; look at `atelier deploy logs`."
        ) from error
