"""Says why a workflow is refused in the form of ComfyUI's own answer, which the page knows how to show.

Source: docs/reference/protocol.md, `POST /prompt`, the body of a 400. Where ComfyUI has no error type for a
finding, its kind stands in the type's place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from atelier.errors import PromptRefused
from atelier.findings import Finding
from atelier.workflows import wiring
from atelier.workflows.object_info import NodeCatalogue

#: Kinds of findings that ComfyUI tells of the whole workflow, by its own type.
_WHOLE = {
    "no_prompt": "no_prompt",
    "prompt_no_outputs": "prompt_no_outputs",
    "ui_format": "prompt_no_outputs",
}

#: Kinds that ComfyUI tells of the first node that it meets, and of the whole workflow with it.
_INVALID = frozenset({"invalid_prompt", "missing_class_type", "unknown_class"})

#: A finding's value is repeated up to this many characters.
_LONGEST = 400


def refused(type: str, message: str, details: str = "") -> PromptRefused:
    """Return the refusal of a workflow for which no node is to blame."""
    return PromptRefused(f"{message}.", document={"error": _error(type, message, details), "node_errors": {}})


def refused_for(
    findings: Sequence[Finding], workflow: Mapping[str, Any], catalogue: NodeCatalogue
) -> PromptRefused:
    """Return the refusal that tells of findings, of which there is one at least."""
    first = findings[0]
    at_nodes = [each for each in findings if each.node_id is not None]
    whole = next((each for each in findings if each.node_id is None), None)
    invalid = next((each for each in findings if each.kind in _INVALID), None)
    if whole is not None:
        error = _error(_WHOLE.get(whole.kind, whole.kind), _clause(whole.message), _clause(whole.fix))
    elif invalid is not None:
        error = _error(
            "invalid_prompt", _clause(f"Cannot execute. {invalid.message}"), f"Node ID '#{invalid.node_id}'"
        )
    else:
        error = _error("prompt_outputs_failed_validation", "Prompt outputs failed validation")
    document = {"error": error, "node_errors": _node_errors(at_nodes, workflow, catalogue)}
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    return PromptRefused(f"The workflow is refused: {first}{more}", document=document)


def _node_errors(
    findings: Iterable[Finding], workflow: Mapping[str, Any], catalogue: NodeCatalogue
) -> dict[str, Any]:
    reports: dict[str, Any] = {}
    for each in findings:
        node_id = each.node_id or ""
        report = reports.setdefault(
            node_id,
            {
                "errors": [],
                "dependent_outputs": [],
                "class_type": wiring.class_of(workflow.get(node_id)) or "",
            },
        )
        report["errors"].append(_node_error(each))
    if reports:
        sources = wiring.sources(workflow)
        for node_id, node in workflow.items():
            type = catalogue.get(wiring.class_of(node))
            if type is not None and type.output_node:
                for at_fault in wiring.needed_by([node_id], sources) & reports.keys():
                    reports[at_fault]["dependent_outputs"].append(node_id)
    return reports


def _node_error(finding: Finding) -> dict[str, Any]:
    extra: dict[str, Any] = {"fix": finding.fix}
    if finding.input_name is not None:
        extra["input_name"] = finding.input_name
    if finding.received is not None:
        extra["received_value"] = _short(finding.received)
    if finding.nearest is not None:
        extra["nearest"] = _short(finding.nearest)
    return {
        "type": finding.kind,
        "message": _clause(finding.message),
        "details": _clause(finding.fix),
        "extra_info": extra,
    }


def _error(type: str, message: str, details: str = "") -> dict[str, Any]:
    return {"type": type, "message": message, "details": details, "extra_info": {}}


def _clause(sentence: str) -> str:
    # The page puts a colon between message and details, and what reads them a full stop behind.
    return sentence.strip().removesuffix(".")


def _short(value: object) -> object:
    if isinstance(value, str):
        return value[:_LONGEST]
    if isinstance(value, bool | float | None) or (isinstance(value, int) and abs(value) < 10**18):
        return value
    text = str(value)
    return value if len(text) <= _LONGEST else text[:_LONGEST]
