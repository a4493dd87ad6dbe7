"""The reference pages of the service say what the tables say."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from atelier.gateway.config import Config
from atelier.gateway.config_file import read_config
from atelier.gateway.node_table import GROUPS
from atelier.gateway.scopes import SCOPES
from scripts.write_service_pages import REFERENCE, pages


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_a_page_is_as_the_tables_are(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == pages()[path], "run: python -m scripts.write_service_pages"


def test_every_key_scope_and_class_is_named() -> None:
    configuration, scopes, policy = (
        (REFERENCE / name).read_text(encoding="utf-8")
        for name in ("configuration.md", "scopes.md", "policy.md")
    )

    def keys(section: type) -> set[str]:
        found: set[str] = set()
        for name, field in section.model_fields.items():  # type: ignore[attr-defined]
            found |= keys(field.annotation) if hasattr(field.annotation, "model_fields") else {name}
        return found

    for key in keys(Config) - {"engines"}:
        assert f"| `{key}` |" in configuration, key
    assert all(f"| `{scope}` |" in scopes for scope in SCOPES)
    assert all(f"`{name}`" in policy for group in GROUPS for name in group.classes)


def test_the_example_in_the_page_can_be_read(tmp_path: Path) -> None:
    text = (REFERENCE / "configuration.md").read_text(encoding="utf-8")
    example = text.partition("```toml\n")[2].partition("```")[0]
    assert tomllib.loads(example)
    file = tmp_path / "atelier.toml"
    file.write_text(example, encoding="utf-8")
    assert read_config(file).engines[0].name == "gpu-1"
