"""Tokens in SQLite."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from sqlite3 import Connection, IntegrityError

from atelier.errors import AccountUnknown, RequestInvalid
from atelier.storage.contract import Deed
from atelier.storage.sqlite import rows
from atelier.storage.sqlite.audit import Audit
from atelier.storage.sqlite.database import Database
from atelier.storage.statements import statements
from atelier.storage.token import Grant, NewToken, StoredToken

#: Seconds to which the last use of a token is known.
USE_STEP = 60.0


class Tokens:
    """See `atelier.storage.contract.Tokens`."""

    def __init__(self, database: Database, clock: Callable[[], float], audit: Audit) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock
        self._sql = statements(__package__, "tokens")

    async def issue(self, token: NewToken, *, deed: Deed | None = None) -> StoredToken:
        values = {
            "id": token.id,
            "account_id": token.account_id,
            "kind": token.kind.value,
            "digest": token.digest,
            "hint": token.hint,
            "scopes": rows.scopes_to_row(token.scopes),
            "now": self._clock(),
            "expires_at": token.expires_at,
            "parent": token.parent,
        }

        def operation(connection: Connection) -> StoredToken:
            try:
                issued = rows.token(connection.execute(self._sql["issue"], values).fetchone())
            except IntegrityError as error:
                if "tokens.digest" in str(error):
                    raise RequestInvalid("This token was issued before, and none is issued twice.") from error
                if "FOREIGN KEY" not in str(error):
                    raise
                raise AccountUnknown(
                    f"There is no account '{token.account_id}', or the token it comes from is gone."
                ) from error
            self._audit.write(connection, deed)
            return issued

        return await self._database.write(operation)

    async def grant(self, digest: bytes) -> Grant | None:
        now = self._clock()
        row = await self._database.read(
            lambda connection: connection.execute(
                self._sql["grant"], {"digest": digest, "now": now}
            ).fetchone()
        )
        if row is None:
            return None
        if row["last_used_at"] is None or abs(now - row["last_used_at"]) >= USE_STEP:
            values = {"id": row["token_id"], "now": now}
            self._database.post(lambda connection: connection.execute(self._sql["use"], values))
        return rows.grant(row)

    async def list(self, account_id: str | None = None) -> Sequence[StoredToken]:
        found = await self._database.read(
            lambda connection: connection.execute(self._sql["list"], {"account_id": account_id}).fetchall()
        )
        return [rows.token(row) for row in found]

    async def revoke(self, token_id: str, *, at: float | None = None, deed: Deed | None = None) -> bool:
        now = self._clock()
        values = {"id": token_id, "at": now if at is None else at, "now": now}

        def operation(connection: Connection) -> bool:
            if connection.execute(self._sql["revoke"], values).rowcount == 0:
                return False
            self._audit.write(connection, deed)
            return True

        return await self._database.write(operation)

    async def forget_expired(self) -> int:
        now = self._clock()
        return await self._database.write(
            lambda connection: connection.execute(self._sql["forget_expired"], {"now": now}).rowcount
        )
