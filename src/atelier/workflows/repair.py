"""Repairs a workflow where one thing only can be meant, and says what it did."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from atelier.findings import Finding
from atelier.workflows import wiring
from atelier.workflows.check import check
from atelier.workflows.nearest import same_file
from atelier.workflows.object_info import InputType, NodeCatalogue
from atelier.workflows.remedies import shown
from atelier.workflows.survey import Survey, fits


@dataclass(frozen=True, kw_only=True)
class Change:
    """One input of one node that was given another value."""

    node_id: str
    class_type: str
    input_name: str
    #: None where the input was missing.
    before: Any
    after: Any
    #: Why nothing else can be meant.
    reason: str

    def __str__(self) -> str:
        place = f"node {self.node_id} ({self.class_type}), input {self.input_name}"
        return f"{place}: {shown(self.before)} became {shown(self.after)}: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class Repaired:
    """A workflow after its repair; the one that was given is left as it is."""

    workflow: Any
    changes: tuple[Change, ...] = ()


def repair(workflow: object, catalogue: NodeCatalogue, *, files: Collection[str] = ()) -> Repaired:
    """Return the workflow with every fault mended that has one safe remedy.

    Safe are: the only output that fits, where a link leads nowhere, is missing or comes out of the wrong slot
    of its node; a link written with other types; a model file that moved to another folder; another letter
    case of a choice; the declared default of a missing value. What needs a decision stays as it is.

    A repaired workflow has no more errors than before, and repairing it again changes nothing.

    Args:
        workflow: Any JSON value, as for `check`.
        catalogue: The node classes of the server.
        files: As for `check`.
    """
    if not isinstance(workflow, Mapping):
        return Repaired(workflow=workflow)
    found = check(workflow, catalogue, files=files)
    errors = _errors(found)
    # A new link can wake a branch that nothing needed, with all its faults: then the values alone are mended.
    for kinds in ({**_LINKS, **_VALUES}, _VALUES):
        repaired = _Repair(workflow, catalogue).mend(found, kinds)
        if _errors(check(repaired.workflow, catalogue, files=files)) <= errors:
            return repaired
    return Repaired(workflow=workflow)


def _errors(findings: Collection[Finding]) -> int:
    return sum(each.severity == "error" for each in findings)


@dataclass(frozen=True, kw_only=True)
class _Fix:
    """A new value of an input, and why."""

    value: Any
    reason: str


class _Repair:
    """One repair of one workflow."""

    def __init__(self, workflow: Mapping[str, Any], catalogue: NodeCatalogue) -> None:
        self._survey = Survey(workflow, catalogue)
        self._workflow = dict(workflow)
        self._sources = {node_id: set(each) for node_id, each in self._survey.sources.items()}

    def mend(self, findings: Collection[Finding], kinds: Mapping[str, _Mend]) -> Repaired:
        changes = []
        for finding in findings:
            mend = kinds.get(finding.kind)
            node_id, name = finding.node_id, finding.input_name
            type = self._survey.types.get(node_id or "")
            if mend is None or node_id is None or name is None or type is None or name not in type.inputs:
                continue
            fix = mend(self, node_id, type.inputs[name], finding.received)
            if fix is None:
                continue
            node = self._workflow[node_id]
            self._workflow[node_id] = {**node, "inputs": {**node["inputs"], name: fix.value}}
            changes.append(
                Change(
                    node_id=node_id,
                    class_type=type.name,
                    input_name=name,
                    before=finding.received,
                    after=fix.value,
                    reason=fix.reason,
                )
            )
        return Repaired(workflow=self._workflow if changes else self._survey.workflow, changes=tuple(changes))

    def _link(self, node_id: str, wanted: InputType, link: Any) -> _Fix | None:
        return self._same_link(node_id, wanted, link) or self._only_output(node_id, wanted)

    def _missing(self, node_id: str, wanted: InputType, value: Any) -> _Fix | None:
        if wanted.default is not None and wanted.takes_literals and wanted.type != "*":
            return _Fix(value=wanted.default, reason="it is the default.")
        return None if wanted.widget else self._only_output(node_id, wanted)

    def _same_link(self, node_id: str, wanted: InputType, link: Any) -> _Fix | None:
        """Return the link that was written with other types or with more parts than it has."""
        if not isinstance(link, list) or len(link) < 2:
            return None
        source = wiring.as_id(link[0])
        slot = wiring.as_slot(link[1])
        type = self._survey.types.get(source) if source is not None else None
        if source is None or slot is None or type is None or slot >= len(type.outputs):
            return None
        if not fits(type.outputs[slot], wanted) or not self._connect(node_id, source):
            return None
        return _Fix(value=[source, slot], reason="a link is a node id as text and a slot as a number.")

    def _other_slot(self, node_id: str, wanted: InputType, link: Any) -> _Fix | None:
        """Return the only output of the same node that fits."""
        source = link[0]
        type = self._survey.types.get(source)
        slots = [slot for slot, each in enumerate(type.outputs if type else ()) if fits(each, wanted)]
        if len(slots) != 1 or not self._connect(node_id, source):
            return None
        reason = f"it is the only output of its node that gives {wanted.type}."
        return _Fix(value=[source, slots[0]], reason=reason)

    def _only_output(self, node_id: str, wanted: InputType) -> _Fix | None:
        if wanted.takes_literals:
            return None
        links = self._survey.links_for(wanted, node_id)
        if len(links) != 1 or not self._connect(node_id, links[0][0]):
            return None
        return _Fix(value=links[0], reason=f"it is the only output that gives {wanted.type}.")

    def _connect(self, node_id: str, source: str) -> bool:
        """Note a link, unless it would close a loop."""
        if node_id in wiring.needed_by([source], self._sources):
            return False
        self._sources[node_id].add(source)
        return True

    def _choice(self, node_id: str, wanted: InputType, value: Any) -> _Fix | None:
        if not isinstance(value, str):
            return None
        options = wanted.options or ()
        same = [
            each
            for each in options
            if isinstance(each, str) and each.strip().lower() == value.strip().lower()
        ]
        if len(same) == 1:
            return _Fix(value=same[0], reason="only letter case and blanks differ.")
        moved = same_file(value, options)
        return None if moved is None else _Fix(value=moved, reason="the file lies in another folder.")


_Mend = Callable[[_Repair, str, InputType, Any], _Fix | None]

_LINKS: Mapping[str, _Mend] = {
    "no_such_node": _Repair._link,
    "no_such_output": _Repair._link,
    "bad_linked_input": _Repair._link,
    "return_type_mismatch": _Repair._other_slot,
    "required_input_missing": _Repair._missing,
}
_VALUES: Mapping[str, _Mend] = {"value_not_in_list": _Repair._choice}
