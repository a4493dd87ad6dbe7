"""The page about the Qwen nodes says what the catalogue says, and its links lead somewhere."""

from __future__ import annotations

import re

from atelier.workflows.qwen_nodes import GROUPS, QWEN_NODES
from scripts.write_qwen_nodes_page import PAGE, page

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_and_the_catalogue_agree() -> None:
    assert page() == TEXT, "run: python -m scripts.write_qwen_nodes_page"


def test_every_node_has_a_section_in_its_group() -> None:
    headings = re.findall(r"^##+ (.+)$", TEXT, flags=re.MULTILINE)
    expected = [
        each
        for group in GROUPS
        for each in (group, *(node.name for node in QWEN_NODES.values() if node.group == group))
    ]
    assert headings[: len(expected)] == expected


def test_no_link_is_broken() -> None:
    anchors = {
        heading.lower().replace(" ", "-") for heading in re.findall(r"^##+ (.+)$", TEXT, flags=re.MULTILINE)
    }
    targets = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert {each[1:] for each in targets if each.startswith("#")} <= anchors
    outside = {each for each in targets if not each.startswith("#")}
    assert outside
    assert all(
        re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+(/(blob|commit)/[0-9a-f]{40}(/[\w./-]+)?)?", each)
        for each in outside
    )


def test_every_table_row_has_as_many_cells_as_its_head() -> None:
    head = 0
    for line in TEXT.splitlines():
        if not line.startswith("|"):
            head = 0
            continue
        cells = len(re.findall(r"(?<!\\)\|", line))
        head = head or cells
        assert cells == head, line
