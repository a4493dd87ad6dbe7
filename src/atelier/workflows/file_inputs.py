"""Which inputs of a workflow name files, and how ComfyUI writes such names.

Two kinds: the name of a file that a node reads ("a.png", "sub/a.png", "a.png [output]"), and the prefix under
which a node saves ("sketches/fox"). Source: docs/reference/protocol.md, "Files".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from atelier.errors import WorkflowFaulty
from atelier.workflows import wiring
from atelier.workflows.graph import Workflow
from atelier.workflows.object_info import NodeCatalogue, NodeType

FolderName = Literal["input", "output", "temp"]

#: The input under which every node of ComfyUI's takes a prefix to save under.
PREFIX = "filename_prefix"

#: Inputs of ComfyUI's own nodes that name a file, whether or not their declaration says so.
_NATIVE = frozenset(
    {
        ("Load3D", "model_file"),
        ("Load3DAnimation", "model_file"),
        ("LoadAudio", "audio"),
        ("LoadImage", "image"),
        ("LoadImageMask", "image"),
        ("LoadImageOutput", "image"),
        ("LoadLatent", "latent"),
        ("LoadVideo", "file"),
    }
)

_ANNOTATION = re.compile(r"(?P<name>.*) \[(?P<folder>input|output|temp)\]", re.DOTALL)

#: Bytes of one part of a prefix, so that a running number and a suffix still fit into a file name.
_LONGEST_PART = 200


@dataclass(frozen=True, kw_only=True)
class FileInput:
    """An input that names a file, or a prefix to save under."""

    node_id: str
    class_type: str
    name: str
    #: What stands there, or what its class declares for it where nothing does.
    value: object

    @property
    def text(self) -> str | None:
        """What stands there as text; None for a link and for anything else that nobody can check."""
        return self.value if isinstance(self.value, str) else None


@dataclass(frozen=True, kw_only=True)
class FileReference:
    """A file as a workflow names it; its text form is what stands in the workflow."""

    #: With "/" between its parts; "" for the folder itself.
    subfolder: str = ""
    filename: str
    folder: FolderName = "input"

    @classmethod
    def parse(cls, text: str) -> FileReference:
        """Read "a.png", "sub/a.png" or "a.png [output]"; without an annotation it is an input file.

        Raises:
            WorkflowFaulty: it is empty, absolute, leads upwards, or has a part that no file can have.
        """
        match = _ANNOTATION.fullmatch(text)
        path, folder = (text, "input") if match is None else (match["name"], match["folder"])
        parts = _parts(path, "file name")
        return cls(subfolder="/".join(parts[:-1]), filename=parts[-1], folder=cast(FolderName, folder))

    def __str__(self) -> str:
        path = f"{self.subfolder}/{self.filename}" if self.subfolder else self.filename
        # A name that ends like an annotation would be taken for one.
        plain = self.folder == "input" and _ANNOTATION.fullmatch(path) is None
        return path if plain else f"{path} [{self.folder}]"


def file_inputs(workflow: Workflow, catalogue: NodeCatalogue) -> tuple[FileInput, ...]:
    """Return the inputs that name files which nodes read, in the workflow's order."""
    return tuple(
        FileInput(node_id=node_id, class_type=class_type, name=name, value=wiring.unwrapped(inputs[name]))
        for node_id, class_type, inputs in _nodes(workflow)
        for name in _file_names(inputs, class_type, catalogue.get(class_type))
    )


def save_prefixes(workflow: Workflow, catalogue: NodeCatalogue) -> tuple[FileInput, ...]:
    """Return the prefixes under which nodes save, in the workflow's order.

    One that is left out and has a default is returned with that.
    """
    return tuple(
        FileInput(node_id=node_id, class_type=class_type, name=PREFIX, value=wiring.unwrapped(value))
        for node_id, class_type, inputs in _nodes(workflow)
        if (value := inputs.get(PREFIX, _declared_prefix(catalogue, class_type))) is not None
    )


def checked_prefix(text: str) -> str:
    """Return a prefix as it is meant: without parts that are empty or ".".

    Raises:
        WorkflowFaulty: it is empty, absolute, leads upwards, or has a part that is no file name on every
            system or too long for one.
    """
    parts = _parts(text, PREFIX)
    for part in parts:
        if ":" in part or part.endswith((" ", ".")):
            raise WorkflowFaulty(
                f"The {PREFIX} {text!r} has a part that is no file name on every system: {part!r}. "
                "Use letters, digits, hyphens and underscores."
            )
        if len(part.encode()) > _LONGEST_PART:
            raise WorkflowFaulty(f"The {PREFIX} has a part of more than {_LONGEST_PART} bytes. Shorten it.")
    return "/".join(parts)


def with_inputs(workflow: Workflow, values: Mapping[tuple[str, str], object]) -> Workflow:
    """Return the workflow with other values at some inputs (node id, input name); the given one stays."""
    changed = dict(workflow)
    for (node_id, name), value in values.items():
        node = changed[node_id]
        changed[node_id] = {**node, "inputs": {**node.get("inputs", {}), name: value}}
    return changed


def _nodes(workflow: Workflow) -> Iterator[tuple[str, str, Mapping[str, object]]]:
    for node_id, node in workflow.items():
        class_type = wiring.class_of(node)
        if class_type is not None:
            yield node_id, class_type, wiring.inputs_of(node)


def _file_names(inputs: Mapping[str, object], class_type: str, declared: NodeType | None) -> Iterator[str]:
    """Yield the names of a node's inputs that name files."""
    types = {} if declared is None else declared.inputs
    for name in inputs:
        type_ = types.get(name)
        if (class_type, name) in _NATIVE or (type_ is not None and type_.upload is not None):
            yield name


def _declared_prefix(catalogue: NodeCatalogue, class_type: str) -> object:
    declared = catalogue.get(class_type)
    type_ = None if declared is None else declared.inputs.get(PREFIX)
    return None if type_ is None else type_.default


def _parts(path: str, what: str) -> list[str]:
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts:
        raise WorkflowFaulty(f"A {what} is empty. Give it a name.")
    if path.startswith("/") or ".." in parts or not all(map(_is_plain, path)):
        raise WorkflowFaulty(
            f"The {what} {path!r} leads outside, or has characters that no file name has. "
            "Use a name, or a name in a sub-folder such as 'sketches/fox'."
        )
    return parts


def _is_plain(character: str) -> bool:
    """Return whether a character can stand in a path: no control, no backslash, no half of a pair."""
    return character >= " " and character not in "\\\x7f" and not "\ud800" <= character <= "\udfff"
