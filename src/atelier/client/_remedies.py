"""What to do about each kind of fault that ComfyUI's validation finds at a node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from atelier.workflows import remedies, wiring
from atelier.workflows.object_info import InputType
from atelier.workflows.remedies import Remedy
from atelier.workflows.survey import Survey


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
    #: The input; of any type where its declaration is not known.
    wanted: InputType
    survey: Survey


def _missing(fault: Fault) -> Remedy:
    return remedies.missing(fault.wanted, _links(fault))


def _bad_linked_input(fault: Fault) -> Remedy:
    return remedies.bad_link_shape(fault.received, _links(fault))


def _type_mismatch(fault: Fault) -> Remedy:
    return remedies.connect(fault.wanted, _links(fault))


def _wrong_type(fault: Fault) -> Remedy:
    return remedies.wrong_type(fault.wanted)


def _too_small(fault: Fault) -> Remedy:
    return remedies.too_small(fault.wanted)


def _too_big(fault: Fault) -> Remedy:
    return remedies.too_big(fault.wanted)


def _not_in_list(fault: Fault) -> Remedy:
    return remedies.not_in_list(fault.wanted, fault.received, fault.survey.nearest)


def _custom(fault: Fault) -> Remedy:
    if "Invalid" in fault.details and "file" in fault.details:
        return remedies.no_such_file(fault.wanted, fault.received, fault.survey.nearest)
    return Remedy(fix=f"Change {fault.input_name or 'the node'} as the server says.")


def _bad_reference(fault: Fault) -> Remedy:
    name, link = bad_link(fault)
    if link is None:
        return _CHECK_THE_LINKS
    reader = fault.survey.catalogue.get(fault.class_type)
    wanted = reader.inputs.get(name or "") if reader is not None else None
    links = () if wanted is None else fault.survey.links_for(wanted, fault.node_id)
    type = fault.survey.types.get(wiring.as_id(link[0]) or "")
    outputs = len(type.outputs) if type is not None else None
    return remedies.dead_link(link, fault.survey.workflow, outputs, links, fault.survey.nearest)


def _bad_inner_node(fault: Fault) -> Remedy:
    if fault.extra.get("exception_type") == "KeyError" and "inputs" in fault.details:
        return Remedy(fix='Give the node its "inputs", {} if it has none.')
    return _CHECK_THE_LINKS


def _unknown(fault: Fault) -> Remedy:
    if "fix" in fault.extra:
        # The server is Atelier's gateway, whose details say what to do.
        return Remedy(fix="")
    return Remedy(fix="See the server's log: this client does not know the error.")


_CHECK_THE_LINKS = Remedy(
    fix="Check the links of this node: each is [node id as a string, output slot as a number]."
)

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


def bad_link(fault: Fault) -> tuple[str | None, list[Any] | None]:
    """Return the input whose link the server stumbled over, which it names by its exception only."""
    for name, value in wiring.inputs_of(fault.survey.workflow.get(fault.node_id)).items():
        if not isinstance(value, list) or len(value) != 2:
            continue
        source, slot = value
        if not isinstance(source, str) or source not in fault.survey.workflow or not isinstance(slot, int):
            return name, value
        type = fault.survey.types[source]
        if type is not None and not 0 <= slot < len(type.outputs):
            return name, value
    return None, None


def _links(fault: Fault) -> list[list[Any]]:
    """Return links to outputs that fit, those of the node linked now first."""
    linked = fault.extra.get("linked_node") or fault.received
    first = linked[0] if isinstance(linked, list) and linked else None
    return fault.survey.links_for(fault.wanted, fault.node_id, first=first)
