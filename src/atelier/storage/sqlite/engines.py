"""The registry of engines in SQLite."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from sqlite3 import Connection
from typing import Any

from atelier.storage.contract import Deed
from atelier.storage.sqlite.audit import Audit
from atelier.storage.sqlite.database import Database
from atelier.storage.statements import statements


class Engines:
    """See `atelier.storage.contract.Engines`."""

    def __init__(self, database: Database, clock: Callable[[], float], audit: Audit) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock
        self._sql = statements(__package__, "engines")

    async def report(
        self, name: str, *, address: str, state: str, model: str | None, idle: bool, detail: str = ""
    ) -> None:
        values = {
            "name": name,
            "address": address,
            "state": state,
            "model": model,
            "idle": idle,
            "detail": detail,
            "now": self._clock(),
        }
        await self._database.write(lambda connection: connection.execute(self._sql["report"], values))

    async def list(self) -> Sequence[Mapping[str, Any]]:
        found = await self._database.read(lambda connection: connection.execute(self._sql["list"]).fetchall())
        return [{**dict(row), "idle": bool(row["idle"]), "draining": bool(row["draining"])} for row in found]

    async def drain(self, name: str, *, draining: bool, deed: Deed | None = None) -> bool:
        values = {"name": name, "draining": draining}

        def operation(connection: Connection) -> bool:
            if connection.execute(self._sql["drain"], values).rowcount == 0:
                return False
            self._audit.write(connection, deed)
            return True

        return await self._database.write(operation)
