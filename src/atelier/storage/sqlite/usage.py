"""What was used, in SQLite; the jobs' triggers write it."""

from __future__ import annotations

from collections.abc import Sequence

from atelier.storage.contract import Use
from atelier.storage.sqlite import rows
from atelier.storage.sqlite.database import Database
from atelier.storage.statements import statements


class Usage:
    """See `atelier.storage.contract.Usage`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = statements(__package__, "usage")

    async def of(self, *, since: str, account_id: str | None = None) -> Sequence[Use]:
        values = {"since": since, "account_id": account_id}
        found = await self._database.read(
            lambda connection: connection.execute(self._sql["of"], values).fetchall()
        )
        return [rows.use(row) for row in found]
