"""Files of environment variables: read, and changed without touching a line of anybody else's.

The dialect is what Docker Compose, python-dotenv and a shell that sources the file read alike. A value that
they would read differently is never written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from atelier.errors import CredentialsError

#: Names of variables.
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)

_ENTRY = re.compile(r"[ \t]*(export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)([ \t]*)=", re.ASCII)
_QUOTED = re.compile(
    r"[ \t]*('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")[ \t]*(?:#[^\n]*)?\r?(?=\n|\Z)", re.DOTALL
)
_BARE = re.compile(r"[A-Za-z0-9_./+=:@%,^-]*", re.ASCII)
#: What readers of single quotes disagree about.
_DISPUTED = re.compile(r"'|\\\\|\\\Z|[\x00-\x1f\x7f]")


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of a file: an entry, over several lines where its quotes are, or a line that is none."""

    #: All of it, its line break included.
    text: str
    #: The variable; None for a line that is no entry.
    name: str | None = None
    #: What stands after the equals sign, without the line break.
    raw: str = ""
    #: Whether something stands between the name and the equals sign.
    spaced: bool = False
    exported: bool = False


def pieces(text: str) -> Iterator[Piece]:
    """Give the parts of a file; together they are the file."""
    start = 0
    while start < len(text):
        entry = _ENTRY.match(text, start)
        line_end = text.find("\n", start)
        line_end = len(text) if line_end < 0 else line_end
        if entry is None:
            end = min(line_end + 1, len(text))
            yield Piece(text=text[start:end])
        else:
            quoted = _QUOTED.match(text, entry.end())
            value_end = quoted.end() if quoted is not None else line_end
            end = min(value_end + 1, len(text))
            yield Piece(
                text=text[start:end],
                name=entry[2],
                raw=text[entry.end() : value_end],
                spaced=bool(entry[3]),
                exported=bool(entry[1]),
            )
        start = end


def needs_quotes(value: str) -> bool:
    """Return whether a value has a character that readers of a bare one take for something else."""
    return not _BARE.fullmatch(value)


def written(value: str) -> str:
    """Return a value as it stands in a file: as it is, or in single quotes where a `$` or space asks for it.

    Raises:
        CredentialsError: no way of writing it is read alike everywhere; the message does not repeat it.
    """
    if not needs_quotes(value):
        return value
    if _DISPUTED.search(value):
        raise CredentialsError(
            "A value with a single quote, two backslashes in a row, a backslash at its end or a line break "
            "is not read alike by all that read env files: choose another value, or a copy of the format "
            '"token".'
        )
    return f"'{value}'"


def with_entry(text: str, name: str, value: str) -> str:
    """Return a file in which a variable has a value, once; every other line is as it was.

    Raises:
        CredentialsError: as `written`.
    """
    done, parts = False, []
    for piece in pieces(text):
        if piece.name != name:
            parts.append(piece.text)
        elif not done:
            line = f"{'export ' if piece.exported else ''}{name}={written(value)}"
            parts.append(line if piece.text == line else f"{line}\n")
            done = True
    if not done:
        if parts and not parts[-1].endswith("\n"):
            parts.append("\n")
        parts.append(f"{name}={written(value)}\n")
    return "".join(parts)
