"""Checks one node of a workflow: its class, its inputs, its links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from atelier.findings import Finding, Severity
from atelier.workflows import remedies, wiring
from atelier.workflows.literals import fault_of
from atelier.workflows.missing_class import way_to_get
from atelier.workflows.nesting import is_deeper
from atelier.workflows.object_info import InputType, NodeType, OutputType
from atelier.workflows.remedies import Remedy, shown
from atelier.workflows.survey import Survey, fits

#: What matters even in a node that nothing needs: the server refuses the workflow, or its worker ends, as it
#: looks at the inputs of every node and at every chain before it runs the first (ComfyUI 0.3.64).
MATTERS_ANYWHERE = frozenset(
    {
        "invalid_prompt",
        "missing_class_type",
        "unknown_class",
        "missing_inputs",
        "chain_too_long",
    }
)


#: Levels of objects and lists in a node that ComfyUI's worker survives: it copies them by recursion.
_DEEPEST = 400


class NodeCheck:
    """The check of one node, and what it found."""

    def __init__(self, node_id: str, survey: Survey) -> None:
        self._id = node_id
        self._survey = survey
        self._node = survey.workflow[node_id]
        self.findings: list[Finding] = []

    def check(self) -> None:
        """Look at everything that can be seen at the node itself."""
        if is_deeper(self._node, _DEEPEST):
            message = f"Its values are nested deeper than {_DEEPEST} levels, which ends the server's worker."
            self.add("nested_too_deep", message, Remedy(fix="Remove what is nested so deep."))
        type = self._survey.types[self._id]
        if type is None:
            self._check_class()
        else:
            self._check_node(type)

    def add(
        self,
        kind: str,
        message: str,
        remedy: Remedy,
        *,
        severity: Severity = "error",
        input_name: str | None = None,
        received: object = None,
    ) -> None:
        """Add a finding; where nothing needs the node the server does not look, and it is a warning."""
        if severity == "error" and self._id not in self._survey.live and kind not in MATTERS_ANYWHERE:
            severity = "warning"
        self.findings.append(
            Finding(
                kind=kind,
                message=message,
                severity=severity,
                node_id=self._id,
                title=wiring.title_of(self._node),
                class_type=wiring.class_of(self._node),
                input_name=input_name,
                received=received,
                nearest=remedy.nearest,
                fix=remedy.fix,
            )
        )

    # --- the node as a whole -------------------------------------------------------------------------------

    def _check_class(self) -> None:
        node = self._node
        export = "export the workflow in API format"
        if not isinstance(node, Mapping):
            message = f"A node is an object with class_type and inputs, not {shown(node)}."
            self.add("invalid_prompt", message, Remedy(fix=f"Remove it, or {export}."))
            return
        name = node.get("class_type")
        if not isinstance(name, str):
            message = "It has no class_type." if "class_type" not in node else "Its class_type is no name."
            self.add("missing_class_type", message, Remedy(fix=f"Give the node a class_type, or {export}."))
            return
        near = self._survey.nearest(name, self._survey.catalogue.names)
        guess = "" if near is None else f"use {near}, or "
        way = way_to_get(name) or f"{guess}install the node pack that brings it"
        self.add(
            "unknown_class",
            f"The server has no node class {shown(name)}.",
            Remedy(fix=f"{way[0].upper()}{way[1:]}.", nearest=near),
            received=name,
        )

    def _check_node(self, type: NodeType) -> None:
        if self._id not in self._survey.live:
            self.add(
                "dead_branch",
                "No output needs it: the server leaves it out.",
                Remedy(fix="Connect it to an output, or remove it."),
            )
        if type.deprecated:
            self.add(
                "deprecated_class",
                "The server calls this node class deprecated: a later version may not have it.",
                Remedy(fix="Look for its successor among the server's nodes."),
                severity="warning",
            )
        inputs = self._node.get("inputs")
        if not isinstance(inputs, Mapping):
            has = "It has no inputs." if "inputs" not in self._node else f"Its inputs are {shown(inputs)}."
            fix = Remedy(fix='Give the node its "inputs", {} if it has none.', nearest={})
            self.add("missing_inputs", has, fix)
            return
        strangers = [each for each in inputs if each not in type.inputs]
        for name, wanted in type.inputs.items():
            if wanted.hidden:
                if name in inputs:
                    self._check_hidden(name, inputs[name])
            elif name in inputs:
                self._check_input(type, wanted, inputs[name])
            elif wanted.required:
                self._check_missing(wanted, strangers)
        for name in strangers:
            self._check_stranger(type, name, inputs[name])

    # --- one input -----------------------------------------------------------------------------------------

    def _check_missing(self, wanted: InputType, strangers: list[str]) -> None:
        remedy = remedies.missing(wanted, self._survey.links_for(wanted, self._id))
        meant = self._survey.nearest(wanted.name, strangers)
        if meant is not None:
            remedy = replace(remedy, fix=f"Rename {shown(meant)} to {wanted.name}.")
        self.add("required_input_missing", "The input is missing.", remedy, input_name=wanted.name)

    def _check_input(self, type: NodeType, wanted: InputType, value: Any) -> None:
        if isinstance(value, list):
            self._check_link(wanted, value)
        elif not self._takes_literals(wanted, value):
            # Where the server converts nothing it puts the wrapped link in place, and does not check it.
            inner = wiring.unwrapped(value)
            if wiring.is_link(inner):
                self._check_link(wanted, inner)
                return
            self.add(
                "literal_in_link",
                f"{shown(value)} stands where a link has to be: the server takes it, and the node fails.",
                remedies.connect(wanted, self._survey.links_for(wanted, self._id)),
                input_name=wanted.name,
                received=value,
            )
        else:
            fault = fault_of(value, wanted, type.name, self._survey.files, self._survey.nearest)
            if fault is not None:
                self.add(
                    fault.kind,
                    fault.message,
                    fault.remedy,
                    severity=fault.severity,
                    input_name=wanted.name,
                    received=value,
                )

    def _takes_literals(self, wanted: InputType, value: object) -> bool:
        if wanted.takes_literals or (value is None and not wanted.required):
            return True
        # A type that no node gives is one that the page edits by a widget of its own, such as WEBCAM.
        return wanted.types.isdisjoint(self._survey.made_types)

    def _check_link(self, wanted: InputType, link: list[Any]) -> None:
        if len(link) != 2:
            self.add(
                "bad_linked_input",
                f"{shown(link)} is no link: a list stands for one, and has two parts.",
                remedies.bad_link_shape(link, self._survey.links_for(wanted, self._id)),
                input_name=wanted.name,
                received=link,
            )
            return
        given = self._output(wanted.name, link, wanted)
        if given is not None and not fits(given, wanted):
            self.add(
                "return_type_mismatch",
                f"It takes {wanted.type}, and output {shown(link[1])} of node {link[0]} gives {given.type}.",
                remedies.connect(wanted, self._survey.links_for(wanted, self._id, first=link[0])),
                input_name=wanted.name,
                received=link,
            )

    def _output(self, name: str, link: list[Any], wanted: InputType | None = None) -> OutputType | None:
        """Return the output that a link of two parts leads to; None for none, and for one not known.

        Args:
            name: The input.
            link: Its value.
            wanted: Its declaration, where the class has one.
        """
        source, slot = link
        outputs = None
        if isinstance(source, str) and source in self._survey.workflow:
            type = self._survey.types[source]
            if type is None:
                return None
            outputs = len(type.outputs)
            if isinstance(slot, int) and -outputs <= slot < outputs:
                if slot < 0:
                    self._warn_of_negative_slot(name, source, slot, outputs)
                return type.outputs[slot]
            kind, message = "no_such_output", f"Node {source} has no output {shown(slot)}."
        else:
            kind, message = "no_such_node", f"It links to node {shown(source)}, which is not there."
        self.add(
            kind,
            message,
            remedies.dead_link(
                link,
                self._survey.workflow,
                outputs,
                () if wanted is None else self._survey.links_for(wanted, self._id),
                self._survey.nearest,
            ),
            input_name=name,
            received=link,
        )
        return None

    def _warn_of_negative_slot(self, name: str, source: str, slot: int, outputs: int) -> None:
        instead = [source, slot + outputs]
        self.add(
            "negative_slot",
            f"Output {slot} of node {source} is counted from the end, which not every server does.",
            Remedy(fix=f"Write {shown(instead)}.", nearest=instead),
            severity="warning",
            input_name=name,
            received=[source, slot],
        )

    def _check_hidden(self, name: str, value: Any) -> None:
        linked = wiring.is_link(value)
        self.add(
            "hidden_input",
            "The server fills this input itself"
            + (", and the node fails on a link to it." if linked else "."),
            Remedy(fix="Remove it."),
            severity="error" if linked else "warning",
            input_name=name,
            received=value,
        )

    def _check_stranger(self, type: NodeType, name: str, value: Any) -> None:
        linked = wiring.is_link(value)
        if linked and value[0] not in self._survey.workflow:
            self._output(name, value)
            return
        near = self._survey.nearest(name, [each for each, wanted in type.inputs.items() if not wanted.hidden])
        # A node of ComfyUI itself takes what it declares; one of a pack may take whatever comes.
        fails = linked and type.native
        if fails:
            message = "The class has no such input, and the node fails on a link to it."
        elif linked:
            message = "The class declares no such input; the node may fail on a link to it."
        else:
            message = "The class has no such input: the server leaves the value out."
        self.add(
            "unknown_input",
            message,
            Remedy(fix="Remove it." if near is None else f"Call it {near}, or remove it.", nearest=near),
            severity="error" if fails else "warning",
            input_name=name,
            received=value,
        )
