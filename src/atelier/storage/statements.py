"""Named SQL statements, each with its reason, from `.sql` files that the package carries.

-- claim --
-- Why it is as it is; may have several lines.
UPDATE ...
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

_HEAD = re.compile(r"^-- (\w+) --\n((?:--[^\n]*\n)+)", re.MULTILINE | re.ASCII)


@cache
def statements(package: str, subject: str) -> Mapping[str, str]:
    """Return the statements of `<subject>.sql` in a package, by name."""
    return parse(resources.files(package).joinpath(f"{subject}.sql").read_text(encoding="utf-8"))


def parse(text: str) -> Mapping[str, str]:
    """Return the statements of a file's text, by name.

    Raises:
        ValueError: a statement has no reason or no SQL, a name stands twice, or something stands before the
            first name.
    """
    heads = list(_HEAD.finditer(text))
    if text[: heads[0].start() if heads else None].strip():
        raise ValueError("The file does not begin with '-- name --' and a reason below it.")
    found: dict[str, str] = {}
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        name, sql = head[1], text[head.end() : following.start() if following else None].strip()
        if not sql or re.search(r"^-- \w+ --$", sql, re.MULTILINE):
            raise ValueError(f"The statement '{name}' has no SQL, or the one after it no reason.")
        if name in found:
            raise ValueError(f"There are two statements '{name}'.")
        found[name] = sql
    return found
