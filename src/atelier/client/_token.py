"""The bearer token: checked for the accidents of copying, and kept out of everything that is printed."""

from __future__ import annotations

import re

from atelier.errors import UsageError

#: A bcrypt hash, which is what ComfyUI-Login takes as its token (docs/reference/protocol.md).
_BCRYPT = re.compile(r"\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}")

_QUOTES = "\"'`“”‘’«»"


class Token:
    """A bearer token that shows itself to nobody but the server."""

    def __init__(self, value: str) -> None:
        """Take the token as it travels.

        Raises:
            UsageError: it carries what copying left on it: a byte-order mark, quotes, a line break,
                blanks, a leading `Bearer`, or characters that no header can carry.
        """
        fault = _fault(value)
        if fault is not None:
            raise UsageError(f"The token cannot be used: {fault}")
        self._value = value

    def __repr__(self) -> str:
        return "Token(hidden)"

    @property
    def header(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._value}"}

    @property
    def is_bcrypt_hash(self) -> bool:
        return _BCRYPT.fullmatch(self._value) is not None

    @property
    def may_have_lost_dollars(self) -> bool:
        """Whether this is what a shell leaves of a bcrypt hash between double quotes."""
        return not self.is_bcrypt_hash and re.search(r"[./A-Za-z0-9]{31,53}\Z", self._value) is not None

    def hidden_in(self, text: str) -> str:
        """Return the text with the token blanked out, for answers that repeat it."""
        return text.replace(self._value, "[token]")


def _fault(value: str) -> str | None:
    if not value:
        return "it is empty. Leave it out where the server wants none."
    if value.startswith(("\ufeff", "\xef\xbb\xbf")):
        return "it begins with a byte-order mark. Save the file that it comes from as UTF-8 without BOM."
    if value.strip() != value and "\n" not in value.strip():
        return "it has a blank or a line break at its start or end. Pass it without: token.strip()."
    if "\n" in value or "\r" in value:
        return "it has several lines. Of ComfyUI-Login's PASSWORD file only the first line is the token."
    if value[0] in _QUOTES or value[-1] in _QUOTES:
        return "it stands in quotes. Pass it without."
    if value.lower().startswith("bearer "):
        return "it begins with 'Bearer'. Pass the token alone; the client adds that word."
    if not all("!" <= each <= "~" for each in value):
        return "it has blanks or characters beyond ASCII, so it was not copied whole or is a password."
    return None
