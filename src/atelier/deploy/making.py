"""Makes a deployment's directory, and renders it anew."""

from __future__ import annotations

from pathlib import Path

from atelier.deploy import directory as files
from atelier.deploy import wheel
from atelier.deploy.deployment import Deployment, read_deployment
from atelier.deploy.directory import Written
from atelier.deploy.rendering import render

_WHEELS = "gateway/wheels"


def make(directory: Path, deployment: Deployment, *, source: Path | None) -> bool:
    """Write a new deployment; return whether a wheel of Atelier lies in it.

    Raises:
        DeployError: the directory is not empty, or there is no wheel where one should be.
    """
    files.create(directory, render(deployment, constraints=wheel.constraints()))
    return wheel.provide_wheel(directory / _WHEELS, source) is not None


def make_anew(directory: Path, *, source: Path | None) -> Written:
    """Render a deployment anew, with this Atelier and as its `deployment.toml` says now.

    Raises:
        DeployError: as `make`, or `deployment.toml` cannot be used.
    """
    rendered = render(read_deployment(directory), constraints=wheel.constraints())
    written = files.write(directory, rendered)
    wheel.provide_wheel(directory / _WHEELS, source)
    return written
