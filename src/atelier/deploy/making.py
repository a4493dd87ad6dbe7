"""Makes a deployment's directory, and renders it anew."""

from __future__ import annotations

import shutil
from pathlib import Path

from atelier.deploy import directory as files
from atelier.deploy import wheel
from atelier.deploy.deployment import Deployment, read_deployment
from atelier.deploy.directory import Written
from atelier.deploy.rendering import render
from atelier.errors import DeployError

_WHEELS = "gateway/wheels"
#: What a checkout of ComfyUI has beside its source.
_NO_SOURCE = {".git", ".venv", "venv", "models", "output", "input", "temp", "user"}


def make(directory: Path, deployment: Deployment, *, source: Path | None) -> bool:
    """Write a new deployment; return whether a wheel of Atelier lies in it.

    It is made beside its place, so that one that was interrupted is not taken for a whole one.

    Raises:
        DeployError: the directory is not empty, or there is no wheel where one should be.
    """
    files.require_empty(directory)
    place = directory.absolute()
    unfinished = place.with_name(f".{place.name}.unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    try:
        files.write(unfinished, render(deployment, constraints=wheel.constraints()))
        _provide_comfyui(unfinished, deployment)
        made = wheel.provide_wheel(unfinished / _WHEELS, source) is not None
        files.move(unfinished, place)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return made


def is_up_to_date(directory: Path) -> bool:
    """Return whether the directory was rendered from what `deployment.toml` says now."""
    return files.rendered_deployment(directory) == read_deployment(directory)


def render_anew(directory: Path) -> Written:
    """Render a deployment anew, as its `deployment.toml` says now; Atelier's wheel stays the one that it is.

    Raises:
        DeployError: as `make`, or `deployment.toml` cannot be used.
    """
    deployment = read_deployment(directory)
    written = files.write(directory, render(deployment, constraints=wheel.constraints()))
    _provide_comfyui(directory, deployment)
    return written


def make_anew(directory: Path, *, source: Path | None) -> Written:
    """Render a deployment anew, with this Atelier and its wheel.

    Raises:
        DeployError: as `render_anew`, or there is no wheel where one should be.
    """
    written = render_anew(directory)
    wheel.provide_wheel(directory / _WHEELS, source)
    return written


def _provide_comfyui(directory: Path, deployment: Deployment) -> None:
    """Copy ComfyUI's source to where the image is built from, where the deployment names a folder with it."""
    if deployment.engine != "comfyui" or not deployment.comfyui.source:
        return
    source, target = directory / deployment.comfyui.source, directory / "comfyui/source"
    if not (source / "main.py").is_file():
        raise DeployError(f"{source} holds no ComfyUI: correct comfyui.source in deployment.toml.")
    for each in target.iterdir():
        if each.is_dir():
            shutil.rmtree(each)
        elif each.name != "README":
            each.unlink()

    def ignored(folder: str, names: list[str]) -> set[str]:
        return _NO_SOURCE & set(names) if Path(folder) == source else {"__pycache__"} & set(names)

    shutil.copytree(source, target, ignore=ignored, dirs_exist_ok=True)
