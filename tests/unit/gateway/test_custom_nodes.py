"""What custom nodes may be told that an admin allowed by name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from atelier.gateway.custom_nodes import leads_elsewhere
from atelier.gateway.policy import judge
from atelier.gateway.rules import BOUNDS, Rules
from atelier.storage.account import Role
from atelier.workflows.object_info import NodeCatalogue
from tests.unit.workflows.reference_server import object_info

CUSTOM = {
    "Reader": {
        "input": {
            "required": {"path": ["STRING", {}]},
            "optional": {
                "list": ["STRING", {"multiline": True}],
                "picture": [["a.png"], {"image_upload": True}],
            },
        },
        "output": ["IMAGE"],
        "output_name": ["IMAGE"],
        "python_module": "custom_nodes.reader",
    },
    "Styler": {
        "input": {"required": {"text": ["STRING", {}]}},
        "output": ["STRING"],
        "output_name": ["STRING"],
        "python_module": "custom_nodes.styler",
    },
}
CATALOGUE = NodeCatalogue.parse(object_info() | CUSTOM)
STUDENT = Rules(role=Role.STUDENT, allow=frozenset(CUSTOM), refuse=frozenset(), bounds=BOUNDS[Role.STUDENT])

ELSEWHERE = [
    "/etc/passwd",
    " '/etc/passwd'",
    "~/secret.png",
    "C:\\Users\\a.png",
    "\\\\host\\share",
    "../../secret.png",
    "a/../../b",
    "a\\..\\b",
    "http://169.254.169.254/",
    "file:///etc/passwd",
    "a cat\nhttps://example.org/a.png",
    "atelier/somebody/a.png",
    "Atelier",
]
HERE = [
    "a red fox",
    "fox.png",
    "sketches/fox.png",
    "1/2 of a fox...",
    "a: b, c; d",
    "",
    "an atelier in Paris",
]


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def reading(value: object, **further: Any) -> dict[str, Any]:
    return {"1": node("Reader", path=value), "2": node("PreviewImage", images=["1", 0]), **further}


def found(workflow: dict[str, Any], rules: Rules = STUDENT) -> list[tuple[str | None, str | None, str]]:
    findings = judge(workflow, CATALOGUE, rules, files=()).findings
    return [(each.node_id, each.input_name, each.kind) for each in findings]


REFUSED = [("1", "path", "text_not_allowed")]


@pytest.mark.parametrize("text", ELSEWHERE)
def test_a_text_that_leads_elsewhere_is_refused(text: str) -> None:
    assert leads_elsewhere(text)
    assert found(reading(text)) == REFUSED
    assert found(reading({"__value__": ["fox", {"deep": [text]}]})) == REFUSED


@pytest.mark.parametrize("text", HERE)
def test_any_other_text_is_taken(text: str) -> None:
    assert not leads_elsewhere(text)
    assert found(reading(text)) == []


@pytest.mark.parametrize("role", Role)
def test_only_whoever_runs_the_service_may_name_any_place(role: Role) -> None:
    rules = replace(STUDENT, role=role)
    assert found(reading("/data/pictures"), rules) == ([] if role is Role.ADMIN else REFUSED)


def test_a_text_is_followed_to_where_it_was_written() -> None:
    written = node("PrimitiveString", value="fox.png")
    assert found(reading(["3", 0], **{"3": written})) == []
    assert found(reading(["3", 0], **{"3": node("PrimitiveStringMultiline", value="/etc/passwd")})) == REFUSED
    relayed = {"3": node("PrimitiveString", value=["4", 0]), "4": node("PrimitiveString", value="../x")}
    assert found(reading(["3", 0], **relayed)) == REFUSED
    round_about = {"3": node("PrimitiveString", value=["4", 0]), "4": node("PrimitiveString", value=["3", 0])}
    assert found(reading(["3", 0], **round_about)) == REFUSED


def test_a_text_that_is_made_on_the_way_is_refused() -> None:
    made = node("StringSubstring", string="x/etc/passwd", start=1, end=20)
    assert found(reading(["3", 0], **{"3": made})) == REFUSED


def test_what_another_allowed_node_gives_was_allowed_with_it() -> None:
    assert found(reading(["3", 0], **{"3": node("Styler", text="a fox")})) == []
    assert found(reading(["3", 0], **{"3": node("Styler", text="/etc")})) == [
        ("3", "text", "text_not_allowed")
    ]


def test_a_file_that_the_node_declares_is_looked_at_as_a_file() -> None:
    workflow = reading("fox")
    workflow["1"]["inputs"]["picture"] = "/secret.png"
    assert found(workflow) == [("1", "picture", "custom_validation_failed")]


def test_pictures_and_texts_of_comfyuis_own_nodes_are_left_alone() -> None:
    workflow = {
        "1": node("EmptyImage", width=8, height=8, batch_size=1, color=0),
        "2": node("PreviewAny", source="/not/read/by/anybody"),
    }
    assert found(workflow) == []
