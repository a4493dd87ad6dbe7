"""Imports point one way: each room sees only the rooms that the architecture names."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import atelier

SOURCE = Path(atelier.__file__).parent

BASE = frozenset({"findings", "errors", "schemas"})
#: What each room may import, besides itself (docs/explanation/architecture.md).
MAY_IMPORT: dict[str, frozenset[str]] = {
    "findings": frozenset(),
    "errors": frozenset({"findings"}),
    "schemas": frozenset({"findings", "errors"}),
    "workflows": BASE,
    "engine": BASE | {"workflows"},
    "client": BASE | {"workflows"},
    "providers": BASE | {"workflows", "client"},
    "storage": BASE,
    "worker": BASE | {"workflows", "client", "providers", "storage"},
    "gateway": BASE | {"workflows", "client", "providers", "storage", "worker"},
    "credentials": BASE,
    "deploy": BASE | {"workflows", "credentials"},
    "verify": BASE | {"workflows", "client", "credentials"},
    "setup": BASE | {"workflows", "client", "credentials", "deploy", "verify"},
    "cli": BASE
    | {"workflows", "engine", "client", "providers", "storage", "worker", "gateway"}
    | {"credentials", "deploy", "verify", "setup"},
    "__main__": frozenset({"cli"}),
    "__init__": frozenset(),
}


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    rooms: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively; name the room"
            names = [
                f"{node.module}.{each.name}" if node.module == "atelier" else str(node.module)
                for each in node.names
            ]
        elif isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        else:
            continue
        rooms |= {name.split(".")[1] for name in names if name.startswith("atelier.")}
    return rooms - {"__version__"}


FILES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_room_imports_only_what_the_architecture_allows(path: Path) -> None:
    room = room_of(path)
    assert imported_rooms(path) - {room} <= MAY_IMPORT[room]


def test_every_room_is_named_in_the_table() -> None:
    assert {room_of(path) for path in FILES} <= set(MAY_IMPORT)
