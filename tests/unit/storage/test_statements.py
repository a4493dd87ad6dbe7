"""Statements have a name and a reason, and every one of them is used."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

import atelier.storage.sqlite as sqlite
from atelier.storage.migrations import migrations
from atelier.storage.statements import parse, statements

PACKAGE = Path(sqlite.__file__).parent
SUBJECTS = sorted(path.stem for path in PACKAGE.glob("*.sql"))


def test_a_statement_is_found_under_its_name_without_its_reason() -> None:
    found = parse("-- one --\n-- Why.\n-- More of it.\nSELECT 1;\n\n-- two --\n-- Why.\nSELECT\n    2\n")
    assert found == {"one": "SELECT 1;", "two": "SELECT\n    2"}


def test_a_comment_within_a_statement_stays_there() -> None:
    assert parse("-- one --\n-- Why.\nSELECT 1\n-- and\n, 2") == {"one": "SELECT 1\n-- and\n, 2"}


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "SELECT 0;\n-- one --\n-- Why.\nSELECT 1",
        "-- one --\nSELECT 1",
        "-- one --\n-- Why.\n",
        "-- one --\n-- Why.\nSELECT 1\n-- two --\nSELECT 2",
        "-- one --\n-- Why.\nSELECT 1\n-- one --\n-- Why.\nSELECT 2",
    ],
)
def test_a_statement_without_name_reason_or_sql_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"statement|begin"):
        parse(text)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_statement_is_used_and_every_used_one_is_there(subject: str) -> None:
    source = (PACKAGE / f"{subject}.py").read_text(encoding="utf-8")
    used = set(re.findall(r'_sql\["(\w+)"\]', source)) | set(re.findall(r'_one\("(\w+)"', source))
    assert used == set(statements("atelier.storage.sqlite", subject))


def test_migrations_are_numbered_from_one() -> None:
    steps = migrations("atelier.storage.sqlite")
    assert [each.number for each in steps] == list(range(1, len(steps) + 1))
    assert steps[0].name == "first"


def test_a_gap_between_migrations_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "migrations").mkdir()
    for number in (1, 3):
        (tmp_path / "migrations" / f"{number:04}_step.sql").write_text("SELECT 1")
    monkeypatch.setattr(resources, "files", lambda _: tmp_path)
    with pytest.raises(ValueError, match="gaps"):
        migrations("anywhere")
