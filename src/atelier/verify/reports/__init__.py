"""A report in the forms that people and programs read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from atelier.errors import UsageError
from atelier.verify.report import Report
from atelier.verify.reports.html import html
from atelier.verify.reports.junit import junit
from atelier.verify.reports.markdown import markdown


def _json(report: Report) -> str:
    return json.dumps(report.document(), ensure_ascii=False, indent=1) + "\n"


#: Suffix to what writes it.
FORMS: Mapping[str, Callable[[Report], str]] = {
    ".json": _json,
    ".md": markdown,
    ".html": html,
    ".xml": junit,
}


def require_form(path: Path) -> None:
    """Return if a report can be written under this name.

    Raises:
        UsageError: its suffix says no known form.
    """
    if path.suffix.lower() not in FORMS:
        raise UsageError(
            f"{path.name}: a report is written as {', '.join(FORMS)} (JUnit), by the file's suffix."
        )


def write_report(report: Report, path: Path) -> None:
    """Write a report in the form that the suffix says; the file is replaced whole, or not at all.

    Raises:
        UsageError: the suffix says no known form, or the file cannot be written.
    """
    require_form(path)
    text = FORMS[path.suffix.lower()](report)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.part")
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}.") from error
