"""Room for what an account wants to keep, in SQLite; every operation within one transaction."""

from __future__ import annotations

from sqlite3 import Connection

from atelier.storage.account import WhenFull
from atelier.storage.statements import statements


class Room:
    """Makes room where that is wished."""

    def __init__(self, when_full: WhenFull) -> None:
        self._when_full = when_full
        self._sql = statements(__package__, "room")

    def make(self, connection: Connection, account_id: str, needed: int) -> bool:
        """Remove the oldest pictures that an account's jobs made until so many bytes are free.

        Nothing is removed where all of them would not be enough, nor of a job that runs.

        Returns:
            Whether there is room now.
        """
        if self._when_full is not WhenFull.REMOVE_OLDEST:
            return False
        chosen: list[int] = []
        for row in connection.execute(self._sql["oldest"], {"account_id": account_id}):
            if needed <= 0:
                break
            chosen.append(row["number"])
            needed -= row["size"]
        if needed > 0:
            return False
        connection.executemany(self._sql["remove"], [{"number": each} for each in chosen])
        return True
