"""Settings, use, and the audit log."""

from __future__ import annotations

import pytest

from atelier.errors import AccountUnknown, NameTaken
from atelier.storage.account import Group
from atelier.storage.contract import Deed, Entry, Storage, Use
from atelier.storage.token import NewToken
from tests.integration.storage.makers import DAY, Clock, account, add_accounts, run_next, submit


async def test_settings_are_kept_by_account_and_key(storage: Storage) -> None:
    await add_accounts(storage, "ada", "ben")
    await storage.settings.put("ada", {"Comfy.Locale": "de", "Comfy.Nested": {"a": [1, None]}})
    await storage.settings.put("ada", {"Comfy.Locale": "en"})
    assert await storage.settings.all("ada") == {"Comfy.Locale": "en", "Comfy.Nested": {"a": [1, None]}}
    assert await storage.settings.all("ben") == {}


async def test_nobody_has_settings_who_has_no_account(storage: Storage) -> None:
    with pytest.raises(AccountUnknown):
        await storage.settings.put("nobody", {"a": 1})


async def test_use_is_told_by_account_and_day(storage: Storage, clock: Clock) -> None:
    await add_accounts(storage, "ada", "ben")
    await submit(storage, "ada")
    await run_next(storage, seconds=3.0)
    clock.pass_by(DAY)
    await submit(storage, "ben", images=5)
    first, second = await storage.usage.of(since="2000-01-01")
    assert first == Use(
        account_id="ada",
        day=first.day,
        images=1,
        engine_seconds=3.0,
        jobs=1,
        reserved_images=0,
        reserved_seconds=0.0,
    )
    assert (second.account_id, second.images, second.reserved_images, second.reserved_seconds) == (
        "ben",
        0,
        5,
        3.0,
    )
    assert await storage.usage.of(since=second.day) == [second]
    assert await storage.usage.of(since="2000-01-01", account_id="ada") == [first]


async def test_the_audit_log_says_who_did_what_latest_first(storage: Storage, clock: Clock) -> None:
    await storage.audit.append(
        Deed(actor="ada", action="token.issued", subject="t1", detail={"hint": "wxyz"})
    )
    began = clock()
    clock.pass_by(1)
    for number in range(4):
        await storage.audit.append(Deed(actor="atelier", action="file.expired", subject=str(number)))
    latest = await storage.audit.list(limit=2)
    assert [each.subject for each in latest] == ["3", "2"]
    older = await storage.audit.list(before=latest[-1].number)
    assert [each.subject for each in older] == ["1", "0", "t1"]
    assert older[-1] == Entry(
        number=1, at=began, actor="ada", action="token.issued", subject="t1", detail={"hint": "wxyz"}
    )


def done(action: str) -> Deed:
    return Deed(actor="root", action=action, subject="ada")


async def test_a_deed_stands_in_the_audit_log_with_what_it_changed(storage: Storage) -> None:
    await storage.accounts.put_group(Group(name="3b"), deed=done("class"))
    await storage.accounts.add(account("ada"), deed=done("added"))
    await storage.accounts.change(account("ada", group="3b"), deed=done("changed"))
    token = NewToken(id="token", account_id="ada", digest=b"digest", hint="abcd")
    await storage.tokens.issue(token, deed=done("issued"))
    assert await storage.tokens.revoke("token", deed=done("revoked"))
    job = await submit(storage, "ada")
    await storage.jobs.cancel("ada", job.public_id, deed=done("cancelled"))
    await storage.engines.report("engine", address="http://a", state="live", model=None, idle=True)
    await storage.engines.drain("engine", draining=True, deed=done("drained"))
    await storage.accounts.remove("ada", deed=done("removed"))
    entries = list(reversed(await storage.audit.list()))
    assert [each.action for each in entries] == [
        "class",
        "added",
        "changed",
        "issued",
        "revoked",
        "cancelled",
        "drained",
        "removed",
    ]
    assert entries[5].detail == {"outcome": "done"}


async def test_what_was_not_done_does_not_stand_in_the_audit_log(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    with pytest.raises(NameTaken):
        await storage.accounts.add(account("other", name="ada"), deed=done("added"))
    with pytest.raises(AccountUnknown):
        await storage.accounts.change(account("nobody"), deed=done("changed"))
    with pytest.raises(AccountUnknown):
        await storage.accounts.remove("nobody", deed=done("removed"))
    nobodys = NewToken(id="token", account_id="nobody", digest=b"digest", hint="abcd")
    with pytest.raises(AccountUnknown):
        await storage.tokens.issue(nobodys, deed=done("issued"))
    assert not await storage.tokens.revoke("unknown", deed=done("revoked"))
    await storage.jobs.cancel("ada", "unknown", deed=done("cancelled"))
    assert not await storage.engines.drain("unknown", draining=True, deed=done("drained"))
    assert await storage.audit.list() == []
