"""Brings a SQLite file to the schema of this version, after a copy of it as it was."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from atelier.errors import DatabaseNewer, DatabaseUnusable
from atelier.storage.migrations import Migration

logger = logging.getLogger(__name__)

#: Tells Atelier's files from other SQLite files: "Atlr".
APPLICATION_ID = 0x41746C72

#: The first with STRICT tables.
OLDEST_SQLITE = (3, 37, 0)
#: The first without the fault that damages a database with two writers.
SOUND_SQLITE = (3, 51, 3)


def prepare(path: Path, steps: Sequence[Migration]) -> Path | None:
    """Create the database or bring it to the newest schema; return the copy made before, if one was due.

    Raises:
        DatabaseNewer: a newer version of Atelier wrote it.
        DatabaseUnusable: it is not Atelier's, is damaged, or cannot be written.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise DatabaseUnusable(
            f"This Python has SQLite {sqlite3.sqlite_version}, Atelier needs 3.37: use a newer Python."
        )
    if sqlite3.sqlite_version_info < SOUND_SQLITE:
        logger.warning(
            "This Python has SQLite %s; before 3.51.3 two programs that write one database may damage it. "
            "Atelier writes with one connection only: let no other program write %s.",
            sqlite3.sqlite_version,
            path,
        )
    try:
        _create(path)
        with closing(sqlite3.connect(path, isolation_level=None, timeout=5.0)) as connection:
            return _migrate(connection, path, steps)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseUnusable(
            f"The database {path} cannot be opened or brought to this version: {error}. "
            "Mend that, or put a backup in its place."
        ) from error


def _create(path: Path) -> None:
    """Create the file for its owner's eyes only, unless it is there."""
    # One that is there is never opened but by SQLite: to close it would take away every lock that connections
    # of this process have on it, and then it may be damaged (sqlite.org/howtocorrupt.html, section 2.2).
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _migrate(connection: sqlite3.Connection, path: Path, steps: Sequence[Migration]) -> Path | None:
    version = _pragma(connection, "user_version")
    empty = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    if not empty and _pragma(connection, "application_id") != APPLICATION_ID:
        raise DatabaseUnusable(
            f"{path} is another program's database. Name another file in the configuration."
        )
    if version > len(steps):
        raise DatabaseNewer(
            f"The database {path} has schema {version}, this Atelier knows {len(steps)}: a newer version "
            f"wrote it. Install that version, or put back the copy that it made ({path.name}.schema-*)."
        )
    due = steps[version:]
    copy = _copy(connection, path, version) if due and not empty else None
    connection.execute("PRAGMA journal_mode = WAL")
    for step in due:
        _apply(connection, step)
    return copy


def _copy(connection: sqlite3.Connection, path: Path, version: int) -> Path:
    """Copy the database, whole or not at all."""
    copy = path.with_name(f"{path.name}.schema-{version}")
    part = path.with_name(f"{path.name}.schema-{version}.part")
    part.unlink(missing_ok=True)
    _create(part)
    with closing(sqlite3.connect(part, isolation_level=None)) as target:
        connection.backup(target)
    part.replace(copy)
    logger.info("The database %s is brought to a newer schema; a copy of it is kept as %s.", path, copy.name)
    return copy


def _apply(connection: sqlite3.Connection, step: Migration) -> None:
    # Tables may be rebuilt, which only works while references are not enforced.
    connection.execute("PRAGMA foreign_keys = OFF")
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{step.sql};\nPRAGMA application_id = {APPLICATION_ID};\n"
            f"PRAGMA user_version = {step.number};\n"
        )
        if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise sqlite3.IntegrityError(f"migration {step.number} ({step.name}) breaks a reference")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.rollback()


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
