"""What a real ComfyUI said to good and broken workflows (scripts/record_comfyui_checks.py)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from atelier.workflows.object_info import NodeCatalogue

REFERENCE = Path(__file__).parents[2] / "reference" / "comfyui"

#: Begins the names of the cases whose fault neither the workflow nor the list of node classes tells.
BEYOND = "only the server knows/"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One workflow and what became of it on the real server."""

    name: str
    workflow: Any
    status: int
    #: ComfyUI's `node_errors` by node; empty where it named none.
    node_errors: dict[str, Any]
    #: How the run went: `status`, `outputs`, `failed_node`; None where there was none.
    run: dict[str, Any] | None
    #: ComfyUI's `error`, where it refused.
    error: dict[str, Any] | None

    @property
    def wrong(self) -> bool:
        """Whether the server refused it, dropped an output, failed on it, or never ended."""
        if self.status != 200 or self.node_errors:
            return True
        if self.run is None:
            return False
        # A run that met a loop is called a success although it made nothing.
        unmade = self.outputs - set(self.run["outputs"])
        return self.run["status"] != "success" or "failed_node" in self.run or bool(unmade)

    @property
    def outputs(self) -> set[str]:
        """The nodes that are to keep results."""
        types = {node_id: catalogue().get(each["class_type"]) for node_id, each in self.workflow.items()}
        return {node_id for node_id, type in types.items() if type is not None and type.output_node}

    @property
    def named_nodes(self) -> set[str]:
        """The nodes that the server blames."""
        blamed = set(self.node_errors)
        if self.run is not None and "failed_node" in self.run:
            blamed.add(self.run["failed_node"])
        details = (self.error or {}).get("details", "")
        if details.startswith("Node ID '#"):
            blamed.add(details.removeprefix("Node ID '#").removesuffix("'"))
        return blamed


@cache
def recording() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((REFERENCE / "checks" / "answers.json").read_text(encoding="utf-8"))
    return document


@cache
def answers() -> tuple[Answer, ...]:
    return tuple(
        Answer(
            name=each["name"],
            workflow=each["workflow"],
            status=each["status"],
            node_errors=each.get("node_errors", {}),
            run=each.get("run"),
            error=each.get("error"),
        )
        for each in recording()["cases"]
    )


@cache
def object_info() -> dict[str, Any]:
    """The node classes as the recording server declared them."""
    reference = json.loads((REFERENCE / "object_info-0.3.64.json").read_text(encoding="utf-8"))
    declared = {**reference, **recording()["declarations"]}
    return {name: each for name, each in declared.items() if name not in recording()["absent"]}


@cache
def catalogue() -> NodeCatalogue:
    return NodeCatalogue.parse(object_info())


def files() -> frozenset[str]:
    """The files of the recording server that no list shows."""
    return frozenset(recording()["files"])
