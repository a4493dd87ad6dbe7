"""Everything in one SQLite file: the back end of a single machine."""

from atelier.storage.sqlite.storage import SqliteStorage

__all__ = ["SqliteStorage"]
