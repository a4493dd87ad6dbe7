"""Reads ComfyUI's validation errors as findings that name the nearest right value, as a pure function.

Source: the fourteen error types of `POST /prompt` (docs/reference/protocol.md).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from pathlib import PurePosixPath
from typing import Any

from atelier.schemas.findings import Finding
from atelier.workflows.graph import Workflow

#: Options that a fix lists where none is near.
_LISTED = 8

#: How like a value its neighbour must be, 0 to 1 (difflib's ratio).
_LIKENESS = 0.5


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One error of one node as the server reports it, with what is known around it."""

    kind: str
    details: str
    extra: Mapping[str, Any]
    node_id: str
    class_type: str | None
    input_name: str | None
    received: object
    #: The input's declaration `[type, options]`; empty where it is not known.
    config: Sequence[Any]
    workflow: Workflow
    object_info: Mapping[str, Any]

    @property
    def options(self) -> Mapping[str, Any]:
        return self.config[1] if len(self.config) > 1 and isinstance(self.config[1], Mapping) else {}

    @property
    def choices(self) -> tuple[object, ...]:
        """What a combo offers, in either dialect; empty for another type."""
        listed = self.config[0] if self.config else ()
        if listed == "COMBO":
            listed = self.options.get("options", ())
        return tuple(listed) if isinstance(listed, (list, tuple)) else ()


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """The nearest right value and the sentence that says what to do."""

    fix: str
    nearest: object = None


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
        nearest = _alike(name, tuple(object_info))
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
    links = (value for value in _inputs(workflow, node_id).values() if isinstance(value, list) and value)
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
    sent = _inputs(workflow, node_id).get(input_name) if input_name else None
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
    remedy = _REMEDIES.get(kind, _unknown)(fault)
    place = _at_fault(fault)
    return Finding(
        kind=kind,
        message=f"{message}: {details}." if details else f"{message}.",
        node_id=place.node_id,
        class_type=place.class_type,
        input_name=place.input_name,
        received=place.received,
        nearest=remedy.nearest,
        fix=remedy.fix,
    )


def _at_fault(fault: Fault) -> Fault:
    """Return the fault at the node that is to be mended, which may be one further up."""
    linked = fault.extra.get("linked_node")
    if fault.kind == "exception_during_inner_validation" and isinstance(linked, list) and linked:
        node_id = str(linked[0])
        node = fault.workflow.get(node_id)
        class_type = node.get("class_type") if isinstance(node, Mapping) else None
        return replace(fault, node_id=node_id, class_type=class_type, input_name=None, received=None)
    if fault.kind == "exception_during_validation":
        input_name, link = _bad_link(fault)
        return replace(fault, input_name=input_name, received=link)
    return fault


def _missing(fault: Fault) -> Remedy:
    if "default" in fault.options:
        default = fault.options["default"]
        return Remedy(
            fix=f"Set {fault.input_name}, for instance to its default {default!r}.", nearest=default
        )
    if fault.choices:
        return Remedy(fix=f"Set {fault.input_name} to {_listed(fault.choices)}.", nearest=fault.choices[0])
    kind = fault.config[0] if fault.config and isinstance(fault.config[0], str) else None
    if kind is None:
        return Remedy(fix=f"Set or connect {fault.input_name}.")
    makers = _makers(fault, kind)
    return Remedy(
        fix=f"Connect {fault.input_name} to an output of type {kind}{_or_so(makers)}.",
        nearest=makers[0] if makers else None,
    )


def _bad_linked_input(fault: Fault) -> Remedy:
    link = fault.received
    nearest = link[:2] if isinstance(link, list) and len(link) > 2 else None
    instead = f", here {nearest!r}" if nearest else ""
    return Remedy(fix=f"Write a link as [node id, output slot]{instead}.", nearest=nearest)


