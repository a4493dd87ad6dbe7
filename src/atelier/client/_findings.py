"""Reads ComfyUI's validation errors as findings that name the nearest right value, as a pure function.

Source: the fourteen error types of `POST /prompt` (docs/reference/protocol.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from atelier.client._remedies import Fault, bad_link, remedy
from atelier.findings import Finding
from atelier.workflows import wiring
from atelier.workflows.graph import Workflow
from atelier.workflows.nearest import nearest as nearest_of
from atelier.workflows.object_info import InputType, NodeCatalogue, read_input
from atelier.workflows.survey import Survey


def findings(document: object, workflow: Workflow, object_info: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Return what the answer of `POST /prompt` finds wrong; empty where it finds nothing.

    Args:
        document: The body of a 400, or of a 200 whose `node_errors` are not empty.
        workflow: What was sent.
        object_info: The declarations of the node classes, as far as known; used to name near values.
    """
    if not isinstance(document, Mapping):
        return ()
    found: list[Finding] = []
    survey = Survey(workflow, NodeCatalogue.parse(object_info))
    node_errors = document.get("node_errors")
    for node_id, report in (node_errors if isinstance(node_errors, Mapping) else {}).items():
        errors = report.get("errors") if isinstance(report, Mapping) else None
        found += [
            _node_finding(error, str(node_id), report.get("class_type"), survey)
            for error in (errors if isinstance(errors, list) else ())
            if isinstance(error, Mapping)
        ]
    if found:
        # The server gives them in no order.
        return tuple(sorted(found, key=lambda each: (_natural(each.node_id or ""), each.input_name or "")))
    error = document.get("error")
    if isinstance(error, Mapping):
        return (_workflow_finding(error, workflow, object_info),)
    return ()


# --- the whole workflow ------------------------------------------------------------------------------------


def _workflow_finding(
    error: Mapping[str, Any], workflow: Workflow, object_info: Mapping[str, Any]
) -> Finding:
    kind, message, details = (str(error.get(key) or "") for key in ("type", "message", "details"))
    if kind == "invalid_prompt":
        match = re.search(r"Node ID '#(.*)'", details)
        node_id = match[1] if match else None
        unknown = re.search(r"node (.+) does not exist", message)
        if unknown is None:
            return Finding(
                kind=kind,
                message=message,
                node_id=node_id,
                fix="Give the node a class_type, and export the workflow in API format.",
            )
        name = unknown[1]
        nearest = nearest_of(name, tuple(object_info))
        fix = f"Use {nearest}, or " if nearest else ""
        return Finding(
            kind=kind,
            message=message,
            node_id=node_id,
            class_type=name,
            received=name,
            nearest=nearest,
            fix=f"{fix}install the node pack that brings {name} on the server.",
        )
    fixes = {
        "no_prompt": "Send the workflow as an object of nodes by id, in API format.",
        "prompt_no_outputs": "Add a node that keeps its result, such as SaveImage or PreviewImage.",
        "prompt_outputs_failed_validation": _why_no_output_is_valid(workflow),
    }
    return Finding(
        kind=kind or "unknown",
        message=": ".join(dict.fromkeys(each for each in (message, details) if each)) + ".",
        fix=fixes.get(kind, "See docs/reference/protocol.md for what the server accepts."),
    )


def _why_no_output_is_valid(workflow: Workflow) -> str:
    """Return the reason that the server keeps to itself: a loop or too long a chain it reports as nothing."""
    loops = wiring.loops(wiring.sources(workflow))
    if loops:
        return f"The nodes {' -> '.join(loops[0])} feed each other in a loop: cut one of these links."
    return (
        f"The chain of nodes may be too long for the server (some {wiring.LONGEST_CHAIN} in a row): "
        "split the workflow."
    )


# --- one node ----------------------------------------------------------------------------------------------


def _node_finding(
    error: Mapping[str, Any],
    node_id: str,
    class_type: object,
    survey: Survey,
) -> Finding:
    kind, message, details = (str(error.get(key) or "") for key in ("type", "message", "details"))
    extra = error.get("extra_info")
    extra = extra if isinstance(extra, Mapping) else {}
    input_name = extra.get("input_name")
    input_name = input_name if isinstance(input_name, str) else None
    class_name = class_type if isinstance(class_type, str) else None
    sent = wiring.inputs_of(survey.workflow.get(node_id)).get(input_name) if input_name else None
    fault = Fault(
        kind=kind,
        details=details,
        extra=extra,
        node_id=node_id,
        class_type=class_name,
        input_name=input_name,
        received=extra.get("received_value", sent),
        wanted=_wanted(survey, class_name, input_name, extra.get("input_config")),
        survey=survey,
    )
    cure = remedy(fault)
    place = _at_fault(fault)
    return Finding(
        kind=kind,
        message=f"{message}: {details}." if details else f"{message}.",
        node_id=place.node_id,
        class_type=place.class_type,
        input_name=place.input_name,
        received=place.received,
        nearest=cure.nearest,
        fix=cure.fix,
    )


def _wanted(survey: Survey, class_type: str | None, name: str | None, config: object) -> InputType:
    """Return the input as the server repeats its declaration, or as the class declares it."""
    type = survey.catalogue.get(class_type)
    declared = type.inputs.get(name or "") if type is not None else None
    if config or declared is None:
        return read_input(name or "the input", config)
    return declared


def _at_fault(fault: Fault) -> Fault:
    """Return the fault at the node that is to be mended, which may be one further up."""
    linked = fault.extra.get("linked_node")
    if fault.kind == "exception_during_inner_validation" and isinstance(linked, list) and linked:
        node_id = str(linked[0])
        class_type = wiring.class_of(fault.survey.workflow.get(node_id))
        return replace(fault, node_id=node_id, class_type=class_type, input_name=None, received=None)
    if fault.kind == "exception_during_validation":
        input_name, link = bad_link(fault)
        return replace(fault, input_name=input_name, received=link)
    return fault


def _natural(node_id: str) -> tuple[int, str]:
    return (int(node_id) if node_id.isdecimal() else 2**63, node_id)
