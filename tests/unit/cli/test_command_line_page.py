"""The page about the command line names every command and option that there is, and no other."""

from __future__ import annotations

import re

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
