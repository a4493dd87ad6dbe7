"""Importing does nothing, is cheap where it must be, and works on every system."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import atelier

SOURCE = Path(atelier.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))

#: What Windows does not have.
POSIX_ONLY = frozenset({"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"})

#: What `atelier --help` has no use for.
HEAVY = frozenset(
    {
        "PIL",
        "aiohttp",
        "asyncio",
        "fastapi",
        "numpy",
        "onnxruntime",
        "pydantic",
        "rich.console",
        "sqlite3",
        "starlette",
        "structlog",
    }
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_module_needs_a_library_that_windows_does_not_have(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for statement in tree.body:
        if isinstance(statement, ast.Import):
            names = {each.name.partition(".")[0] for each in statement.names}
        elif isinstance(statement, ast.ImportFrom):
            names = {str(statement.module).partition(".")[0]}
        else:
            continue
        assert not names & POSIX_ONLY


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys, contextlib, io\n"
        "from atelier.cli import main\n"
        "sys.argv = ['atelier', '--help']\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
        "    main()\n"
        "print('\\n'.join(sys.modules))\n"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not HEAVY & set(answer.stdout.split())


def test_the_engine_starts_without_loading_its_runtime() -> None:
    program = "import sys, atelier.engine.server.serve\nprint('\\n'.join(sys.modules))\n"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "onnxruntime" not in answer.stdout.split()
