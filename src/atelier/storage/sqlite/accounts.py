"""Accounts and classes in SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any

from atelier.errors import AccountBusy, AccountUnknown, GroupUnknown, NameTaken
from atelier.storage.account import Account, Group
from atelier.storage.contract import Deed
from atelier.storage.sqlite import rows
from atelier.storage.sqlite.audit import Audit
from atelier.storage.sqlite.database import Database
from atelier.storage.statements import statements


class Accounts:
    """See `atelier.storage.contract.Accounts`."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit
        self._sql = statements(__package__, "accounts")

    async def add(self, account: Account, *, deed: Deed | None = None) -> None:
        def operation(connection: Connection) -> None:
            self._require_free(connection, account)
            connection.execute(self._sql["add"], rows.account_to_row(account))
            self._audit.write(connection, deed)

        await self._database.write(operation)

    async def change(self, account: Account, *, deed: Deed | None = None) -> None:
        def operation(connection: Connection) -> None:
            if self._row(connection, account.id) is None:
                raise _unknown(account.id)
            self._require_free(connection, account)
            connection.execute(self._sql["change"], rows.account_to_row(account))
            self._audit.write(connection, deed)

        await self._database.write(operation)

    async def get(self, account_id: str) -> Account | None:
        row = await self._database.read(lambda connection: self._row(connection, account_id))
        return None if row is None else rows.account(row)

    async def named(self, name: str) -> Account | None:
        row = await self._database.read(
            lambda connection: connection.execute(self._sql["named"], {"name": name}).fetchone()
        )
        return None if row is None else rows.account(row)

    async def list(self, *, group: str | None = None) -> Sequence[Account]:
        found = await self._database.read(
            lambda connection: connection.execute(self._sql["list"], {"class": group}).fetchall()
        )
        return [rows.account(row) for row in found]

    async def remove(self, account_id: str, *, deed: Deed | None = None) -> None:
        def operation(connection: Connection) -> None:
            row = self._row(connection, account_id)
            if row is None:
                raise _unknown(account_id)
            if row["running"]:
                raise AccountBusy(
                    f"A job of the account '{row['name']}' runs: cancel it, or wait until it ends, and "
                    "remove the account then."
                )
            connection.execute(self._sql["remove"], {"id": account_id})
            self._audit.write(connection, deed)

        await self._database.write(operation)

    async def put_group(self, group: Group, *, deed: Deed | None = None) -> None:
        values = {
            "name": group.name,
            "shows_pictures": group.shows_pictures,
            "lesson_until": group.lesson_until,
            **rows.limits_to_row(group.limits),
        }

        def operation(connection: Connection) -> None:
            connection.execute(self._sql["put_group"], values)
            self._audit.write(connection, deed)

        await self._database.write(operation)

    async def group(self, name: str) -> Group | None:
        row = await self._database.read(lambda connection: self._group_row(connection, name))
        return None if row is None else rows.group(row)

    async def groups(self) -> Sequence[Group]:
        found = await self._database.read(
            lambda connection: connection.execute(self._sql["groups"]).fetchall()
        )
        return [rows.group(row) for row in found]

    def _row(self, connection: Connection, account_id: str) -> Any:
        return connection.execute(self._sql["get"], {"id": account_id}).fetchone()

    def _group_row(self, connection: Connection, name: str) -> Any:
        return connection.execute(self._sql["group"], {"name": name}).fetchone()

    def _require_free(self, connection: Connection, account: Account) -> None:
        other = connection.execute(self._sql["named"], {"name": account.name}).fetchone()
        if other is not None and other["id"] != account.id:
            raise NameTaken(f"Another account has the name '{account.name}': choose another.")
        if account.group is not None and self._group_row(connection, account.group) is None:
            raise GroupUnknown(f"There is no class '{account.group}': make it first.")


def _unknown(account_id: str) -> AccountUnknown:
    return AccountUnknown(f"There is no account with the id '{account_id}'; it may have been removed.")
