"""Accounts, classes and what goes with them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from atelier.errors import AccountBusy, AccountUnknown, GroupUnknown, NameTaken
from atelier.storage.account import Group, Limits, Role
from atelier.storage.contract import Deed, Storage
from atelier.storage.file import Area
from atelier.storage.token import NewToken
from tests.integration.storage.makers import (
    account,
    add_accounts,
    artifact,
    claim,
    end,
    submit,
    worker,
)


async def test_an_account_comes_back_as_it_was_stored(storage: Storage) -> None:
    await storage.accounts.put_group(Group(name="3b"))
    ada = account(
        "ada",
        role=Role.TEACHER,
        group="3b",
        weight=2.5,
        limits=Limits(
            images_per_day=3, engine_seconds_per_day=4.5, storage_bytes=5_000_000_000, running=6, queued=7
        ),
        expires_at=9e9,
        disabled=True,
    )
    await storage.accounts.add(ada)
    assert await storage.accounts.get("ada") == ada
    assert await storage.accounts.named("ada") == ada


async def test_who_is_not_there_is_none(storage: Storage) -> None:
    assert await storage.accounts.get("nobody") is None
    assert await storage.accounts.named("nobody") is None
    assert await storage.accounts.group("nothing") is None


async def test_a_name_belongs_to_one_account(storage: Storage) -> None:
    await add_accounts(storage, "ada", "ben")
    with pytest.raises(NameTaken, match="'ada'"):
        await storage.accounts.add(account("other", name="ada"))
    with pytest.raises(NameTaken):
        await storage.accounts.change(account("ben", name="ada"))
    assert await storage.accounts.named("ben") is not None


async def test_an_account_needs_a_class_that_exists(storage: Storage) -> None:
    with pytest.raises(GroupUnknown, match="'3b'"):
        await storage.accounts.add(account("ada", group="3b"))
    await add_accounts(storage, "ada")
    with pytest.raises(GroupUnknown):
        await storage.accounts.change(account("ada", group="3b"))


async def test_a_change_keeps_what_is_in_the_queue(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    await submit(storage, "ada")
    await storage.accounts.change(account("ada", name="Ada", weight=3.0))
    changed = await storage.accounts.get("ada")
    assert changed is not None
    assert (changed.name, changed.weight) == ("Ada", 3.0)
    assert await storage.jobs.unfinished("ada") == 1


async def test_nobody_can_be_changed_or_removed_who_is_not_there(storage: Storage) -> None:
    with pytest.raises(AccountUnknown):
        await storage.accounts.change(account("nobody"))
    with pytest.raises(AccountUnknown):
        await storage.accounts.remove("nobody")


async def test_accounts_are_listed_by_name_and_class(storage: Storage) -> None:
    await storage.accounts.put_group(Group(name="3b"))
    await add_accounts(storage, "cem", "ada")
    await add_accounts(storage, "ben", group="3b")
    assert [each.name for each in await storage.accounts.list()] == ["ada", "ben", "cem"]
    assert [each.name for each in await storage.accounts.list(group="3b")] == ["ben"]


async def test_a_class_is_changed_under_its_name(storage: Storage) -> None:
    await storage.accounts.put_group(Group(name="3b"))
    changed = Group(name="3b", limits=Limits(running=2), shows_pictures=True, lesson_until=12.5)
    await storage.accounts.put_group(changed)
    assert await storage.accounts.group("3b") == changed
    assert await storage.accounts.groups() == [changed]


async def test_a_removed_account_leaves_nothing_but_its_lines_in_the_audit_log(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    await storage.tokens.issue(NewToken(id="token", account_id="ada", digest=b"digest", hint="abcd"))
    job = await submit(storage, "ada")
    await storage.files.put("ada", Area.INPUT, "", "a.png", artifact(), media_type="image/png")
    await storage.settings.put("ada", {"key": 1})
    await storage.audit.append(Deed(actor="ada", action="job.submitted", subject=job.id))
    await storage.accounts.remove("ada")
    assert await storage.accounts.get("ada") is None
    assert await storage.tokens.grant(b"digest") is None
    assert await storage.jobs.get(job.id) is None
    assert await storage.files.get("ada", Area.INPUT, "", "a.png") is None
    assert await storage.settings.all("ada") == {}
    assert await storage.usage.of(since="2000-01-01") == []
    assert [each.actor for each in await storage.audit.list()] == ["ada"]


async def test_an_account_is_not_removed_under_its_running_job(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    await submit(storage, "ada")
    by = worker()
    job = await claim(storage, by)
    assert job is not None
    with pytest.raises(AccountBusy, match="'ada'"):
        await storage.accounts.remove("ada")
    await storage.jobs.finish(job.id, by, end())
    await storage.accounts.remove("ada")


async def test_a_teacher_opens_a_lesson_by_changing_the_class(storage: Storage) -> None:
    await storage.accounts.put_group(Group(name="3b"))
    group = await storage.accounts.group("3b")
    assert group is not None
    await storage.accounts.put_group(replace(group, lesson_until=99.0))
    assert (await storage.accounts.groups())[0].lesson_until == 99.0
