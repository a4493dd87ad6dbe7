"""Files with a running number behind their prefix, such as `ComfyUI_00001_.png`."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

#: Directories whose numbers are remembered; beyond, all are forgotten and listed anew.
REMEMBERED_DIRECTORIES = 1000


@dataclass(frozen=True, kw_only=True)
class Prefix:
    """A `filename_prefix` with its placeholders filled in, split into sub-folder and name."""

    #: Relative to the folder, with forward slashes; empty for the folder itself.
    subfolder: str
    name: str

    @classmethod
    def parse(cls, prefix: str, *, width: int, height: int, now: time.struct_time | None = None) -> Prefix:
        """Return what a `filename_prefix` widget means for pictures of that size, now.

        `%width%`, `%height%`, `%year%`, `%month%`, `%day%`, `%hour%`, `%minute%` and `%second%` are filled
        in here, `%batch_num%` by `stem`. Other placeholders (`%date:yyyy-MM-dd%`, `%Node.widget%`) are the
        page's, which fills them in before it sends the graph.
        """
        if "%" in prefix:
            prefix = _filled_in(prefix, width, height, now or time.localtime())
        path = Path(os.path.normpath(prefix))
        subfolder = path.parent.as_posix()
        return cls(subfolder="" if subfolder == "." else subfolder, name=path.name or ".")

    def stem(self, batch_number: int) -> str:
        """Return the name for one picture of a batch; `batch_number` counts from 0."""
        return self.name.replace("%batch_num%", str(batch_number))


def _filled_in(prefix: str, width: int, height: int, now: time.struct_time) -> str:
    for placeholder, value in (
        ("%width%", str(width)),
        ("%height%", str(height)),
        ("%year%", str(now.tm_year)),
        ("%month%", f"{now.tm_mon:02}"),
        ("%day%", f"{now.tm_mday:02}"),
        ("%hour%", f"{now.tm_hour:02}"),
        ("%minute%", f"{now.tm_min:02}"),
        ("%second%", f"{now.tm_sec:02}"),
    ):
        prefix = prefix.replace(placeholder, value)
    return prefix


@dataclass(kw_only=True)
class _Listing:
    #: The directory's modification time when `highest` was last in step with it.
    modified: int
    #: The highest number behind each stem, such as {"ComfyUI": 12}.
    highest: dict[str, int] = field(default_factory=dict)

    def note(self, name: str) -> None:
        # A name counts for each stem that ends at one of its underscores: `a_7_00002_.png` with 2 for
        # `a_7`, and with 7 for `a`.
        at = name.find("_")
        while at >= 0:
            digits = name[at + 1 :].split("_", 1)[0]
            if digits.isdecimal():
                stem = os.path.normcase(name[:at])
                self.highest[stem] = max(self.highest.get(stem, 0), int(digits))
            at = name.find("_", at + 1)


class NumberedFiles:
    """Writes files with one number more than the highest that a directory holds for their stem.

    A directory is listed once, and again only after somebody else changed it, so that saving stays quick
    among thousands of files. For one thread: the worker's.
    """

    def __init__(self) -> None:
        self._listings: dict[Path, _Listing] = {}

    def write(self, directory: Path, stem: str, data: bytes, *, least: int = 1) -> tuple[str, int]:
        """Write a PNG file into an existing directory; return its name and its number, at least `least`.

        The file appears under its name only when it is whole, and never takes another's place.

        Raises:
            OSError: the directory cannot be listed or written.
        """
        listing = self._listing(directory)
        number = max(least, listing.highest.get(os.path.normcase(stem), 0) + 1)
        while (path := directory / f"{stem}_{number:05}_.png").exists():
            number += 1
        part = directory / f".{path.name}.part"
        try:
            part.write_bytes(data)
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        listing.note(path.name)
        listing.modified = directory.stat().st_mtime_ns
        return path.name, number

    def _listing(self, directory: Path) -> _Listing:
        modified = directory.stat().st_mtime_ns
        listing = self._listings.get(directory)
        if listing is None or listing.modified != modified:
            if len(self._listings) >= REMEMBERED_DIRECTORIES:
                self._listings.clear()
            listing = self._listings[directory] = _Listing(modified=modified)
            with os.scandir(directory) as entries:
                for entry in entries:
                    listing.note(entry.name)
        return listing
