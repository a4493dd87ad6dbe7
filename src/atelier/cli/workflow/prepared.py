"""Makes a workflow ready to be sent: parameters set, local pictures uploaded, checked."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atelier.cli.workflow.model_choice import server_set
from atelier.cli.workflow.reading import read_bytes
from atelier.cli.workflow.sources import as_api, read_source
from atelier.errors import PictureUnreadable, PromptRejected, UsageError

if TYPE_CHECKING:
    from atelier.cli.reporter import Reporter
    from atelier.client import AsyncComfyUIClient, Fitted
    from atelier.workflows.graph import Workflow
    from atelier.workflows.library_workflow import LibraryWorkflow
    from atelier.workflows.model_sets import ModelSet
    from atelier.workflows.object_info import NodeCatalogue

#: Seeds that are drawn stay below this, so that a browser can show them exactly.
_SEEDS = 2**53


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A workflow, and how its pictures shall be called."""

    workflow: Workflow
    stem: str


async def from_library(
    client: AsyncComfyUIClient,
    name: str,
    given: Mapping[str, str],
    models: str | None,
    reporter: Reporter,
) -> Prepared:
    """Build a workflow of the library for the server.

    Raises:
        UsageError: there is no such workflow or file, or a parameter cannot be used.
        PictureUnreadable: a picture cannot be read.
        ModelSetUnknown: the server has no model set for it.
    """
    from atelier.workflows.library import find

    workflow = find(name)
    model_set = await server_set(client, models, workflow.name)
    parameters: dict[str, Any] = {"seed": secrets.randbelow(_SEEDS), **given}
    await _upload_pictures(client, workflow, parameters, model_set, reporter)
    built = workflow.build(parameters, model_set)
    return Prepared(workflow=built, stem=f"{workflow.name}_{parameters['seed']}")


async def from_file(
    client: AsyncComfyUIClient, path: Path, given: Mapping[str, str], reporter: Reporter
) -> Prepared:
    """Read a workflow from a file, set its inputs, and check it against the server.

    Raises:
        UsageError: the file cannot be read, or an input cannot be set.
        PromptRejected: the workflow has errors; nothing was sent.
    """
    from atelier.workflows.check import check
    from atelier.workflows.object_info import NodeCatalogue
    from atelier.workflows.settings import with_settings

    catalogue = NodeCatalogue.parse(await client.object_info())
    workflow = as_api(read_source(path), catalogue, reporter)
    uploaded: list[str] = []
    settings = {
        key: await _uploaded(client, workflow, key, value, catalogue, uploaded)
        for key, value in given.items()
    }
    workflow = with_settings(workflow, settings, catalogue)
    errors = [each for each in check(workflow, catalogue, files=uploaded) if each.severity == "error"]
    if errors:
        raise PromptRejected(f"{path} would not run on {client.base_url}; nothing was sent.", findings=errors)
    return Prepared(workflow=workflow, stem=path.stem)


async def _upload_pictures(
    client: AsyncComfyUIClient,
    workflow: LibraryWorkflow,
    parameters: dict[str, Any],
    models: ModelSet,
    reporter: Reporter,
) -> None:
    """Upload the local pictures among the parameters, fitted to the model set; masks to their picture."""
    first: Fitted | None = None
    by_kind = sorted(workflow.parameters, key=lambda each: each.kind == "mask")
    for each in by_kind:
        if each.name not in parameters:
            continue
        if each.kind in ("picture", "pictures"):
            names = []
            for name in parameters[each.name].split(","):
                with _naming(name):
                    fitted = await client.fit(Path(name.strip()), models)
                first = first or fitted
                if fitted.note:
                    reporter.remark("notice", f"{name}: {fitted.note}", code="size_adjusted")
                names.append((await client.upload(fitted.png, name=fitted.name)).reference)
            parameters[each.name] = ",".join(names)
        elif each.kind == "mask":
            parameters[each.name] = await _upload_mask(client, Path(parameters[each.name]), first)


async def _upload_mask(client: AsyncComfyUIClient, path: Path, picture: Fitted | None) -> str:
    from atelier.client import fit_mask

    if picture is None:
        raise UsageError(f"The mask {path} has no picture that it belongs to.")
    with _naming(str(path)):
        mask = fit_mask(read_bytes(path), picture)
    return (await client.upload(mask, name=f"mask-of-{picture.name}")).reference


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Say of an unreadable picture which one it is."""
    try:
        yield
    except PictureUnreadable as error:
        raise PictureUnreadable(f"{name}: {error}") from error


async def _uploaded(
    client: AsyncComfyUIClient,
    workflow: Workflow,
    key: str,
    value: str,
    catalogue: NodeCatalogue,
    uploaded: list[str],
) -> str:
    """Return the value; where the input takes an upload and the value is a local file, its uploaded name."""
    from atelier.workflows.settings import only_place

    place = only_place(workflow, key)
    node = catalogue.get(workflow[place.node_id].get("class_type"))
    declared = node.inputs.get(place.input_name) if node is not None else None
    path = Path(value)
    if declared is None or declared.upload is None or not path.is_file():
        return value
    reference = (await client.upload(path)).reference
    uploaded.append(reference)
    return reference
