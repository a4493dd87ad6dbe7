"""Tells what an import of a roster did, or would do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atelier.cli.reporter import Reporter


def tell_import(reporter: Reporter, imported: Mapping[str, Any]) -> None:
    """Tell it by account for what is new or different, and by number for the rest."""
    lines = []
    would = "would be " if imported["dry_run"] else ""
    lines += [f"class {name}: {would}made" for name in imported["classes_added"]]
    lines += [f"{name}: {would}added" for name in imported["added"]]
    lines += [f"{each['name']}: {', '.join(each['fields'])} {would}changed" for each in imported["changed"]]
    lines.append(
        f"{len(imported['added'])} new, {len(imported['changed'])} changed, "
        f"{len(imported['unchanged'])} as they were."
    )
    absent = imported["not_in_roster"]
    if absent:
        lines.append(f"Not in the roster, and left as they are: {', '.join(absent)}.")
    reporter.result("imported", "\n".join(lines), **imported)
