"""Accounts and tokens as the service keeps them: the first admin, imports that were cut off, sweeps."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from atelier.errors import RosterInvalid
from atelier.gateway.administration import SERVICE, Administration
from atelier.gateway.config import Retention as Kept
from atelier.gateway.retention import Retention
from atelier.storage.account import Account, Role
from atelier.storage.artifacts import ArtifactStore
from atelier.storage.file import Area
from atelier.storage.job import End, JobState, NewJob
from atelier.storage.sqlite import SqliteStorage
from atelier.storage.token import digest
from tests.integration.gateway.conftest import EMPTY_NEEDS

DAY = 86_400.0


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def storage(tmp_path: Path, clock: Clock) -> AsyncIterator[SqliteStorage]:
    opened = SqliteStorage(tmp_path / "atelier.sqlite3", clock=clock)
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture
def administration(storage: SqliteStorage, clock: Clock) -> Administration:
    return Administration(storage, now=clock)


async def test_the_first_start_makes_an_admin_and_the_second_none(
    administration: Administration, storage: SqliteStorage
) -> None:
    first = await administration.first_admin()
    assert first is not None
    assert first.secret not in repr(first)
    grant = await storage.tokens.grant(digest(first.secret))
    assert grant is not None
    assert grant.account.role is Role.ADMIN
    assert await administration.first_admin() is None
    assert [each.actor for each in await storage.audit.list()] == [SERVICE, SERVICE]


async def test_an_admin_without_a_token_that_works_gets_one(
    administration: Administration, storage: SqliteStorage
) -> None:
    first = await administration.first_admin()
    assert first is not None
    await storage.tokens.revoke(first.token.id)
    again = await administration.first_admin()
    assert again is not None
    assert again.account == first.account


async def test_a_student_called_admin_is_no_admin(administration: Administration) -> None:
    await administration.add_account("test", "admin", Role.STUDENT)
    made = await administration.first_admin()
    assert made is not None
    assert made.account.name == "admin-2"


async def test_an_admin_that_is_switched_off_administers_nothing(
    administration: Administration, storage: SqliteStorage
) -> None:
    first = await administration.first_admin()
    assert first is not None
    await storage.accounts.change(Account(**{**vars(first.account), "disabled": True}))
    again = await administration.first_admin()
    assert again is not None
    assert again.account.id != first.account.id


async def test_an_import_that_was_cut_off_is_taken_up(
    administration: Administration, storage: SqliteStorage
) -> None:
    roster = b"name,class\nAda,7b\nGrace,7b\n"
    await administration.put_group("test", "7b", {})
    await administration.add_account("test", "Ada", Role.STUDENT, group="7b")
    imported = await administration.import_roster("test", roster)
    assert [each.name for each in imported.plan.add] == ["Grace"]
    assert [each.account.name for each in imported.issued] == ["Grace"]
    missing = await administration.issue_missing("test", await storage.accounts.list())
    assert [each.account.name for each in missing] == ["Ada"]


async def test_a_faulty_roster_leaves_no_trace(
    administration: Administration, storage: SqliteStorage
) -> None:
    with pytest.raises(RosterInvalid):
        await administration.import_roster("test", b"name,role\nAda,\nGrace,pupil\n")
    assert await storage.accounts.list() == []
    assert await storage.audit.list() == []


async def test_those_who_are_expired_or_switched_off_get_no_tokens(
    administration: Administration, storage: SqliteStorage, clock: Clock
) -> None:
    await administration.add_account("test", "gone", Role.STUDENT, expires_at=clock.now - 1)
    off = await administration.add_account("test", "off", Role.STUDENT)
    await administration.change_account("test", off, {"disabled": True})
    assert await administration.issue_missing("test", await storage.accounts.list()) == ()


async def test_a_token_in_the_place_of_others_may_do_no_more_than_they(
    administration: Administration, clock: Clock
) -> None:
    ada = await administration.add_account("test", "Ada", Role.STUDENT)
    await administration.issue("test", ada, scopes=["jobs:read"], expires_at=clock.now + DAY)
    await administration.issue("test", ada, scopes=["self:read"], expires_at=clock.now + 2 * DAY)
    rotated = (await administration.rotate("test", ada, overlap=60)).token
    assert rotated.scopes == frozenset({"jobs:read", "self:read"})
    assert rotated.expires_at == clock.now + 2 * DAY
    await administration.issue("test", ada)
    whole = (await administration.reissue("test", ada)).token
    assert (whole.scopes, whole.expires_at) == (None, None)


# --- sweeping --------------------------------------------------------------------------------------------


async def ended_job(storage: SqliteStorage, account: Account, name: str) -> None:
    await storage.jobs.submit(
        NewJob(
            id=name,
            account_id=account.id,
            given_id=None,
            body_digest=name,
            client_id=None,
            workflow={},
            targets=(),
            extra_data={},
            needs=EMPTY_NEEDS,
            images=0,
        ),
        account.limits,
    )
    await storage.jobs.claim("e", f"w-{name}", unable=(), lease=60, defaults={})
    await storage.jobs.finish(name, f"w-{name}", End(state=JobState.SUCCEEDED, engine_seconds=1.0, images=0))


async def test_a_sweep_removes_what_is_too_old_and_nothing_else(
    administration: Administration, storage: SqliteStorage, clock: Clock, tmp_path: Path
) -> None:
    artifacts = ArtifactStore(tmp_path / "artifacts", clock=clock)
    ada = await administration.add_account("test", "Ada", Role.STUDENT)
    kept = Kept(temp_days=1, output_days=10, input_days=None, job_days=10)
    retention = Retention(storage, artifacts, kept, now=clock)

    async def keep(name: str) -> None:
        for area in Area:
            artifact = await artifacts.put_bytes(f"{name} {area}".encode())
            stored = artifacts.path(artifact.digest)
            os.utime(stored, (clock.now, clock.now))
            await storage.files.put(ada.id, area, "", name, artifact, media_type="image/png")
        await ended_job(storage, ada, name)

    await keep("old")
    clock.now += 9 * DAY
    await keep("new")
    clock.now += 0.5 * DAY
    assert (await retention.sweep()).files == 1
    clock.now += 1 * DAY
    swept = await retention.sweep()
    assert (swept.files, swept.jobs) == (2, 1)
    left = {area: [each.filename for each in await storage.files.list(ada.id, area)] for area in Area}
    assert left == {
        Area.INPUT: ["new", "old"],
        Area.OUTPUT: ["new"],
        Area.TEMP: [],
        Area.USERDATA: ["new", "old"],
    }
    assert [each.id for each in await storage.jobs.list(ada.id)] == ["new"]
    for area, names in left.items():
        for name in names:
            file = await storage.files.get(ada.id, area, "", name)
            assert file is not None
            assert await artifacts.bytes_of(file.artifact.digest) == f"{name} {area}".encode()
    assert sum(1 for each in (tmp_path / "artifacts").rglob("*") if each.is_file()) == 5


async def test_nothing_is_swept_that_is_kept_for_ever(
    administration: Administration, storage: SqliteStorage, clock: Clock, tmp_path: Path
) -> None:
    artifacts = ArtifactStore(tmp_path / "artifacts", clock=time.time)
    ada = await administration.add_account("test", "Ada", Role.STUDENT)
    await ended_job(storage, ada, "old")
    clock.now += 10_000 * DAY
    kept = Kept(temp_days=None, output_days=None, input_days=None, job_days=None)
    assert (await Retention(storage, artifacts, kept, now=clock).sweep()).jobs == 0
    assert len(await storage.jobs.list(ada.id)) == 1
