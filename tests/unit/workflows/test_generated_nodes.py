"""The generated node classes are what the script writes, and what the server declares."""

from __future__ import annotations

from dataclasses import MISSING, fields
from importlib import import_module

import pytest

from atelier.workflows.graph import Node
from atelier.workflows.object_info import NodeCatalogue
from scripts.generate_nodes import MODULES, TARGET, modules
from tests.unit.workflows.reference_server import object_info

CLASSES = [
    pytest.param(getattr(import_module(f"atelier.workflows.nodes.{module}"), name), id=name)
    for module, (_, names) in MODULES.items()
    for name in names
]


def test_the_committed_modules_are_those_that_the_script_writes() -> None:
    written = modules()
    assert {path.name for path in TARGET.glob("*.py")} == set(written)
    for name, source in written.items():
        assert (TARGET / name).read_text(encoding="utf-8") == source, (
            f"{name} differs: python -m scripts.generate_nodes"
        )


@pytest.mark.parametrize("node_class", CLASSES)
def test_a_class_has_the_inputs_and_outputs_that_the_server_declares(node_class: type[Node[object]]) -> None:
    declared = NodeCatalogue.parse(object_info()).get(node_class.CLASS_TYPE)
    assert declared is not None
    inputs = {name: each for name, each in declared.inputs.items() if not each.hidden}
    assert {each.name for each in fields(node_class)} == set(inputs)
    assert len(declared.outputs) == node_class.OUTPUT_COUNT
    for each in fields(node_class):
        if each.default is MISSING:
            assert inputs[each.name].required
        elif inputs[each.name].required:
            assert each.default is not None
