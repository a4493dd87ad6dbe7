"""Writing a file as a whole or not at all, whatever happens in between."""

from __future__ import annotations

import io
import shutil
import uuid
from pathlib import Path
from typing import IO


def write_whole(path: Path, content: bytes | IO[bytes]) -> None:
    """Write or replace a file, with the directories that it needs.

    Raises:
        FileExistsError, IsADirectoryError, NotADirectoryError: a directory, or a file in a directory's
            place, has the name.
        OSError: the file cannot be written.
    """
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    source.seek(0)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        raise IsADirectoryError(f"{path.name} is a directory")
    # In the same directory, since a file can be renamed within one file system only.
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with part.open("xb") as file:
            shutil.copyfileobj(source, file)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
