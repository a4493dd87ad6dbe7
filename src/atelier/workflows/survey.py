"""A workflow seen through the node classes of a server: what each node is, and what the outputs need."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

from atelier.workflows import wiring
from atelier.workflows.nearest import base_name, nearest
from atelier.workflows.object_info import InputType, NodeCatalogue, NodeType, OutputType

#: Outputs of one type that are looked at as places to link to.
_CONSIDERED = 20

#: Comparisons with choices in the search for near ones, for a workflow as a whole: a few tenths of a second.
_MOST_COMPARISONS = 50_000


class Survey:
    """A workflow with what a catalogue tells about its nodes; it stays as it is while this is used."""

    def __init__(
        self, workflow: Mapping[str, Any], catalogue: NodeCatalogue, files: Collection[str] = ()
    ) -> None:
        self.workflow = workflow
        self.catalogue = catalogue
        #: Files that the server has besides those that its lists offer.
        self.files = frozenset(files)
        #: None for a node whose class is not known, or not said.
        self.types: Mapping[str, NodeType | None] = {
            node_id: catalogue.get(wiring.class_of(node)) for node_id, node in workflow.items()
        }
        self.sources = wiring.sources(workflow)
        self._comparisons = 0
        self._place = {node_id: place for place, node_id in enumerate(workflow)}
        #: The nodes that keep results.
        self.outputs = [each for each, type in self.types.items() if type is not None and type.output_node]
        #: The nodes that run. Without outputs none does, and each is looked at as if it did.
        self.live = wiring.needed_by(self.outputs, self.sources) if self.outputs else set(workflow)

    @cached_property
    def made_types(self) -> frozenset[str]:
        """The types that nodes of the server give; others are edited by widgets of their own."""
        return frozenset(output.type for type in self.catalogue for output in type.outputs)

    @cached_property
    def offered_files(self) -> frozenset[str]:
        """The base names of all choices of the server's combos."""
        return frozenset(
            base_name(choice)
            for type in self.catalogue
            for each in type.inputs.values()
            for choice in each.options or ()
            if isinstance(choice, str)
        )

    @cached_property
    def _makers(self) -> Mapping[str, list[list[Any]]]:
        makers: dict[str, list[list[Any]]] = {}
        for node_id, type in self.types.items():
            for slot, output in enumerate(type.outputs if type else ()):
                for kind in output.types:
                    known = makers.setdefault(kind, [])
                    if len(known) < _CONSIDERED:
                        known.append([node_id, slot])
        return makers

    def links_for(self, wanted: InputType, node_id: str, *, first: object = None) -> list[list[Any]]:
        """Return some links to outputs of other nodes that fit an input, those of one node first."""
        kinds = dict.fromkeys((*sorted(wanted.types), "*"))
        found = {(source, slot) for kind in kinds for source, slot in self._makers.get(kind, ())}
        others = (list(each) for each in found if each[0] != node_id)
        return sorted(others, key=lambda each: (each[0] != first, self._place[each[0]], each[1]))

    def nearest(self, value: object, choices: Collection[object]) -> object:
        """Return the choice most like a value; None where none is, or after very many questions."""
        self._comparisons += len(choices)
        return nearest(value, choices) if self._comparisons <= _MOST_COMPARISONS else None


def fits(given: OutputType, wanted: InputType) -> bool:
    """Return whether an output fits an input; either may name several types, or any with `*`."""
    if given.type == "*" or wanted.type == "*":
        return True
    if "COMBO" in (given.type, wanted.type) and given.options != wanted.options:
        # The old dialect compares the lists themselves; the new one only the word.
        return given.type == wanted.type and given.options is None and wanted.dialect == "new"
    return given.type == wanted.type or not wanted.types.isdisjoint(given.types)
