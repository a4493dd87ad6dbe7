"""Reading a server's node classes."""

from __future__ import annotations

import json
from typing import Any

from atelier.workflows.object_info import NodeCatalogue
from tests.unit.workflows.check_corpus import REFERENCE

DOCUMENT: dict[str, Any] = json.loads((REFERENCE / "object_info-0.3.64.json").read_text(encoding="utf-8"))
CATALOGUE = NodeCatalogue.parse(DOCUMENT)


def declared(config: Any) -> Any:
    (node,) = NodeCatalogue.parse({"A": {"input": {"required": {"x": config}}}})
    return node.inputs["x"]


def test_every_class_of_the_server_is_read() -> None:
    assert CATALOGUE.names == tuple(DOCUMENT)
    assert len(CATALOGUE) == 383


def test_an_input_has_its_range_default_and_widgets() -> None:
    sampler = CATALOGUE.get("KSampler")
    assert sampler is not None
    seed = sampler.inputs["seed"]
    assert (seed.type, seed.minimum, seed.maximum, seed.default) == ("INT", 0, 2**64 - 1, 0)
    assert seed.control_after_generate
    assert seed.widget
    assert seed.required
    assert sampler.inputs["model"].widget is False


def test_inputs_stand_in_the_order_of_the_page() -> None:
    sampler = CATALOGUE.get("KSampler")
    assert sampler is not None
    assert list(sampler.inputs)[:4] == ["model", "seed", "steps", "cfg"]


def test_both_dialects_of_combos_give_their_options() -> None:
    old, new = declared([["a", "b"], {}]), declared(["COMBO", {"options": ["a", "b"]}])
    assert old.options == new.options == ("a", "b")
    assert old.type == new.type == "COMBO"
    assert (old.dialect, new.dialect) == ("old", "new")


def test_a_combo_that_the_page_fills_from_elsewhere_has_no_options() -> None:
    assert declared(["COMBO", {"remote": {"route": "/x"}}]).options is None
    assert declared([[], {}]).options == ()


def test_an_upload_names_its_kind_and_folder() -> None:
    load, shown = CATALOGUE.get("LoadImage"), CATALOGUE.get("LoadImageOutput")
    assert load is not None
    assert shown is not None
    assert (load.inputs["image"].upload, load.inputs["image"].upload_folder) == ("image", "input")
    assert (shown.inputs["image"].upload, shown.inputs["image"].upload_folder) == ("image", "output")


def test_hidden_inputs_are_marked() -> None:
    save = CATALOGUE.get("SaveImage")
    assert save is not None
    assert save.inputs["prompt"].hidden
    assert not save.inputs["prompt"].required
    assert save.output_node


def test_odd_entries_are_read_as_far_as_they_go() -> None:
    document = {
        "Nothing": None,
        "Empty": {},
        "Odd": {"input": {"required": {"a": [], "b": "STRING", "c": 5, "d": [["x"]], "e": ["INT", 7]}}},
    }
    catalogue = NodeCatalogue.parse(document)
    assert catalogue.names == ("Empty", "Odd")
    odd = catalogue.get("Odd")
    assert odd is not None
    assert {name: each.type for name, each in odd.inputs.items()} == {
        "a": "*",
        "b": "STRING",
        "c": "*",
        "d": "COMBO",
        "e": "INT",
    }


def test_what_is_no_name_is_no_class() -> None:
    assert CATALOGUE.get(["KSampler"]) is None
    assert None not in CATALOGUE
    assert "KSampler" in CATALOGUE
