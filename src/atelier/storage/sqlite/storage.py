"""All that the service stores, in one SQLite file."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from atelier.storage.account import WhenFull
from atelier.storage.migrations import migrations
from atelier.storage.sqlite.accounts import Accounts
from atelier.storage.sqlite.audit import Audit
from atelier.storage.sqlite.database import Database
from atelier.storage.sqlite.engines import Engines
from atelier.storage.sqlite.files import Files
from atelier.storage.sqlite.jobs import Jobs
from atelier.storage.sqlite.room import Room
from atelier.storage.sqlite.settings import Settings
from atelier.storage.sqlite.tokens import Tokens
from atelier.storage.sqlite.usage import Usage

#: Seconds after a start for which jobs that ran before are left to the new worker of their engine.
GRACE = 60.0


class SqliteStorage:
    """See `atelier.storage.contract.Storage`; one at a time for each file."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float] = time.time,
        grace: float = GRACE,
        readers: int = 2,
        when_full: WhenFull = WhenFull.REFUSE,
    ) -> None:
        """Open the database, created where missing; every worker of before counts as gone.

        Args:
            path: The file; its write-ahead log, its lock and copies from before migrations stand beside it.
            clock: Seconds since 1970, UTC.
            grace: Seconds in which jobs that ran before may be adopted before they are queued again.
            readers: Threads that read.
            when_full: What happens when an account keeps as many bytes as it may.

        Raises:
            DatabaseInUse, DatabaseNewer, DatabaseUnusable.
        """
        self._database = Database(path, migrations(__package__), readers=readers)
        self.audit = Audit(self._database, clock)
        room = Room(when_full)
        self.jobs = Jobs(self._database, clock, self.audit, room)
        self.accounts = Accounts(self._database, self.audit)
        self.tokens = Tokens(self._database, clock, self.audit)
        self.engines = Engines(self._database, clock, self.audit)
        self.files = Files(self._database, clock, room)
        self.settings = Settings(self._database)
        self.usage = Usage(self._database)
        self._database.start(lambda connection: self.jobs.orphan(connection, grace=grace))

    async def close(self) -> None:
        await self._database.close()
