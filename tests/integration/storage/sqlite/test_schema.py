"""How a database comes about, grows older, and whom it lets in."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from atelier.errors import DatabaseInUse, DatabaseNewer, DatabaseUnusable
from atelier.storage.contract import Deed
from atelier.storage.migrations import Migration
from atelier.storage.sqlite import SqliteStorage, schema
from atelier.storage.sqlite.database import Database
from tests.integration.storage.makers import account, add_accounts

FIRST = Migration(number=1, name="first", sql="CREATE TABLE a (x TEXT) STRICT;\nINSERT INTO a VALUES ('old')")
SECOND = Migration(number=2, name="second", sql="CREATE TABLE b (y TEXT) STRICT;\nUPDATE a SET x = x || '!'")
BROKEN = Migration(number=2, name="broken", sql="UPDATE a SET x = 'lost';\nCREATE TABLE a (x TEXT)")
ORPHANING = Migration(
    number=2,
    name="orphaning",
    sql="CREATE TABLE c (a INTEGER REFERENCES a (rowid));\nINSERT INTO c VALUES (99);\nDELETE FROM a",
)


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def test_a_new_database_is_its_owners_alone_and_needs_no_copy(directory: Path) -> None:
    path = directory / "a.db"
    assert schema.prepare(path, [FIRST, SECOND]) is None
    assert rows(path, "SELECT x FROM a") == [("old!",)]
    assert rows(path, "PRAGMA user_version") == [(2,)]
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_older_database_is_copied_before_it_is_changed(directory: Path) -> None:
    path = directory / "a.db"
    schema.prepare(path, [FIRST])
    copy = schema.prepare(path, [FIRST, SECOND])
    assert copy == directory / "a.db.schema-1"
    assert rows(copy, "SELECT x FROM a") == [("old",)]
    assert rows(copy, "PRAGMA user_version") == [(1,)]
    assert rows(path, "SELECT x FROM a") == [("old!",)]
    assert schema.prepare(path, [FIRST, SECOND]) is None


@pytest.mark.parametrize("broken", [BROKEN, ORPHANING], ids=["an error", "a broken reference"])
def test_a_step_that_fails_changes_nothing(directory: Path, broken: Migration) -> None:
    path = directory / "a.db"
    schema.prepare(path, [FIRST])
    with pytest.raises(DatabaseUnusable):
        schema.prepare(path, [FIRST, broken])
    assert rows(path, "SELECT x FROM a") == [("old",)]
    assert rows(path, "PRAGMA user_version") == [(1,)]
    schema.prepare(path, [FIRST, SECOND])


def test_a_newer_database_is_refused_and_left_alone(directory: Path) -> None:
    path = directory / "a.db"
    schema.prepare(path, [FIRST, SECOND])
    before = path.read_bytes()
    with pytest.raises(DatabaseNewer, match="schema 2"):
        schema.prepare(path, [FIRST])
    assert path.read_bytes() == before


def test_another_programs_database_is_refused_and_left_alone(directory: Path) -> None:
    path = directory / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.raises(DatabaseUnusable, match="another program"):
        schema.prepare(path, [FIRST])
    assert path.read_bytes() == before


def test_what_is_no_database_is_refused_and_left_alone(directory: Path) -> None:
    path = directory / "a.db"
    path.write_bytes(b"holiday pictures" * 1000)
    with pytest.raises(DatabaseUnusable, match=r"a\.db"):
        SqliteStorage(path)
    assert path.read_bytes() == b"holiday pictures" * 1000
    path.unlink()
    # Whoever was refused holds no lock.
    Database(path, [FIRST])._lock.release()


@pytest.mark.parametrize(("version", "word"), [((3, 36, 0), "3.37"), ((3, 31, 1), "newer Python")])
def test_a_sqlite_that_is_too_old_is_refused(
    directory: Path, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], word: str
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    with pytest.raises(DatabaseUnusable, match=word):
        schema.prepare(directory / "a.db", [FIRST])


@pytest.mark.parametrize(("version", "warned"), [((3, 51, 2), True), ((3, 51, 3), False)])
def test_a_sqlite_that_may_damage_databases_is_warned_about(
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    version: tuple[int, int, int],
    warned: bool,
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    schema.prepare(directory / "a.db", [FIRST])
    assert ("may damage" in caplog.text) is warned


async def test_one_database_serves_one_service(directory: Path) -> None:
    path = directory / "a.db"
    first = SqliteStorage(path)
    with pytest.raises(DatabaseInUse, match="Another service"):
        SqliteStorage(path)
    await first.close()
    await SqliteStorage(path).close()


OTHER_PROCESS = """
import sys
from pathlib import Path
from atelier.errors import DatabaseInUse
from atelier.storage.sqlite import SqliteStorage
try:
    SqliteStorage(Path(sys.argv[1]))
except DatabaseInUse:
    print("refused")
"""


async def test_a_second_process_is_refused_and_does_no_harm(directory: Path) -> None:
    path = directory / "a.db"
    first = SqliteStorage(path)
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OTHER_PROCESS, str(path), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await asyncio.wait_for(other.communicate(), 60)
    assert said.split() == [b"refused"]
    await add_accounts(first, "ada")
    await first.close()


TAKE_WHOLE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=0)
try:
    print(*connection.execute("PRAGMA journal_mode = DELETE").fetchone())
except sqlite3.OperationalError as error:
    print(error)
"""


def test_opening_a_database_takes_no_lock_from_those_who_look_at_it(directory: Path) -> None:
    path = directory / "a.db"
    schema.prepare(path, [FIRST])
    with closing(sqlite3.connect(path)) as looking:
        assert looking.execute("SELECT x FROM a").fetchall() == [("old",)]
        schema.prepare(path, [FIRST])
        answer = subprocess.run(
            [sys.executable, "-c", TAKE_WHOLE, str(path)],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    # As long as somebody looks, no other process has the file to itself.
    assert answer.stdout == "database is locked\n"


async def test_what_the_audit_log_cannot_tell_is_not_done(directory: Path) -> None:
    path = directory / "a.db"
    storage = SqliteStorage(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(
            "CREATE TRIGGER audit_is_full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    with pytest.raises(DatabaseUnusable, match="full"):
        await storage.accounts.add(account("ada"), deed=Deed(actor="root", action="added", subject="ada"))
    assert await storage.accounts.list() == []
    await storage.close()


async def test_the_schema_holds_on_its_own(directory: Path) -> None:
    path = directory / "a.db"
    storage = SqliteStorage(path)
    await storage.audit.append(Deed(actor="ada", action="a", subject="s"))
    await storage.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in (
            "UPDATE audit SET actor = 'ben'",
            "DELETE FROM audit",
            "REPLACE INTO audit VALUES (1, 0, 'ben', 'a', 's', '{}')",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="audit"):
                connection.execute(statement)
        assert connection.execute("SELECT actor FROM audit").fetchall() == [("ada",)]
