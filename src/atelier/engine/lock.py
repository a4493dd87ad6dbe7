"""One engine a directory: a second one would empty the first one's temp files and mix up its counters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from atelier.errors import DirectoryInUse, DirectoryUnusable

LOCK_NAME = ".atelier-engine.lock"


@contextmanager
def hold(directory: Path) -> Iterator[None]:
    """Hold a directory, created where missing, for as long as the context lasts; a crash lets it go.

    Raises:
        DirectoryInUse: another engine holds it.
        DirectoryUnusable: it cannot be created or written.
    """
    lock = FileLock(directory / LOCK_NAME)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise DirectoryInUse(
            f"Another engine uses the directory {directory}: stop it, or choose another with --directory."
        ) from error
    except (OSError, NotImplementedError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DirectoryUnusable(
            f"The engine cannot write its directory {directory}: {reason}. Choose another with --directory."
        ) from error
    try:
        yield
    finally:
        lock.release()
