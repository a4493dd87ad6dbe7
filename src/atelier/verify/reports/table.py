"""A report as a table on a terminal."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from atelier.verify.report import Report

_STYLES = {"passed": "green", "failed": "bold red", "skipped": "dim"}


def table(report: Report) -> Table:
    """Return the table: what failed with its reason and remedy, what passed or was skipped in one line."""
    shown = Table(box=None, pad_edge=False, show_header=False, expand=True)
    shown.add_column(no_wrap=True)
    shown.add_column(ratio=1)
    shown.add_column(justify="right", no_wrap=True)
    for each in report.results:
        what = Text(each.text, style=_STYLES[each.verdict] if each.verdict == "skipped" else "")
        if each.verdict == "failed":
            what.append(f"\n{each.reason}", style="red")
            what.append(f"\n{each.remedy}")
        elif each.verdict == "skipped":
            what.append(f" ({each.reason})")
        shown.add_row(Text(each.verdict, style=_STYLES[each.verdict]), what, f"{each.seconds:.2f} s")
    return shown
