"""The `atelier` command; nobody imports it.

What a command needs is imported when it runs, so that `atelier --help` stays quick.
"""

from __future__ import annotations

import io
import sys


def main() -> None:
    """Run the command line with this process's arguments, and exit with its status."""
    from atelier.cli.app import build_app

    for stream in (sys.stdout, sys.stderr):
        _let_say_anything(stream)
    build_app()()


def _let_say_anything(stream: object) -> None:
    """Let a stream take every character; one that is no terminal gets UTF-8, as JSON has to be."""
    # Windows gives pipes and files an old code page, in which most names of this world cannot be written.
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(
            encoding=stream.encoding if stream.isatty() else "utf-8", errors="backslashreplace"
        )
