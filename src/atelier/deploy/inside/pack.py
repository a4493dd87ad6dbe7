"""Writes what a service keeps under /data as a tar stream to standard output, while the service runs.

With --database, the database alone.

The gateway's content comes first, then the database, then the content that came meanwhile: what the database
names is there. Content is only added under its own digest, and what is new is not removed for an hour.
"""

import os
import sqlite3
import sys
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

DATA = Path("/data")
DATABASE = DATA / "atelier.sqlite3"
#: The database's companions, and what is unfinished or made anew.
LEFT_OUT = ("atelier.sqlite3", "incoming", "engine", "backup-")


def files() -> Iterator[Path]:
    for folder, folders, names in os.walk(DATA):
        inside = Path(folder)
        if inside == DATA:
            folders[:] = [name for name in folders if not name.startswith(LEFT_OUT)]
            names = [name for name in names if not name.startswith(LEFT_OUT)]
        elif inside == DATA / "artifacts":
            folders[:] = [name for name in folders if name != "incoming"]
        folders.sort()
        for name in sorted(names):
            path = inside / name
            if path.is_file() and not path.is_symlink():
                yield path


def main() -> None:
    seen: set[Path] = set()
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as archive:

        def add_new() -> None:
            for path in files():
                if path not in seen:
                    try:
                        archive.add(path, path.relative_to(DATA).as_posix())
                    except FileNotFoundError:
                        # Swept away meanwhile; where it was kept again, it comes after the database.
                        continue
                    seen.add(path)

        if "--database" not in sys.argv:
            add_new()
        if DATABASE.exists():
            copy = DATA / f"backup-{os.getpid()}.sqlite3"
            try:
                source = sqlite3.connect(f"file:{DATABASE}?mode=ro", uri=True, timeout=30)
                with closing(source), closing(sqlite3.connect(copy)) as target:
                    source.backup(target)
                    (verdict,) = target.execute("PRAGMA integrity_check").fetchone()
                    if verdict != "ok":
                        raise SystemExit(f"The database is damaged: {verdict}")
                    target.execute("PRAGMA journal_mode = DELETE")
                archive.add(copy, DATABASE.name)
            finally:
                for each in DATA.glob(f"{copy.name}*"):
                    each.unlink()
            if "--database" not in sys.argv:
                add_new()


if __name__ == "__main__":
    try:
        main()
    except (OSError, sqlite3.Error) as error:
        raise SystemExit(f"{error}. The copy of the database needs room in {DATA}.") from None