def _type_mismatch(fault: Fault) -> Remedy:
    wanted = fault.config[0] if fault.config and isinstance(fault.config[0], str) else None
    if wanted is None:
        return Remedy(fix="Connect it to an output of the type that it takes.")
    makers = _makers(fault, wanted)
    return Remedy(
        fix=f"Connect {fault.input_name} to an output of type {wanted}{_or_so(makers)}.",
        nearest=makers[0] if makers else None,
    )


def _wrong_type(fault: Fault) -> Remedy:
    kinds = {"INT": "a whole number", "FLOAT": "a number", "STRING": "a text", "BOOLEAN": "true or false"}
    kind = fault.config[0] if fault.config and isinstance(fault.config[0], str) else ""
    nearest = fault.options.get("default")
    instead = "" if nearest is None else f", such as {nearest!r}"
    return Remedy(
        fix=f"Set {fault.input_name} to {kinds.get(kind, 'a value of its type')}{instead}.", nearest=nearest
    )


def _too_small(fault: Fault) -> Remedy:
    return _clamped(fault, "min", "at least")


def _too_big(fault: Fault) -> Remedy:
    return _clamped(fault, "max", "at most")


def _clamped(fault: Fault, bound: str, words: str) -> Remedy:
    nearest = fault.options.get(bound)
    if nearest is None:
        return Remedy(fix=f"Set {fault.input_name} inside its range.")
    return Remedy(fix=f"Set {fault.input_name} to {words} {nearest}.", nearest=nearest)


def _not_in_list(fault: Fault) -> Remedy:
    nearest = _alike(fault.received, fault.choices)
    if nearest is not None:
        return Remedy(fix=f"Use {nearest!r}.", nearest=nearest)
    if not fault.choices:
        return Remedy(fix="The server has nothing to choose from here: put the file on the server first.")
    return Remedy(fix=f"Use {_listed(fault.choices)}.")


def _custom(fault: Fault) -> Remedy:
    if "Invalid" in fault.details and "file" in fault.details:
        nearest = _alike(fault.received, fault.choices)
        instead = f", or use {nearest!r}" if nearest is not None else ""
        return Remedy(
            fix=f"Upload the file first and use the name that the upload answers{instead}.", nearest=nearest
        )
    return Remedy(fix=f"Change {fault.input_name or 'the node'} as the server says.")


def _bad_reference(fault: Fault) -> Remedy:
    _, link = _bad_link(fault)
    if link is None:
        return Remedy(
            fix="Check the links of this node: each is [node id as a string, output slot as a number]."
        )
    source, slot = link
    if str(source) not in fault.workflow:
        nearest = _alike(source, tuple(fault.workflow))
        instead = "" if nearest is None else f", perhaps {nearest}"
        return Remedy(
            fix=f"There is no node {source}: link to one that exists{instead}.",
            nearest=None if nearest is None else [nearest, slot],
        )
    if not isinstance(source, str):
        return Remedy(
            fix=f"Write the node id as a string: {[str(source), slot]!r}.", nearest=[str(source), slot]
        )
    if isinstance(slot, str) and slot.isdecimal():
        return Remedy(
            fix=f"Write the output slot as a number: {[source, int(slot)]!r}.", nearest=[source, int(slot)]
        )
    return Remedy(fix=f"Node {source} has no output {slot}; the first is 0.", nearest=[source, 0])


def _bad_inner_node(fault: Fault) -> Remedy:
    if fault.extra.get("exception_type") == "KeyError" and "inputs" in fault.details:
        return Remedy(fix='Give the node its "inputs", {} if it has none.')
    return Remedy(fix="Check the links of this node: each is [node id as a string, output slot as a number].")


def _unknown(fault: Fault) -> Remedy:
    return Remedy(fix="See the server's log: this client does not know the error.")


