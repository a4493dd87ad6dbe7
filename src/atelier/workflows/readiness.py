"""What a server still lacks to run a workflow: node packs, model files, uploaded pictures."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from atelier.workflows import wiring
from atelier.workflows.literals import fault_of
from atelier.workflows.model_sets import MODEL_SETS, ModelFile
from atelier.workflows.nearest import base_name
from atelier.workflows.node_packs import NodePack, pack_of
from atelier.workflows.object_info import InputType, NodeCatalogue
from atelier.workflows.survey import Survey

#: How files of weights end.
WEIGHTS = (".safetensors", ".sft", ".ckpt", ".pt", ".pt2", ".pth", ".bin", ".gguf", ".onnx")


@dataclass(frozen=True, kw_only=True)
class MissingNode:
    """A node class that the server does not have."""

    class_type: str
    node_ids: tuple[str, ...]
    #: The pack that brings it; None where none is known.
    pack: NodePack | None
    #: The class of the server that may be meant.
    nearest: str | None


@dataclass(frozen=True, kw_only=True)
class MissingModel:
    """A file of weights that the server does not offer."""

    name: str
    #: The nodes that load it, and the input that names it.
    node_ids: tuple[str, ...]
    input_name: str
    #: Where it can be had, and how large it is; None where that is not known.
    source: ModelFile | None
    #: What the server offers that may be meant.
    nearest: str | None


@dataclass(frozen=True, kw_only=True)
class MissingFile:
    """An input file that is not on the server."""

    name: str
    node_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """What a server lacks for a workflow; empty where it has everything."""

    nodes: tuple[MissingNode, ...] = ()
    models: tuple[MissingModel, ...] = ()
    files: tuple[MissingFile, ...] = ()

    @property
    def ready(self) -> bool:
        return not (self.nodes or self.models or self.files)


def readiness(
    workflow: object, catalogue: NodeCatalogue, uploaded: Collection[str] | None = None
) -> Readiness:
    """Return what is missing; what nothing in the workflow needs is left out, except for node classes.

    Args:
        workflow: Any JSON value, as for `check`.
        catalogue: The node classes of the server.
        uploaded: Names of input files that the server has besides those that its lists offer. None where
            that is not known: a name that no list can hold, such as one in a sub-folder, is then taken to be
            there.
    """
    if not isinstance(workflow, Mapping) or not all(isinstance(each, str) for each in workflow):
        return Readiness()
    survey = Survey(workflow, catalogue, uploaded or ())
    classes: dict[str, list[str]] = {}
    models: dict[tuple[str, str], list[str]] = {}
    files: dict[str, list[str]] = {}
    choices: dict[tuple[str, str], Collection[Any]] = {}
    for node_id, type in survey.types.items():
        class_type = wiring.class_of(workflow[node_id])
        if type is None and class_type is not None:
            classes.setdefault(class_type, []).append(node_id)
        if node_id not in survey.live:
            continue
        for name, value, wanted in _literals(survey, node_id):
            if wanted is not None and wanted.upload is not None:
                fault = fault_of(value, wanted, class_type or "", survey.files, survey.nearest)
                if fault is not None and (fault.severity == "error" or uploaded is not None):
                    files.setdefault(value, []).append(node_id)
            elif _is_missing_model(value, wanted, survey):
                models.setdefault((value, name), []).append(node_id)
                choices[value, name] = wanted.options or () if wanted else ()
    return Readiness(
        nodes=tuple(
            MissingNode(
                class_type=name,
                node_ids=tuple(node_ids),
                pack=pack_of(name),
                nearest=_text(survey.nearest(name, catalogue.names)),
            )
            for name, node_ids in classes.items()
        ),
        models=tuple(
            MissingModel(
                name=name,
                node_ids=tuple(node_ids),
                input_name=input_name,
                source=source_of(name),
                nearest=_text(survey.nearest(name, choices[name, input_name])),
            )
            for (name, input_name), node_ids in models.items()
        ),
        files=tuple(MissingFile(name=name, node_ids=tuple(node_ids)) for name, node_ids in files.items()),
    )


def source_of(name: str) -> ModelFile | None:
    """Return the file of a known model set with that base name, or None."""
    wanted = base_name(name)
    return next(
        (file for each in MODEL_SETS for file in each.files if wanted in _names(file) and wanted), None
    )


def _names(file: ModelFile) -> set[str]:
    return {base_name(each) for each in (file.name, file.path) if each}


def _literals(survey: Survey, node_id: str) -> Iterator[tuple[str, str, InputType | None]]:
    """Yield name, value and declaration of the inputs that hold a text."""
    type = survey.types[node_id]
    for name, wrapped in wiring.inputs_of(survey.workflow[node_id]).items():
        value = wiring.unwrapped(wrapped)
        wanted = type.inputs.get(name) if type else None
        if isinstance(value, str) and isinstance(name, str) and (wanted is not None or type is None):
            yield name, value, wanted


def _is_missing_model(value: str, wanted: InputType | None, survey: Survey) -> bool:
    if not value.lower().endswith(WEIGHTS):
        return False
    if wanted is not None:
        return wanted.options is not None and value not in wanted.options
    # The class is not known: the file is there if any list of the server has it.
    return base_name(value) not in survey.offered_files


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
