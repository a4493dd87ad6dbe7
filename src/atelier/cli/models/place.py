"""Which folder of models is meant: one that is named, or that of a deployment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atelier.errors import UsageError

if TYPE_CHECKING:
    from atelier.deploy.models import ModelFolder, ModelLock, Wanted
    from atelier.workflows.model_sets import ModelSet

Models = Annotated[
    Path | None,
    typer.Option(
        "--models", metavar="DIR", help="Folder of models, such as ComfyUI/models. Default: the deployment's."
    ),
]
Deployment = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Directory of a deployment, with its models.lock and .secrets. Default: this one, if it is one.",
    ),
]
Sets = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SET]...", help="Model sets; see `atelier models list`.", show_default=False),
]


@dataclass(frozen=True, kw_only=True)
class Place:
    """A folder of models, what is recorded of it, and where its secrets are."""

    folder: ModelFolder
    lock: ModelLock
    #: The model sets that the deployment chose.
    chosen: tuple[str, ...] = ()
    #: The store of secrets, which need not be there; None without a deployment.
    secrets: Path | None = None


def place_of(models: Path | None, deployment: Path | None) -> Place:
    """Return the place that the options name.

    Raises:
        UsageError: they name none.
        DeploymentInvalid, ModelLockInvalid: its files cannot be read.
    """
    place = find_place(models, deployment)
    if place is None:
        raise UsageError(
            "Name the folder of models with --models, such as --models ComfyUI/models, or a deployment with "
            "--deployment."
        )
    return place


def find_place(models: Path | None, deployment: Path | None) -> Place | None:
    """Return the place that the options name, or None where they name none; raises as `place_of`."""
    from atelier.credentials.store import FOLDER
    from atelier.deploy.deployment import FILE, read_deployment
    from atelier.deploy.models import LOCK, ModelFolder, ModelLock

    if deployment is None and models is None and (Path.cwd() / FILE).is_file():
        deployment = Path.cwd()
    if deployment is None:
        if models is None:
            return None
        return Place(folder=ModelFolder(models), lock=ModelLock(models / LOCK))
    chosen = read_deployment(deployment)
    return Place(
        folder=ModelFolder(models or deployment / chosen.storage.models),
        lock=ModelLock(deployment / LOCK),
        chosen=chosen.model_sets,
        secrets=deployment / FOLDER,
    )


def sets_of(names: list[str] | None) -> tuple[ModelSet, ...]:
    """Return the model sets of these names; all of them for none.

    Raises:
        UsageError: one is unknown.
    """
    from atelier.workflows.model_sets import MODEL_SETS

    known = {each.name: each for each in MODEL_SETS}
    for name in names or ():
        if name not in known:
            raise UsageError(f"There is no model set {name!r}. There are: {', '.join(known)}.")
    return tuple(known[each] for each in names) if names else MODEL_SETS


def wanted_of(names: list[str] | None) -> tuple[Wanted, ...]:
    """Return the files of these model sets, or of all; raises as `sets_of`."""
    from atelier.deploy.models import wanted_files

    return wanted_files(sets_of(names))
