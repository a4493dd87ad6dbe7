"""The page's settings in SQLite."""

from __future__ import annotations

import json
from collections.abc import Mapping
from sqlite3 import Connection, IntegrityError
from typing import Any

from atelier.errors import AccountUnknown
from atelier.storage.sqlite import rows
from atelier.storage.sqlite.database import Database
from atelier.storage.statements import statements


class Settings:
    """See `atelier.storage.contract.Settings`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = statements(__package__, "settings")

    async def all(self, account_id: str) -> Mapping[str, Any]:
        found = await self._database.read(
            lambda connection: connection.execute(self._sql["all"], {"account_id": account_id}).fetchall()
        )
        return {row["key"]: json.loads(row["value"]) for row in found}

    async def put(self, account_id: str, values: Mapping[str, Any]) -> None:
        written = [
            {"account_id": account_id, "key": key, "value": rows.to_json(value)}
            for key, value in values.items()
        ]

        def operation(connection: Connection) -> None:
            try:
                connection.executemany(self._sql["put"], written)
            except IntegrityError as error:
                raise AccountUnknown(f"There is no account with the id '{account_id}'.") from error

        await self._database.write(operation)
