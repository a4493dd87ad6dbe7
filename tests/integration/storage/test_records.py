"""Settings, use, and the audit log."""

from __future__ import annotations

import pytest

from atelier.errors import AccountUnknown
from atelier.storage.contract import Entry, Storage, Use
from tests.integration.storage.makers import DAY, Clock, add_accounts, run_next, submit


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
    await storage.audit.append(actor="ada", action="token.issued", subject="t1", detail={"hint": "wxyz"})
    began = clock()
    clock.pass_by(1)
    for number in range(4):
        await storage.audit.append(actor="atelier", action="file.expired", subject=str(number))
    latest = await storage.audit.list(limit=2)
    assert [each.subject for each in latest] == ["3", "2"]
    older = await storage.audit.list(before=latest[-1].number)
    assert [each.subject for each in older] == ["1", "0", "t1"]
    assert older[-1] == Entry(
        number=1, at=began, actor="ada", action="token.issued", subject="t1", detail={"hint": "wxyz"}
    )
