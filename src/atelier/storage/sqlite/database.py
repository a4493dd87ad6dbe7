"""One SQLite file: one thread writes, a few read, each of them in groups.

Whatever waits while a commit is under way shares the next one: one wait for the disk for all of them. Each
operation has a savepoint of its own, so that one that fails takes nothing else with it, and nobody hears of
success before the commit. What waits to be read together shares a snapshot, and the change of threads.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from atelier.errors import DatabaseUnusable, ServiceError, StorageFull
from atelier.storage.migrations import Migration
from atelier.storage.sqlite.line import Line, LineFull, Operation, Outcome, Request, tell
from atelier.storage.sqlite.lock import hold
from atelier.storage.sqlite.schema import prepare

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: Operations that wait for the writer, or for the readers; more are refused.
WAITING = 10_000
#: Operations of one commit.
BATCH = 256
#: Operations of one snapshot: those behind a slow one wait for it.
READ_AT_ONCE = 16
#: Seconds after which a disk that does not answer counts as gone.
DEADLINE = 60.0
#: Seconds to wait for a program that looks at the database from outside.
PATIENCE = 5.0


class Database:
    """Runs operations on one SQLite file, each of them wholly or not at all."""

    def __init__(self, path: Path, steps: Sequence[Migration], *, readers: int = 2) -> None:
        """Open the file, created where missing, and bring it to the newest schema.

        Raises:
            DatabaseInUse, DatabaseNewer, DatabaseUnusable.
        """
        self.path = path
        self._lock = hold(path)
        try:
            prepare(path, steps)
            self._connection: sqlite3.Connection | None = self._connect_writer()
        except BaseException:
            self._lock.release()
            raise
        self._writes = Line(longest=WAITING, at_once=BATCH)
        self._reads = Line(longest=WAITING, at_once=READ_AT_ONCE)
        self._closed = False
        self._readers = [
            threading.Thread(target=self._read, name=f"atelier-reader-{number}", daemon=True)
            for number in range(readers)
        ]
        self._writer = threading.Thread(target=self._write, name="atelier-writer", daemon=True)

    def start(self, first: Operation[object]) -> None:
        """Run a first operation, and take others from then on; let go of the file where that fails.

        Raises:
            StorageFull, DatabaseUnusable.
        """
        [outcome] = self._commit([Request(first)])
        for thread in (self._writer, *self._readers):
            thread.start()
        if outcome.error is not None:
            self._closed = True
            self._shut()
            raise outcome.error

    async def write(self, operation: Operation[T]) -> T:
        """Run an operation in the next commit, and return its result once that is on the disk.

        Where the waiting task is cancelled, the operation has happened wholly or not at all.

        Raises:
            StorageFull: the disk is full.
            DatabaseUnusable: it cannot be written, is closed, too many operations wait for it, or the disk
                does not answer; only then is it unknown whether the operation has happened.
        """
        return await self._told(self._writes, operation)

    def post(self, operation: Operation[object]) -> None:
        """Run an operation in a next commit, for which nobody waits; it is logged where it fails."""
        with suppress(DatabaseUnusable):
            self._put(self._writes, Request(operation))

    async def read(self, operation: Operation[T]) -> T:
        """Run an operation that reads what is committed, in one snapshot, and return its result.

        Raises:
            DatabaseUnusable: it cannot be read, is closed, too many operations wait for it, or the disk does
                not answer.
        """
        return await self._told(self._reads, operation)

    async def close(self) -> None:
        """Carry out what waits, and let go of the file."""
        if self._closed:
            return
        self._closed = True
        await asyncio.to_thread(self._shut)

    def _shut(self) -> None:
        for _ in self._readers:
            self._reads.end()
        for thread in self._readers:
            thread.join(DEADLINE)
        # The last one to close, so that it folds the write-ahead log into the file.
        self._writes.end()
        self._writer.join(DEADLINE)
        if any(thread.is_alive() for thread in (self._writer, *self._readers)):
            logger.error("The disk of the database %s does not answer; it is left to its thread.", self.path)
        else:
            self._lock.release()

    async def _told(self, line: Line, operation: Operation[T]) -> T:
        """Wait for an operation to be carried out, and return its result."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._put(line, Request(operation, loop, future))
        try:
            async with asyncio.timeout(DEADLINE):
                return await future
        except TimeoutError as error:
            raise DatabaseUnusable(
                f"The disk of the database {self.path} has not answered for {DEADLINE:g} s: look at it."
            ) from error

    def _put(self, line: Line, request: Request) -> None:
        if self._closed:
            raise self._is_closed()
        try:
            line.put(request)
        except LineFull as error:
            raise DatabaseUnusable(
                f"{WAITING} operations wait for the database {self.path}: its disk is too slow for this load."
            ) from error

    def _is_closed(self) -> DatabaseUnusable:
        return DatabaseUnusable(f"The database {self.path} is closed: the service stops.")

    # --- the readers' threads ----------------------------------------------------------------------------

    def _read(self) -> None:
        connection: sqlite3.Connection | None = None
        running = True
        while running:
            batch: list[Request] = []
            running = self._reads.take(batch)
            if not batch:
                continue
            try:
                connection = connection or self._connect_reader()
                outcomes = self._look(connection, batch)
            except Exception as error:  # noqa: BLE001 - whatever it is, whoever waits is told, and the thread lives on
                outcomes = [Outcome(each, error=self._translated(error)) for each in batch]
                if connection is not None:
                    # Whatever it is in, a new connection is not.
                    connection.close()
                    connection = None
            tell(outcomes)
        if connection is not None:
            connection.close()

    def _look(self, connection: sqlite3.Connection, batch: Sequence[Request]) -> Sequence[Outcome]:
        """Run operations in one snapshot; raise only what spoils all of them."""
        outcomes = []
        connection.execute("BEGIN")
        for each in batch:
            try:
                outcomes.append(Outcome(each, each.operation(connection)))
            except sqlite3.Error as error:
                outcomes.append(Outcome(each, error=self._translated(error)))
            except Exception as error:  # noqa: BLE001 - it is told to whoever waits
                outcomes.append(Outcome(each, error=error))
        connection.execute("ROLLBACK")
        return outcomes

    # --- the writer's thread -----------------------------------------------------------------------------

    def _write(self) -> None:
        running = True
        while running:
            batch: list[Request] = []
            running = self._writes.take(batch)
            if batch:
                tell(self._commit(batch))
        if self._connection is not None:
            self._connection.close()

    def _commit(self, batch: Sequence[Request]) -> Sequence[Outcome]:
        try:
            if self._connection is None:
                self._connection = self._connect_writer()
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            outcomes = [self._run(connection, each) for each in batch]
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever waits is told, and the thread lives on
            self._roll_back()
            return [Outcome(each, error=self._translated(error)) for each in batch]
        return outcomes

    def _run(self, connection: sqlite3.Connection, request: Request) -> Outcome:
        """Run one operation; raise only what spoils the whole batch."""
        connection.execute("SAVEPOINT operation")
        try:
            value = request.operation(connection)
        except Exception as error:
            if not connection.in_transaction:
                # SQLite took the whole transaction back, as it may when the disk is full.
                raise self._translated(error) from error
            connection.execute("ROLLBACK TO operation")
            connection.execute("RELEASE operation")
            return Outcome(
                request, error=self._translated(error) if isinstance(error, sqlite3.Error) else error
            )
        connection.execute("RELEASE operation")
        return Outcome(request, value)

    def _roll_back(self) -> None:
        connection = self._connection
        if connection is None:
            return
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            # Whatever it is in, a new connection is not.
            logger.exception("The database %s is opened anew.", self.path)
            self._connection = None
            connection.close()

    # --- connections ---------------------------------------------------------------------------------------

    def _connect_writer(self) -> sqlite3.Connection:
        try:
            return self._connect("rw", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
        except sqlite3.Error as error:
            raise self._translated(error) from error

    def _connect_reader(self) -> sqlite3.Connection:
        return self._connect("ro", "query_only = ON")

    def _connect(self, mode: str, *pragmas: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            timeout=PATIENCE,
            check_same_thread=False,
            cached_statements=256,
        )
        connection.row_factory = sqlite3.Row
        try:
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _translated(self, error: Exception) -> ServiceError:
        """Return a new error of ours for one of SQLite's, or for an earlier one of ours."""
        translated: ServiceError
        if isinstance(error, (DatabaseUnusable, StorageFull)):
            translated = type(error)(str(error))
        elif getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            translated = StorageFull(
                f"The disk of the database {self.path} is full: nothing was stored. "
                "Make room there; the service goes on by itself."
            )
        else:
            translated = DatabaseUnusable(
                f"The database {self.path} cannot be read or written: {error}. Look at its disk and the log."
            )
        translated.__cause__ = error
        return translated
