"""Which names accounts and classes can have."""

from __future__ import annotations

import unicodedata

from atelier.errors import RequestInvalid

#: Characters of a name.
_LONGEST = 100
#: A spreadsheet takes what begins with these for a formula.
_FORMULA = ("=", "+", "-", "@")


def checked_name(name: str, what: str = "name") -> str:
    """Return a name as it is kept: composed, without spaces around it.

    Raises:
        RequestInvalid: it is empty, too long, or has characters that addresses and spreadsheets trip over.
    """
    name = " ".join(unicodedata.normalize("NFC", name).split(" ")).strip()
    if not name:
        raise RequestInvalid(f"The {what} is empty.")
    if len(name) > _LONGEST:
        raise RequestInvalid(f"The {what} has more than {_LONGEST} characters.")
    if not name.isprintable() or "/" in name or "\\" in name:
        raise RequestInvalid(f"The {what} {name!r} has a character that no {what} can have.")
    if name.startswith(_FORMULA) or name in (".", ".."):
        raise RequestInvalid(f"The {what} {name!r} begins as a formula does; a spreadsheet would run it.")
    return name
