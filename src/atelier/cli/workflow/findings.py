"""Tells what a check found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from atelier.errors import WorkflowFaulty

if TYPE_CHECKING:
    from atelier.cli.reporter import Reporter
    from atelier.findings import Finding


def tell_findings(reporter: Reporter, findings: Sequence[Finding], path: Path) -> None:
    """Print the findings.

    Raises:
        WorkflowFaulty: one of them is an error.
    """
    errors = sum(each.severity == "error" for each in findings)
    warnings = len(findings) - errors
    count = f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}"
    lines = [f"{each.severity}: {each}" for each in findings]
    reporter.result(
        "findings",
        "\n".join([*lines, f"{path}: {count}."]),
        path=str(path),
        errors=errors,
        warnings=warnings,
        findings=[asdict(each) for each in findings],
    )
    if errors:
        raise WorkflowFaulty(f"{path} would not run as it is: {count}. Try: atelier workflow repair {path}")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
