"""Names of files as clients give them: what they may be. They are names in a table, never paths on a disk."""

from __future__ import annotations

from atelier.errors import RequestInvalid
from atelier.storage.file import Area

#: Bytes of one part, as file systems have it, and of all of them.
_LONGEST_PART, _LONGEST = 255, 1024

#: The folders of ComfyUI's that a client may name.
FOLDERS = frozenset({Area.INPUT, Area.OUTPUT, Area.TEMP})


def place(path: str) -> tuple[str, str]:
    """Return subfolder and name of a path such as "sub/a.png".

    Raises:
        RequestInvalid: it is empty, absolute, leads upwards, or has a part that no file can have.
    """
    parts = [part for part in path.split("/") if part not in ("", ".")]
    good = (
        parts
        and not path.startswith("/")
        and len(path.encode(errors="replace")) <= _LONGEST
        and all(map(_is_part, parts))
    )
    if not good:
        raise RequestInvalid(
            "This cannot name a file: use a name, or a name in a sub-folder such as 'sketches/fox.png'."
        )
    return "/".join(parts[:-1]), parts[-1]


def folder(name: str) -> Area:
    """Return the folder that a client names.

    Raises:
        RequestInvalid: it is none of input, output and temp.
    """
    if name not in FOLDERS:
        raise RequestInvalid("'type' must be input, output or temp.")
    return Area(name)


def annotated(name: str, otherwise: str) -> tuple[str, str]:
    """Split "a.png [output]" into the path and the folder; the folder is `otherwise` where none is named."""
    path, bracket, rest = name.rpartition(" [")
    return (path, rest[:-1]) if bracket and rest in _ANNOTATIONS else (name, otherwise)


_ANNOTATIONS = frozenset(f"{each}]" for each in FOLDERS)


def _is_part(part: str) -> bool:
    return (
        part != ".."
        and len(part.encode(errors="replace")) <= _LONGEST_PART
        and all(each >= " " and each not in "\\\x7f" and not "\ud800" <= each <= "\udfff" for each in part)
    )
