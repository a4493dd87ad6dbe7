"""The pages about the proof say what the code does."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import atelier.verify
from atelier.verify.code import CODES
from atelier.verify.diagnosis.patterns import PATTERNS
from atelier.verify.report import SCHEMA, Report
from scripts.write_claims_page import PAGE, page

HOW_TO = PAGE.parents[1] / "how-to/verify.md"


def test_the_page_of_claims_is_the_one_that_the_code_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m scripts.write_claims_page"


def test_the_schema_of_the_json_report_is_documented() -> None:
    text = HOW_TO.read_text(encoding="utf-8")
    assert f"`schema_version` | {SCHEMA}" in text
    documented = set(re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE))
    assert documented >= set(Report.model_fields) | {"counts", "score"}


def codes_in_the_source() -> set[str]:
    """Return every string of the room's source that is a code."""
    found = set()
    for path in Path(atelier.verify.__file__).parent.rglob("*.py"):
        if path.name in ("code.py", "patterns.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found & set(CODES)


def test_every_code_that_is_explained_is_used_and_has_a_cause() -> None:
    used = codes_in_the_source()
    assert set(CODES) - used == set()
    signs = {sign for each in PATTERNS for sign in each.signs}
    assert signs <= set(CODES)
    # What breaks a check is a fault of ours, and of no deployment.
    assert set(CODES) - signs <= {"unexpected", "no-evidence", "forbidden", "not-found"}


def test_causes_have_names_of_their_own() -> None:
    assert len({each.id for each in PATTERNS}) == len(PATTERNS)
    for each in PATTERNS:
        assert each.title.endswith(".")
        assert each.remedy.endswith((".", ")"))
