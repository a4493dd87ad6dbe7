"""The catalogue of Qwen nodes is whole, agrees with ComfyUI, and names native ways that exist."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from atelier.workflows.node_packs import QWEN_OCTOBER_2025, pack_of
from atelier.workflows.object_info import InputType, NodeCatalogue
from atelier.workflows.qwen_nodes import GROUPS, QWEN_NODES, NativeOrigin, PackOrigin, QwenNode
from atelier.workflows.qwen_nodes.node import OCTOBER, PACK

OBJECT_INFO = Path(__file__).parents[2] / "reference/comfyui/object_info-0.3.64.json"

#: Requirement R3.
NAMES_BY_GROUP = {
    "Model loading": "QwenVLCLIPLoader QwenImageDiTLoaderWrapper QwenVLTextEncoderLoaderWrapper"
    " QwenImageVAELoaderWrapper",
    "Text encoding": "TextEncodeQwenImageEdit TextEncodeQwenImageEditPlus QwenVLTextEncoder"
    " QwenVLTextEncoderAdvanced",
    "Sampling": "QwenImageSamplerNode QwenImageSamplerWithEdit QwenImageModelWithEdit",
    "Latents": "QwenVLEmptyLatent QwenVLImageToLatent QwenDebugLatents",
    "ControlNet and masks": "QwenImageDiffsynthControlnet QwenEliGenMaskPainter QwenEliGenEntityControl",
    "Templates": "QwenTemplateBuilder QwenTemplateConnector",
    "Tokens": "QwenTokenDebugger QwenTokenAnalyzer QwenSpatialTokenGenerator",
    "Processing": "QwenProcessorWrapper QwenProcessedToEmbedding QwenImageEncodeWrapper",
    "Utilities": "QwenLowresFixNode ModelMergeQwenImage",
    "Management": "QwenModelManagerWrapper",
}
NATIVE = {
    "TextEncodeQwenImageEdit",
    "TextEncodeQwenImageEditPlus",
    "QwenImageDiffsynthControlnet",
    "ModelMergeQwenImage",
}

#: What the catalogue states of an input; the page's own hints are the server's business.
FACTS = ("name", "type", "required", "default", "minimum", "maximum", "step", "options", "multiline")

each_node = pytest.mark.parametrize("node", QWEN_NODES.values(), ids=lambda node: node.name)


def facts(declared: InputType) -> dict[str, object]:
    return {name: getattr(declared, name) for name in FACTS}


@pytest.fixture(scope="module")
def server() -> NodeCatalogue:
    return NodeCatalogue.parse(json.loads(OBJECT_INFO.read_text(encoding="utf-8")))


def test_there_are_28_nodes_in_ten_groups() -> None:
    found = {group: [each.name for each in QWEN_NODES.values() if each.group == group] for group in GROUPS}
    assert found == {group: names.split() for group, names in NAMES_BY_GROUP.items()}
    assert len(QWEN_NODES) == 28
    assert len(GROUPS) == 10


def test_exactly_the_native_ones_are_on_a_server_without_packs(server: NodeCatalogue) -> None:
    assert {name for name in QWEN_NODES if name in server} == NATIVE
    assert {each.name for each in QWEN_NODES.values() if each.native} == NATIVE


@pytest.mark.parametrize("name", sorted(NATIVE))
def test_a_native_node_has_the_sockets_that_the_server_declares(name: str, server: NodeCatalogue) -> None:
    ours, theirs = QWEN_NODES[name].type, server.get(name)
    assert theirs is not None
    assert [facts(each) for each in ours.inputs.values()] == [facts(each) for each in theirs.inputs.values()]
    assert ours.outputs == theirs.outputs
    assert (ours.display_name, ours.category) == (theirs.display_name, theirs.category)
    assert (ours.output_node, ours.experimental) == (theirs.output_node, theirs.experimental)


@each_node
def test_the_native_way_names_only_classes_that_comfyui_has(node: QwenNode, server: NodeCatalogue) -> None:
    way = node.native_way
    assert way.nodes
    assert [each for each in way.nodes if each.partition(" (")[0] not in server] == []
    assert way.complete or way.note


@each_node
def test_wires_and_settings_are_of_the_nodes_of_the_native_way(node: QwenNode) -> None:
    way = node.native_way
    placed = {end for wire in way.wires for end in (wire.source, wire.target)}
    placed |= {place.rsplit(".", 1)[0] for place in way.settings}
    assert placed <= set(way.nodes)


@each_node
def test_each_wire_of_the_native_way_fits_both_sockets(node: QwenNode, server: NodeCatalogue) -> None:
    for wire in node.native_way.wires:
        source, target = server.get(wire.source_class), server.get(wire.target_class)
        assert source is not None
        assert target is not None
        given = {each.name: each.type for each in source.outputs}
        assert wire.output in given, f"{wire}: {source.name} gives {list(given)}"
        assert wire.input in target.inputs, f"{wire}: {target.name} takes {list(target.inputs)}"
        assert target.inputs[wire.input].types & {given[wire.output], "*"}, str(wire)


@each_node
def test_no_input_of_the_native_way_is_fed_twice(node: QwenNode) -> None:
    fed = [(wire.target, wire.input) for wire in node.native_way.wires]
    assert len(set(fed)) == len(fed)


@each_node
def test_each_setting_of_the_native_way_is_one_that_comfyui_takes(
    node: QwenNode, server: NodeCatalogue
) -> None:
    for place, value in node.native_way.settings.items():
        label, name = place.rsplit(".", 1)
        declared = server.get(label.partition(" (")[0])
        assert declared is not None
        kind = declared.inputs[name]
        if kind.options is not None:
            assert value in kind.options, place
        elif kind.minimum is not None and kind.maximum is not None:
            assert isinstance(value, (int, float))
            assert kind.minimum <= value <= kind.maximum, place
        else:
            assert kind.type == "STRING"


@each_node
def test_a_node_says_where_it_comes_from(node: QwenNode) -> None:
    origin = node.origin
    if isinstance(origin, NativeOrigin):
        assert re.fullmatch(r"0\.3\.\d+", origin.version)
        shas = [origin.commit.sha]
        assert pack_of(node.name) is None
    else:
        assert isinstance(origin, PackOrigin)
        shas = [origin.first.sha, origin.last.sha]
        assert origin.first.day <= OCTOBER.day <= origin.last.day
        gone, back = origin.away or (origin.first, origin.first)
        assert origin.first.day <= gone.day <= back.day <= OCTOBER.day
        shas += [gone.sha, back.sha]
        pack = pack_of(node.name)
        assert pack is not None
        assert pack.name == PACK
    assert all(re.fullmatch(r"[0-9a-f]{40}", sha) for sha in shas)


@each_node
def test_a_default_is_one_that_the_input_takes(node: QwenNode) -> None:
    for each in node.type.inputs.values():
        if each.options is not None and each.default is not None:
            assert each.default in each.options
        if each.minimum is not None and each.maximum is not None:
            assert each.minimum <= each.default <= each.maximum


def test_the_pack_was_read_at_one_commit() -> None:
    assert OCTOBER.sha == QWEN_OCTOBER_2025
    dropped = {
        each.name
        for each in QWEN_NODES.values()
        if isinstance(each.origin, PackOrigin) and each.origin.dropped
    }
    assert len(dropped) == 11
    assert {name for name in QWEN_NODES if name.endswith("Wrapper")} <= dropped
