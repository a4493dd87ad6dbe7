"""Whether the server has the nodes and model files that the library's workflows need."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from atelier.verify.bench import catalogue_in, model_sets_in
from atelier.verify.case import Case
from atelier.verify.drawing import models_for
from atelier.verify.sample import sample
from atelier.workflows.library_workflow import LibraryWorkflow
from atelier.workflows.model_sets import LOADERS, MODEL_SETS, combo_options
from atelier.workflows.readiness import readiness


async def model_set(case: Case) -> None:
    """Look for a model set of which the server has every file."""
    document = await case.known("/object_info")
    found = model_sets_in(document)
    offered = {
        name
        for class_type, input_name in LOADERS.values()
        for name in combo_options(document, class_type, input_name)
    }
    names = {each.replace("\\", "/").rpartition("/")[2] for each in offered}
    # A set that lacks some of its files is what somebody meant to have.
    begun = [
        (each, missing)
        for each in MODEL_SETS
        if each.lora is None
        and (missing := [file for file in each.files if file.name not in names])
        and len(missing) < len(set(each.files))
        and any(
            file.name in names and file.folder in ("diffusion_models", "checkpoints") for file in each.files
        )
    ]
    case.note(f"Complete: {', '.join(each.title for each in found) or 'none'}.")
    if begun:
        meant, missing = begun[0]
        files = ", ".join(f"models/{file.folder}/{file.name}" for file in missing)
        case.fail(
            "model",
            f"Of {meant.title} these files are missing: {files}.",
            f"Fetch them, and restart the engine: atelier models fetch {meant.name}.",
        )
    if not found:
        case.fail(
            "model",
            f"The server has no model set that Atelier knows; its loaders offer {len(names)} files.",
            "Fetch one, and restart the engine: atelier models list, atelier models fetch.",
        )


def ready_for(workflow: LibraryWorkflow) -> Callable[[Case], Awaitable[None]]:
    """Return the check whether the server has what a workflow needs."""

    async def check(case: Case) -> None:
        models = await models_for(case, workflow)
        catalogue = catalogue_in(await case.known("/object_info"))
        graph = sample(workflow, models, pictures={}).workflow
        found = readiness(graph, catalogue)
        case.note(f"{len(graph)} nodes for {models.title}.")
        if found.nodes:
            missing = found.nodes[0]
            pack = f" It comes with {missing.pack.name}, {missing.pack.repository}." if missing.pack else ""
            case.fail(
                "node",
                f"{len(found.nodes)} node classes are missing, the first {missing.class_type}.{pack}",
                "Install the pack into the engine's image, or update ComfyUI.",
            )
        if found.models:
            names = ", ".join(each.name for each in found.models)
            case.fail(
                "model", f"Missing: {names}.", "Fetch them, and restart the engine: atelier models fetch."
            )

    return check
