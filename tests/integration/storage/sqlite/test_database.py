"""The one writer: whole operations, told after the commit, whatever happens around them."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from atelier.errors import DatabaseUnusable, NameTaken, StorageFull
from atelier.storage.migrations import Migration
from atelier.storage.sqlite import database as module
from atelier.storage.sqlite.database import Database

STEPS = [
    Migration(
        number=1,
        name="things",
        sql="CREATE TABLE things (name TEXT NOT NULL UNIQUE) STRICT;"
        "CREATE TABLE parts (thing TEXT REFERENCES things (name)) STRICT",
    )
]


@pytest_asyncio.fixture
async def database(directory: Path) -> AsyncIterator[Database]:
    database = Database(directory / "a.db", STEPS)
    database.start(lambda connection: connection.execute("SELECT 1").fetchall())
    yield database
    await database.close()


def add(name: str) -> Callable[[sqlite3.Connection], str]:
    def operation(connection: sqlite3.Connection) -> str:
        connection.execute("INSERT INTO things VALUES (?)", (name,))
        return name

    return operation


def names(connection: sqlite3.Connection) -> list[str]:
    return [row["name"] for row in connection.execute("SELECT name FROM things ORDER BY rowid")]


def blocker(begun: threading.Event, go_on: threading.Event) -> Callable[[sqlite3.Connection], None]:
    """An operation that keeps the writer busy until it may go on."""

    def operation(connection: sqlite3.Connection) -> None:
        begun.set()
        assert go_on.wait(30)

    return operation


def outside(database: Database) -> list[str]:
    """What another connection sees: what is committed."""
    connection = sqlite3.connect(database.path)
    connection.row_factory = sqlite3.Row
    try:
        return names(connection)
    finally:
        connection.close()


async def test_what_was_written_is_there_for_everybody_when_it_is_told(database: Database) -> None:
    assert await database.write(add("a")) == "a"
    assert outside(database) == ["a"]
    assert await database.read(names) == ["a"]


async def test_what_waits_together_is_committed_together_and_in_order(database: Database) -> None:
    begun, go_on = threading.Event(), threading.Event()
    blocked = asyncio.create_task(database.write(blocker(begun, go_on)))
    await asyncio.to_thread(begun.wait, 30)
    waiting = [asyncio.create_task(database.write(add(str(number)))) for number in range(100)]
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(blocked, *waiting)
    assert await database.read(names) == [str(number) for number in range(100)]


async def test_a_commit_waits_for_the_disk_once_for_all_that_waited(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    connect = Database._connect_writer

    def traced(self: Database) -> sqlite3.Connection:
        connection = connect(self)
        connection.set_trace_callback(statements.append)
        return connection

    monkeypatch.setattr(Database, "_connect_writer", traced)
    database = Database(directory / "traced.db", STEPS)
    database.start(lambda connection: None)
    begun, go_on = threading.Event(), threading.Event()
    blocked = asyncio.create_task(database.write(blocker(begun, go_on)))
    await asyncio.to_thread(begun.wait, 30)
    waiting = [asyncio.create_task(database.write(add(str(number)))) for number in range(100)]
    await asyncio.sleep(0)
    statements.clear()
    go_on.set()
    await asyncio.gather(blocked, *waiting)
    await database.close()
    # That of the blocking operation, and one for all that waited behind it.
    assert statements.count("COMMIT") == 2


async def test_an_operation_that_fails_takes_nothing_else_with_it(database: Database) -> None:
    def half(connection: sqlite3.Connection) -> None:
        add("half")(connection)
        raise NameTaken("no")

    answers = await asyncio.gather(
        database.write(add("a")),
        database.write(half),
        database.write(add("a")),
        database.write(add("b")),
        return_exceptions=True,
    )
    assert [type(each) for each in answers] == [str, NameTaken, DatabaseUnusable, str]
    assert await database.read(names) == ["a", "b"]


async def test_references_are_held(database: Database) -> None:
    with pytest.raises(DatabaseUnusable, match="FOREIGN KEY"):
        await database.write(
            lambda connection: connection.execute("INSERT INTO parts VALUES ('nothing')").fetchall()
        )


async def test_every_commit_goes_to_the_disk(database: Database) -> None:
    def settings(connection: sqlite3.Connection) -> list[Any]:
        return [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    full = 2
    assert await database.write(settings) == ["wal", full, 1]


async def test_readers_cannot_write(database: Database) -> None:
    with pytest.raises(DatabaseUnusable, match="readonly"):
        await database.read(add("a"))
    assert await database.read(names) == []


async def test_a_reader_sees_one_moment(database: Database) -> None:
    await database.write(add("a"))
    loop = asyncio.get_running_loop()

    def look_twice(connection: sqlite3.Connection) -> tuple[list[str], list[str]]:
        before = names(connection)
        asyncio.run_coroutine_threadsafe(database.write(add("b")), loop).result(30)
        return before, names(connection)

    assert await database.read(look_twice) == (["a"], ["a"])
    assert await database.read(names) == ["a", "b"]


async def test_what_waits_together_is_read_at_one_moment_and_fails_apart(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    connect = Database._connect_reader

    def traced(self: Database) -> sqlite3.Connection:
        connection = connect(self)
        connection.set_trace_callback(statements.append)
        return connection

    def wrong(connection: sqlite3.Connection) -> None:
        connection.execute("SELECT * FROM nothing")

    def rude(connection: sqlite3.Connection) -> None:
        raise NameTaken("no")

    monkeypatch.setattr(Database, "_connect_reader", traced)
    database = Database(directory / "traced.db", STEPS, readers=1)
    database.start(lambda connection: None)
    await database.write(add("a"))
    begun, go_on = threading.Event(), threading.Event()
    blocked = asyncio.create_task(database.read(blocker(begun, go_on)))
    await asyncio.to_thread(begun.wait, 30)
    operations = [names, wrong, names, rude, names]
    waiting = [asyncio.create_task(database.read(each)) for each in operations]
    await asyncio.sleep(0)
    await database.write(add("b"))
    statements.clear()
    go_on.set()
    await blocked
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [each for each in answers if isinstance(each, list)] == [["a", "b"]] * 3
    assert [type(each) for each in answers if isinstance(each, Exception)] == [DatabaseUnusable, NameTaken]
    assert statements.count("BEGIN") == 1
    assert await database.read(names) == ["a", "b"]
    await database.close()


async def test_a_reader_that_breaks_its_transaction_is_opened_anew(database: Database) -> None:
    def rude(connection: sqlite3.Connection) -> None:
        connection.execute("ROLLBACK")

    for _ in range(4):
        with pytest.raises(DatabaseUnusable):
            await database.read(rude)
    await database.write(add("a"))
    assert await database.read(names) == ["a"]


async def test_a_write_that_nobody_waits_for_any_more_happens_wholly_or_not_at_all(
    database: Database,
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def two(connection: sqlite3.Connection) -> None:
        add("first half")(connection)
        begun.set()
        assert go_on.wait(30)
        add("second half")(connection)

    running = asyncio.create_task(database.write(two))
    await asyncio.to_thread(begun.wait, 30)
    waiting = asyncio.create_task(database.write(add("never begun")))
    await asyncio.sleep(0)
    for task in (running, waiting):
        task.cancel()
    for task in (running, waiting):
        with pytest.raises(asyncio.CancelledError):
            await task
    go_on.set()
    await database.write(add("later"))
    assert await database.read(names) == ["first half", "second half", "later"]


async def test_a_full_disk_fails_what_did_not_fit_and_the_writer_lives_on(database: Database) -> None:
    def pages(most: int) -> Callable[[sqlite3.Connection], int]:
        return lambda connection: int(connection.execute(f"PRAGMA max_page_count = {most}").fetchone()[0])

    used = await database.read(lambda connection: int(connection.execute("PRAGMA page_count").fetchone()[0]))
    await database.write(add("before"))
    assert await database.write(pages(used)) == used
    answers = await asyncio.gather(
        *(database.write(add(f"{number}" * 10_000)) for number in range(5)), return_exceptions=True
    )
    assert all(isinstance(each, StorageFull) for each in answers)
    assert outside(database) == ["before"]
    await database.write(pages(1_000_000))
    await database.write(add("after"))
    assert outside(database) == ["before", "after"]


async def test_a_commit_that_fails_fails_all_of_its_operations(database: Database) -> None:
    def spoil(connection: sqlite3.Connection) -> None:
        # References that are looked at only when the transaction ends, and do not hold then.
        connection.execute("PRAGMA defer_foreign_keys = ON")
        connection.execute("INSERT INTO parts VALUES ('nothing')")

    begun, go_on = threading.Event(), threading.Event()
    blocked = asyncio.create_task(database.write(blocker(begun, go_on)))
    await asyncio.to_thread(begun.wait, 30)
    waiting = [asyncio.create_task(database.write(operation)) for operation in (add("a"), spoil, add("b"))]
    await asyncio.sleep(0)
    go_on.set()
    await blocked
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(each, DatabaseUnusable) for each in answers)
    assert outside(database) == []
    await database.write(add("after"))
    assert outside(database) == ["after"]


async def test_a_database_that_is_locked_from_outside_fails_in_time(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    database = Database(directory / "locked.db", STEPS)
    database.start(lambda connection: None)
    intruder = sqlite3.connect(database.path, isolation_level=None)
    intruder.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnusable, match="locked"):
        await database.write(add("a"))
    intruder.execute("ROLLBACK")
    intruder.close()
    await database.write(add("b"))
    assert await database.read(names) == ["b"]
    await database.close()


async def test_a_disk_that_does_not_answer_keeps_nobody_waiting_for_ever(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(directory / "stuck.db", STEPS)
    database.start(lambda connection: None)
    begun, go_on = threading.Event(), threading.Event()
    blocked = asyncio.create_task(database.write(blocker(begun, go_on)))
    await asyncio.to_thread(begun.wait, 30)
    with monkeypatch.context() as patch:
        patch.setattr(module, "DEADLINE", 0.01)
        with pytest.raises(DatabaseUnusable, match="not answered"):
            await database.write(add("too late"))
    go_on.set()
    await blocked
    await database.write(add("later"))
    assert await database.read(names) == ["later"]
    await database.close()


async def test_an_operation_that_breaks_the_transaction_fails_and_the_writer_lives_on(
    database: Database,
) -> None:
    def rude(connection: sqlite3.Connection) -> None:
        connection.execute("ROLLBACK")
        raise KeyError("and then something else")

    with pytest.raises(DatabaseUnusable):
        await database.write(rude)
    await database.write(add("a"))
    assert await database.read(names) == ["a"]


async def test_too_many_waiting_operations_are_refused(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAITING", 3)
    database = Database(directory / "small.db", STEPS)
    database.start(lambda connection: None)
    begun, go_on = threading.Event(), threading.Event()
    blocked = asyncio.create_task(database.write(blocker(begun, go_on)))
    await asyncio.to_thread(begun.wait, 30)
    waiting = [asyncio.create_task(database.write(add(str(number)))) for number in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(DatabaseUnusable, match="3 operations wait"):
        await database.write(add("one too many"))
    database.post(add("one too many that nobody waits for"))
    go_on.set()
    await asyncio.gather(blocked, *waiting)
    assert await database.read(names) == ["0", "1", "2"]
    await database.close()


async def test_a_write_for_which_nobody_waits_is_carried_out_or_logged(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    database.post(add("a"))
    with caplog.at_level(logging.WARNING):
        database.post(add("a"))
        await database.write(add("b"))
    assert await database.read(names) == ["a", "b"]
    assert "UNIQUE" in caplog.text


async def test_closing_carries_out_what_waits_and_takes_nothing_more(directory: Path) -> None:
    database = Database(directory / "a.db", STEPS)
    database.start(lambda connection: None)
    waiting = [asyncio.create_task(database.write(add(str(number)))) for number in range(20)]
    await asyncio.sleep(0)
    await database.close()
    await database.close()
    assert len(await asyncio.gather(*waiting)) == 20
    assert len(outside(database)) == 20
    for refused in (database.write(add("late")), database.read(names)):
        with pytest.raises(DatabaseUnusable, match="closed"):
            await refused
    # Everything is in the one file, which may be copied now.
    assert not database.path.with_name("a.db-wal").exists()
