"""Reads ComfyUI's validation errors as findings that name the nearest right value, as a pure function.

Source: the fourteen error types of `POST /prompt` (docs/reference/protocol.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from atelier.client._remedies import Fault, bad_link, class_of, input_config, inputs_of, remedy
from atelier.findings import Finding
from atelier.workflows.graph import Workflow
from atelier.workflows.nearest import nearest as nearest_of


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
    node_errors = document.get("node_errors")
    for node_id, report in (node_errors if isinstance(node_errors, Mapping) else {}).items():
        errors = report.get("errors") if isinstance(report, Mapping) else None
        found += [
            _node_finding(error, str(node_id), report.get("class_type"), workflow, object_info)
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
    loop = find_loop(workflow)
    if loop:
        return f"The nodes {' -> '.join(loop)} feed each other in a loop: cut one of these links."
    return "The chain of nodes may be too long for the server (some 600 in a row): split the workflow."


def find_loop(workflow: Workflow) -> tuple[str, ...]:
    """Return the ids of nodes that feed each other in a loop, the first again at the end; empty for none."""
    try:
        TopologicalSorter({node_id: _sources(workflow, node_id) for node_id in workflow}).prepare()
    except CycleError as error:
        return tuple(error.args[1])
    return ()


def _sources(workflow: Workflow, node_id: str) -> list[str]:
    links = (value for value in inputs_of(workflow, node_id).values() if isinstance(value, list) and value)
    return [link[0] for link in links if isinstance(link[0], str) and link[0] in workflow]


# --- one node ----------------------------------------------------------------------------------------------


def _node_finding(
    error: Mapping[str, Any],
    node_id: str,
    class_type: object,
    workflow: Workflow,
    object_info: Mapping[str, Any],
) -> Finding:
    kind, message, details = (str(error.get(key) or "") for key in ("type", "message", "details"))
    extra = error.get("extra_info")
    extra = extra if isinstance(extra, Mapping) else {}
    input_name = extra.get("input_name")
    input_name = input_name if isinstance(input_name, str) else None
    class_name = class_type if isinstance(class_type, str) else None
    config = extra.get("input_config") or input_config(object_info, class_name, input_name)
    sent = inputs_of(workflow, node_id).get(input_name) if input_name else None
    fault = Fault(
        kind=kind,
        details=details,
        extra=extra,
        node_id=node_id,
        class_type=class_name,
        input_name=input_name,
        received=extra.get("received_value", sent),
        config=config if isinstance(config, (list, tuple)) else (),
        workflow=workflow,
        object_info=object_info,
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


def _at_fault(fault: Fault) -> Fault:
    """Return the fault at the node that is to be mended, which may be one further up."""
    linked = fault.extra.get("linked_node")
    if fault.kind == "exception_during_inner_validation" and isinstance(linked, list) and linked:
        node_id = str(linked[0])
        class_type = class_of(fault.workflow, node_id)
        return replace(fault, node_id=node_id, class_type=class_type, input_name=None, received=None)
    if fault.kind == "exception_during_validation":
        input_name, link = bad_link(fault)
        return replace(fault, input_name=input_name, received=link)
    return fault


def _natural(node_id: str) -> tuple[int, str]:
    return (int(node_id) if node_id.isdecimal() else 2**63, node_id)
