"""One service a database: SQLite bears only one connection that writes and checkpoints.

Two of them may damage a database with SQLite before 3.51.3 (sqlite.org/wal.html, "The WAL-Reset Bug").
"""

from __future__ import annotations

from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from atelier.errors import DatabaseInUse, DatabaseUnusable


def hold(path: Path) -> BaseFileLock:
    """Return the lock of the database at `path`, held until it is released or the process ends.

    Raises:
        DatabaseInUse: another service, or a command, holds it.
        DatabaseUnusable: its directory cannot be created or written.
    """
    # Whichever thread closes the storage lets go of it.
    lock = FileLock(path.with_name(path.name + ".lock"), thread_local=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise DatabaseInUse(
            f"Another service uses the database {path}: stop it, or talk to it instead (atelier --server)."
        ) from error
    except (OSError, NotImplementedError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DatabaseUnusable(
            f"The directory of the database {path} cannot be written: {reason}. "
            "Mend that, or name another database in the configuration."
        ) from error
    return lock
