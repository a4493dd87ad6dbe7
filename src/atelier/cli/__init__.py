"""The `atelier` command; nobody imports it.

What a command needs is imported when it runs, so that `atelier --help` stays quick.
"""

from __future__ import annotations


def main() -> None:
    """Run the command line with this process's arguments, and exit with its status."""
    from atelier.cli.app import build_app

    build_app()()
