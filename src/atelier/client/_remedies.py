"""What to do about each kind of fault that ComfyUI's validation finds at a node."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from atelier.workflows.graph import Workflow
from atelier.workflows.nearest import nearest as nearest_of

#: Options that a fix lists where none is near.
_LISTED = 8


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
    nearest = nearest_of(fault.received, fault.choices)
    if nearest is not None:
        return Remedy(fix=f"Use {nearest!r}.", nearest=nearest)
    if not fault.choices:
        return Remedy(fix="The server has nothing to choose from here: put the file on the server first.")
    return Remedy(fix=f"Use {_listed(fault.choices)}.")


def _custom(fault: Fault) -> Remedy:
    if "Invalid" in fault.details and "file" in fault.details:
        nearest = nearest_of(fault.received, fault.choices)
        instead = f", or use {nearest!r}" if nearest is not None else ""
        return Remedy(
            fix=f"Upload the file first and use the name that the upload answers{instead}.", nearest=nearest
        )
    return Remedy(fix=f"Change {fault.input_name or 'the node'} as the server says.")


def _bad_reference(fault: Fault) -> Remedy:
    _, link = bad_link(fault)
    if link is None:
        return Remedy(
            fix="Check the links of this node: each is [node id as a string, output slot as a number]."
        )
    source, slot = link
    if str(source) not in fault.workflow:
        nearest = nearest_of(source, tuple(fault.workflow))
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


#: By ComfyUI's error type.
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


def remedy(fault: Fault) -> Remedy:
    """Return what to do about a fault."""
    return _REMEDIES.get(fault.kind, _unknown)(fault)


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


def class_of(workflow: Workflow, node_id: str) -> str | None:
    """Return the class of a node; None where the workflow does not say."""
    node = workflow.get(node_id)
    class_type = node.get("class_type") if isinstance(node, Mapping) else None
    return class_type if isinstance(class_type, str) else None


def inputs_of(workflow: Workflow, node_id: str) -> Mapping[str, Any]:
    """Return the inputs of a node; empty where the workflow does not say."""
    node = workflow.get(node_id)
    inputs = node.get("inputs") if isinstance(node, Mapping) else None
    return inputs if isinstance(inputs, Mapping) else {}


def bad_link(fault: Fault) -> tuple[str | None, list[Any] | None]:
    """Return the input whose link the server stumbled over, which it names by its exception only."""
    for name, value in inputs_of(fault.workflow, fault.node_id).items():
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
    declaration = fault.object_info.get(class_of(fault.workflow, node_id) or "")
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


def _listed(choices: Sequence[object]) -> str:
    shown = ", ".join(repr(each) for each in choices[:_LISTED])
    return f"one of {shown}{' and others' if len(choices) > _LISTED else ''}"
