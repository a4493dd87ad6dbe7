"""The audit log in SQLite."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from sqlite3 import Connection

from atelier.storage.contract import Deed, Entry
from atelier.storage.sqlite import rows
from atelier.storage.sqlite.database import Database
from atelier.storage.statements import statements


class Audit:
    """See `atelier.storage.contract.Audit`."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock
        self._sql = statements(__package__, "audit")

    async def append(self, deed: Deed) -> None:
        await self._database.write(lambda connection: self.write(connection, deed))

    def write(self, connection: Connection, deed: Deed | None) -> None:
        """Write a line within a transaction; nothing where there is no deed."""
        if deed is None:
            return
        values = {
            "now": self._clock(),
            "actor": deed.actor,
            "action": deed.action,
            "subject": deed.subject,
            "detail": rows.to_json(dict(deed.detail)),
        }
        connection.execute(self._sql["append"], values)

    async def list(self, *, limit: int = 100, before: int | None = None) -> Sequence[Entry]:
        values = {"limit": limit, "before": before}
        found = await self._database.read(
            lambda connection: connection.execute(self._sql["list"], values).fetchall()
        )
        return [rows.entry(row) for row in found]