_REMEDIES: Mapping[str, Callable[[Fault], Remedy]] = {
    "required_input_missing": _missing,
    "bad_linked_input": _bad_linked_input,
    "return_type_mismatch": _type_mismatch,
    "invalid_input_type": _wrong_type,
    "value_smaller_than_min": _too_small,
    "value_bigger_than_max": _too_big,
    "value_not_in_list": _not_in_list,
    "custom_validation_failed": _custom,
    "exception_during_validation": _bad_reference,
    "exception_during_inner_validation": _bad_inner_node,
}


# --- near values -------------------------------------------------------------------------------------------


def input_config(
    object_info: Mapping[str, Any], class_type: str | None, input_name: str | None
) -> Sequence[Any]:
    """Return an input's declaration `[type, options]`; empty where it is not known."""
    declaration = object_info.get(class_type or "")
    groups = declaration.get("input") if isinstance(declaration, Mapping) else None
    for group in ("required", "optional"):
        inputs = groups.get(group) if isinstance(groups, Mapping) else None
        config = inputs.get(input_name) if isinstance(inputs, Mapping) else None
        if isinstance(config, (list, tuple)):
            return config
    return ()


def _inputs(workflow: Workflow, node_id: str) -> Mapping[str, Any]:
    node = workflow.get(node_id)
    inputs = node.get("inputs") if isinstance(node, Mapping) else None
    return inputs if isinstance(inputs, Mapping) else {}


def _bad_link(fault: Fault) -> tuple[str | None, list[Any] | None]:
    """Return the input whose link the server stumbled over, which it names by its exception only."""
    for name, value in _inputs(fault.workflow, fault.node_id).items():
        if not isinstance(value, list) or len(value) != 2:
            continue
        source, slot = value
        if not isinstance(source, str) or source not in fault.workflow or not isinstance(slot, int):
            return name, value
        outputs = _outputs(fault, source)
        if outputs and not 0 <= slot < len(outputs):
            return name, value
    return None, None


def _outputs(fault: Fault, node_id: str) -> Sequence[Any]:
    node = fault.workflow.get(node_id)
    class_type = node.get("class_type") if isinstance(node, Mapping) else None
    declaration = fault.object_info.get(class_type or "")
    outputs = declaration.get("output") if isinstance(declaration, Mapping) else None
    return outputs if isinstance(outputs, (list, tuple)) else ()


def _makers(fault: Fault, kind: str) -> list[list[Any]]:
    """Return links to outputs of a type in the workflow, those of the node linked now first."""
    linked = fault.extra.get("linked_node") or fault.received
    first = linked[0] if isinstance(linked, list) and linked else None
    links = [
        [node_id, slot]
        for node_id in fault.workflow
        if node_id != fault.node_id
        for slot, output in enumerate(_outputs(fault, node_id))
        if output == kind
    ]
    return sorted(links, key=lambda link: link[0] != first)


def _or_so(makers: Sequence[list[Any]]) -> str:
    return f", such as {makers[0]!r}" if makers else ""


def _alike(value: object, choices: Sequence[object]) -> object:
    """Return the choice most like a value, a file's base name counting as its whole path; None for none."""
    if not isinstance(value, str):
        return value if value in choices else None
    best: tuple[float, object] = (0.0, None)
    for choice in choices:
        if not isinstance(choice, str):
            continue
        name = PurePosixPath(choice.replace("\\", "/")).name
        own = PurePosixPath(value.replace("\\", "/")).name
        ratio = max(_likeness(value, choice), _likeness(own, name))
        best = max(best, (ratio, choice), key=lambda each: each[0])
    return best[1] if best[0] >= _LIKENESS else None


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one.lower(), other.lower()).ratio()


def _listed(choices: Sequence[object]) -> str:
    shown = ", ".join(repr(each) for each in choices[:_LISTED])
    return f"one of {shown}{' and others' if len(choices) > _LISTED else ''}"


def _natural(node_id: str) -> tuple[int, str]:
    return (int(node_id) if node_id.isdecimal() else 2**63, node_id)
