"""The audit log in SQLite."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from atelier.storage.contract import Entry
from atelier.storage.sqlite import rows
from atelier.storage.sqlite.database import Database
from atelier.storage.statements import statements


class Audit:
    """See `atelier.storage.contract.Audit`."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock
        self._sql = statements(__package__, "audit")

    async def append(
        self, *, actor: str, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        values = {
            "now": self._clock(),
            "actor": actor,
            "action": action,
            "subject": subject,
            "detail": rows.to_json(dict(detail or {})),
        }
        await self._database.write(lambda connection: connection.execute(self._sql["append"], values))

    async def list(self, *, limit: int = 100, before: int | None = None) -> Sequence[Entry]:
        values = {"limit": limit, "before": before}
        found = await self._database.read(
            lambda connection: connection.execute(self._sql["list"], values).fetchall()
        )
        return [rows.entry(row) for row in found]
