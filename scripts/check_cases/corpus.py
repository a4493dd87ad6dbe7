"""All cases, in a fixed order."""

from __future__ import annotations

from scripts.check_cases import files, links, running, structure, templates, values
from scripts.check_cases.case import Case


def corpus() -> list[Case]:
    """Return every case; no two have one name.

    Raises:
        ValueError: two have.
    """
    cases = [
        case for theme in (structure, links, values, files, running, templates) for case in theme.cases()
    ]
    names = [case.name for case in cases]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"two cases have the name {', '.join(sorted(twice))}")
    return cases
