"""Writes what a command makes: into a file, or to standard output."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atelier.cli.saving import save

if TYPE_CHECKING:
    from atelier.cli.reporter import Reporter


def write_text(reporter: Reporter, name: str, text: str, out: Path | None, **data: Any) -> None:
    """Write text to `out` and tell where, or print it.

    Raises:
        UsageError: the file cannot be written.
    """
    if out is None:
        reporter.result(name, text, **data)
        return
    save(out, f"{text}\n".encode())
    reporter.result(name, str(out), path=str(out.absolute()), **data)


def write_json(reporter: Reporter, name: str, document: object, out: Path | None, **data: Any) -> None:
    """Write a JSON document to `out` and tell where, or print it; raises as `write_text`."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    write_text(reporter, name, text, out, document=document, **data)
