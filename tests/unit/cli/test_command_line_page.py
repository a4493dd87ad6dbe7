"""The page about the command line names every command and option that there is, and no other."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import atelier.cli
from atelier.cli.app import build_app
from scripts.write_command_line_page import PAGE, command_help, command_names


def options_in(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))


def test_the_page_has_a_section_for_each_command_with_its_options() -> None:
    app = build_app()
    _, *sections = re.split(r"^## atelier ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    documented = {section.partition("\n")[0]: options_in(section) for section in sections}
    assert documented == {name: options_in(command_help(app, name)) for name in command_names(app)}, (
        "run: python -m scripts.write_command_line_page"
    )


def events_told() -> set[str]:
    """Return the event names that the command line's source has."""
    #: Position of the name among the arguments.
    tellers = {"event": 0, "remark": 0, "result": 0, "_print_json": 0, "write_text": 1, "write_json": 1}
    found = set()
    for path in Path(atelier.cli.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            function = call.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            at = tellers.get(name)
            if at is not None and len(call.args) > at and isinstance(said := call.args[at], ast.Constant):
                found.add(str(said.value))
    return found


def test_the_page_names_every_event() -> None:
    introduction = PAGE.read_text(encoding="utf-8").partition("## atelier ")[0]
    assert set(re.findall(r"`([a-z_]+)`", introduction)) == events_told() | {"event"}
