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
from atelier.deploy.deployment import read_deployment
from atelier.deploy.making import make_anew
from atelier.errors import ContainerUnwell, DockerUnusable, RolledBack

Tell = Callable[[str, str], None]

#: What was rendered before, until the new one is well.
_BEFORE = ".before-update"
_FOLDERS = ("gateway", "proxy", "comfyui", "prometheus", "grafana")
_FILES = ("compose.yaml", "atelier.toml", "rendered.json", ".gitignore")


@dataclass(frozen=True, kw_only=True)
class Updated:
    """What an update did."""

    before: str
    now: str
    changed: tuple[str, ...]
    #: Edited by somebody, and left alone.
    kept: tuple[str, ...]


def update(directory: Path, tell: Tell, *, source: Path | None = None) -> Updated:
    """Render anew, build, start, and wait until every check passes.

    The gateway is stopped while its database is set aside. Where a container of the new one does not come
    up, the files, the images and the database of before run again.

    Args:
        source: Atelier's wheel or checkout; None for what this one was installed from.

    Raises:
        RolledBack: the new one is not well; what ran before runs again.
        DeployError: nothing was changed, or going back failed as well; the message says which.
    """
    require_docker()
    before = life.running_tag(directory)
    aside = directory / _BEFORE
    if aside.exists():
        raise DockerUnusable(
            f"{aside} is left of an update that was broken off: move what is in it back, or remove it, first."
        )
    _set_aside(directory, aside)
    try:
        written = make_anew(directory, source=source)
        deployment = read_deployment(directory)
        compose = Compose(directory, deployment)
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
    database = aside / "gateway.tar"
    try:
        tell("save", "Setting the database aside.")
        compose.make("gateway", tag=before)
        compose.stop("gateway", tag=before)
        _save_database(compose, before, database)
        machine.change(directory, {machine.TAG: now})
        life.start(directory, compose, now, tell)
    except (ContainerUnwell, DockerUnusable) as error:
        tell("roll_back", f"The new one is not well: {error}")
        _roll_back(directory, aside, before, database, tell)
        raise RolledBack(
            f"The update did not pass, and {before} runs again. {error}\nWhat was built is kept as {now}."
        ) from error
    shutil.rmtree(aside)
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


def _roll_back(directory: Path, aside: Path, before: str, database: Path, tell: Tell) -> None:
    import tarfile

    with tempfile.TemporaryDirectory(dir=directory, prefix=".rolling-back-") as folder:
        saved = Path(folder) / "gateway.tar"
        if database.exists():
            shutil.move(database, saved)
        broken = Compose(directory, read_deployment(directory))
        now = life.running_tag(directory)
        broken.stop(tag=now)
        # The choice that did not work stays in deployment.toml; what was rendered from it does not.
        _bring_back(directory, aside)
        machine.change(directory, {machine.TAG: before})
        compose = Compose(directory, read_deployment(directory))
        if saved.exists():
            with tarfile.open(saved) as tar:
                members = [(member, tar.extractfile(member)) for member in tar]
                kept = iter([(member, content) for member, content in members if content is not None])
                into_container(compose, "gateway", now, kept, "--database")
    try:
        life.start(directory, compose, before, tell)
    except (ContainerUnwell, DockerUnusable) as error:
        raise RolledBack(
            f"The update did not pass, and {before} does not come up again either: {error}\n"
            "The data is as it was before; look at `atelier deploy logs`."
        ) from error
