"""The page about the store names every kind, key and reason that there is, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from atelier.credentials.copies import EnvCopy, LoginCopy, TokenCopy
from atelier.credentials.drift import Reason
from atelier.credentials.kind import Kind
from atelier.credentials.store import Store

PAGE = Path(__file__).parents[3] / "docs/reference/credentials.md"
GUIDE = Path(__file__).parents[3] / "docs/how-to/keep-credentials.md"


def first_column(heading: str) -> list[str]:
    section = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def test_every_kind_is_explained() -> None:
    assert first_column("Kinds") == [each.value for each in Kind]


def test_every_key_of_a_copy_is_explained() -> None:
    keys = {key for copy in (EnvCopy, TokenCopy, LoginCopy) for key in copy.model_fields}
    assert set(first_column("Keys of a copy")) == keys


def test_every_reason_is_explained() -> None:
    assert sorted(first_column("What `check` names")) == sorted(each.value for each in Reason)


def test_every_file_is_explained(tmp_path: Path) -> None:
    store = Store.create(tmp_path / ".secrets")
    store.put("a", "a value")
    assert {Path(each).name for each in first_column("Files")} == {
        each.name for each in store.folder.iterdir()
    }


def test_the_guide_s_list_of_copies_can_be_read() -> None:
    from atelier.credentials.copies import from_toml

    blocks = re.findall(r"```toml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert [len(from_toml(each, "guide")) for each in blocks] == [3, 1]
