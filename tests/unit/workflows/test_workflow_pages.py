"""The pages of the workflow library say what the code says."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from PIL import Image

from atelier.workflows.library import LIBRARY
from atelier.workflows.library_workflow import LibraryWorkflow
from atelier.workflows.model_sets import NANO
from scripts.write_workflow_pages import FOLDER, pages

COMMAND = "python -m scripts.write_workflow_pages"


def test_the_pages_are_those_that_the_script_writes() -> None:
    written = pages()
    assert {path.name for path in FOLDER.glob("*.md")} == set(written), f"run: {COMMAND}"
    for name, text in written.items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, f"{name} differs; run: {COMMAND}"


def test_every_workflow_has_a_picture_and_no_other_is_there() -> None:
    folder = FOLDER / "pictures"
    assert {path.name for path in folder.iterdir()} == {f"{each.name}.png" for each in LIBRARY}
    for path in folder.iterdir():
        assert path.stat().st_size < 200_000
        with Image.open(path) as picture:
            assert picture.height in range(NANO.height, NANO.max_side + 1)


@pytest.mark.parametrize("each", LIBRARY, ids=lambda each: each.name)
def test_the_python_of_a_page_gives_its_json(each: LibraryWorkflow) -> None:
    page = (FOLDER / f"{each.name}.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"^```(python|json)\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL))
    names: dict[str, Any] = {}
    exec(blocks["python"], names)
    assert names["workflow"] == json.loads(blocks["json"])


def test_every_parameter_and_trouble_is_on_the_page() -> None:
    for each in LIBRARY:
        page = (FOLDER / f"{each.name}.md").read_text(encoding="utf-8")
        for parameter in each.parameters:
            assert f"| `{parameter.name}` | {parameter.purpose} |" in page
        for trouble in each.troubles:
            assert f"| {trouble.symptom} | {trouble.cause} | {trouble.remedy} |" in page
