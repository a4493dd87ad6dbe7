"""The documented exit statuses are those of the error classes."""

from __future__ import annotations

import re
from pathlib import Path

import atelier.errors as errors

PAGE = Path(__file__).parents[2] / "docs/reference/exit-statuses.md"


def every_error() -> dict[str, int]:
    found, waiting = {}, [errors.AtelierError]
    while waiting:
        kind = waiting.pop()
        found[kind.__name__] = kind.exit_status
        waiting += kind.__subclasses__()
    return found


def test_every_error_stands_in_the_row_of_its_exit_status() -> None:
    documented: dict[str, int] = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if row := re.match(r"\| (\d+) \|", line):
            documented |= dict.fromkeys(re.findall(r"`(\w+)`", line), int(row[1]))
    assert documented == every_error()


def test_every_error_stands_in_the_drawn_tree() -> None:
    drawn = set(re.findall(r"[├└]── (\w+)", errors.__doc__ or "")) | {"AtelierError"}
    assert drawn == set(every_error())
