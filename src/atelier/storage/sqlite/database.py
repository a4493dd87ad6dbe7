"""One SQLite file: one thread writes, in groups; a few read.

Whatever waits while a commit is under way shares the next one: one wait for the disk for all of them. Each
operation has a savepoint of its own, so that one that fails takes nothing else with it, and nobody hears of
success before the commit.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from atelier.errors import DatabaseUnusable, ServiceError, StorageFull
from atelier.storage.migrations import Migration
from atelier.storage.sqlite.lock import hold
from atelier.storage.sqlite.schema import prepare

logger = logging.getLogger(__name__)

T = TypeVar("T")
Operation = Callable[[sqlite3.Connection], T]

#: Operations that wait for the writer; more are refused.
WAITING = 10_000
#: Operations of one commit.
BATCH = 256
#: Seconds after which a disk that does not answer counts as gone.
DEADLINE = 60.0
#: Seconds to wait for a program that looks at the database from outside.
PATIENCE = 5.0


@dataclass(frozen=True)
class _Write:
    operation: Operation[Any]
    #: Where somebody waits for it; None where nobody does.
    loop: asyncio.AbstractEventLoop | None
    future: asyncio.Future[Any] | None


@dataclass(frozen=True)
class _Outcome:
    write: _Write
    value: Any = None
    error: Exception | None = None


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
        self._queue: queue.Queue[_Write | None] = queue.Queue(WAITING)
        self._closed = False
        self._local = threading.local()
        self._reading: list[sqlite3.Connection] = []
        self._readers = ThreadPoolExecutor(readers, "atelier-reader")
        self._writer = threading.Thread(target=self._write, name="atelier-writer", daemon=True)

    def start(self, first: Operation[object]) -> None:
        """Run a first operation, and take others from then on; let go of the file where that fails.

        Raises:
            StorageFull, DatabaseUnusable.
        """
        [outcome] = self._commit([_Write(first, None, None)])
        self._writer.start()
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
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._put(_Write(operation, loop, future))
        return await self._in_time(future)

    def post(self, operation: Operation[object]) -> None:
        """Run an operation in a next commit, for which nobody waits; it is logged where it fails."""
        with suppress(DatabaseUnusable):
            self._put(_Write(operation, None, None))

    async def read(self, operation: Operation[T]) -> T:
        """Run an operation that reads what is committed, in one snapshot, and return its result.

        Raises:
            DatabaseUnusable: it cannot be read, is closed, or the disk does not answer.
        """
        if self._closed:
            raise self._is_closed()
        return await self._in_time(
            asyncio.get_running_loop().run_in_executor(self._readers, self._read, operation)
        )

    async def close(self) -> None:
        """Carry out what waits, and let go of the file."""
        if self._closed:
            return
        self._closed = True
        await asyncio.to_thread(self._shut)

    def _shut(self) -> None:
        self._readers.shutdown()
        for each in self._reading:
            each.close()
        # The last one to close, so that it folds the write-ahead log into the file.
        self._queue.put(None)
        self._writer.join(DEADLINE)
        if self._writer.is_alive():
            logger.error("The disk of the database %s does not answer; it is left to its thread.", self.path)
        else:
            self._lock.release()

    async def _in_time(self, answer: asyncio.Future[T]) -> T:
        try:
            async with asyncio.timeout(DEADLINE):
                return await answer
        except TimeoutError as error:
            raise DatabaseUnusable(
                f"The disk of the database {self.path} has not answered for {DEADLINE:g} s: look at it."
            ) from error

    def _put(self, write: _Write) -> None:
        if self._closed:
            raise self._is_closed()
        try:
            self._queue.put_nowait(write)
        except queue.Full as error:
            raise DatabaseUnusable(
                f"{WAITING} operations wait for the database {self.path}: its disk is too slow for this load."
            ) from error

    def _is_closed(self) -> DatabaseUnusable:
        return DatabaseUnusable(f"The database {self.path} is closed: the service stops.")

    # --- the readers' threads ----------------------------------------------------------------------------

    def _read(self, operation: Operation[T]) -> T:
        try:
            connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
            if connection is None:
                connection = self._connect_reader()
                self._local.connection = connection
                self._reading.append(connection)
            connection.execute("BEGIN")
            try:
                return operation(connection)
            finally:
                connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise self._translated(error) from error

    # --- the writer's thread -----------------------------------------------------------------------------

    def _write(self) -> None:
        running = True
        while running:
            batch: list[_Write] = []
            running = self._gather(batch)
            # Somebody who gave up before it began does not want it any more.
            wanted = [each for each in batch if each.future is None or not each.future.cancelled()]
            if wanted:
                self._tell(self._commit(wanted))
        if self._connection is not None:
            self._connection.close()

    def _gather(self, batch: list[_Write]) -> bool:
        """Wait for an operation, and take those that wait behind it; False at the end."""
        item = self._queue.get()
        while item is not None:
            batch.append(item)
            if len(batch) == BATCH:
                return True
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return True
        return False

    def _commit(self, batch: Sequence[_Write]) -> Sequence[_Outcome]:
        try:
            if self._connection is None:
                self._connection = self._connect_writer()
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            outcomes = [self._run(connection, each) for each in batch]
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever waits is told, and the thread lives on
            self._roll_back()
            return [_Outcome(each, error=self._translated(error)) for each in batch]
        return outcomes

    def _run(self, connection: sqlite3.Connection, write: _Write) -> _Outcome:
        """Run one operation; raise only what spoils the whole batch."""
        connection.execute("SAVEPOINT operation")
        try:
            value = write.operation(connection)
        except Exception as error:
            if not connection.in_transaction:
                # SQLite took the whole transaction back, as it may when the disk is full.
                raise self._translated(error) from error
            connection.execute("ROLLBACK TO operation")
            connection.execute("RELEASE operation")
            return _Outcome(
                write, error=self._translated(error) if isinstance(error, sqlite3.Error) else error
            )
        connection.execute("RELEASE operation")
        return _Outcome(write, value)

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

    def _tell(self, outcomes: Sequence[_Outcome]) -> None:
        """Wake everybody who waits, with one call for each event loop."""
        by_loop: dict[asyncio.AbstractEventLoop, list[_Outcome]] = {}
        for each in outcomes:
            if each.write.loop is not None:
                by_loop.setdefault(each.write.loop, []).append(each)
            elif each.error is not None:
                logger.warning("A write to the database %s failed: %s", self.path, each.error)
        for loop, of_loop in by_loop.items():
            # A loop that is closed has nobody waiting.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(_settle, of_loop)

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


def _settle(outcomes: Sequence[_Outcome]) -> None:
    for each in outcomes:
        future = each.write.future
        if future is None or future.done():
            continue
        if each.error is not None:
            future.set_exception(each.error)
        else:
            future.set_result(each.value)
