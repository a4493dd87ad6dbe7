"""Who a token speaks for, and when it no longer does."""

from __future__ import annotations

from typing import Any

import pytest

from atelier.errors import AccountUnknown
from atelier.storage.contract import Storage
from atelier.storage.token import NewToken, TokenKind, digest, hint, new_secret
from tests.integration.storage.makers import Clock, account, add_accounts


async def issue(storage: Storage, name: str = "token", **given: Any) -> bytes:
    secret = new_secret()
    await storage.tokens.issue(
        NewToken(**{"id": name, "account_id": "ada", "digest": digest(secret), "hint": hint(secret)} | given)
    )
    return digest(secret)


async def test_a_token_speaks_for_its_account(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    of_token = await issue(storage, scopes=frozenset({"jobs:read", "jobs:submit"}))
    grant = await storage.tokens.grant(of_token)
    assert grant is not None
    assert grant.account == account("ada")
    assert (grant.token_id, grant.kind, grant.scopes) == (
        "token",
        TokenKind.BEARER,
        frozenset({"jobs:read", "jobs:submit"}),
    )


async def test_an_unknown_token_speaks_for_nobody(storage: Storage) -> None:
    assert await storage.tokens.grant(b"unknown") is None


async def test_a_token_without_scopes_is_not_one_with_no_scope(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    all_of_them, none_of_them = await issue(storage), await issue(storage, "none", scopes=frozenset())
    granted = await storage.tokens.grant(all_of_them)
    refused = await storage.tokens.grant(none_of_them)
    assert granted is not None
    assert granted.scopes is None
    assert refused is not None
    assert refused.scopes == frozenset()


async def test_a_token_ends_when_it_expires(storage: Storage, clock: Clock) -> None:
    await add_accounts(storage, "ada")
    of_token = await issue(storage, expires_at=clock() + 10)
    assert await storage.tokens.grant(of_token) is not None
    clock.pass_by(10)
    assert await storage.tokens.grant(of_token) is None


async def test_a_revoked_token_ends_at_once_and_only_once(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    of_token = await issue(storage)
    assert await storage.tokens.revoke("token")
    assert await storage.tokens.grant(of_token) is None
    assert not await storage.tokens.revoke("token")
    assert not await storage.tokens.revoke("unknown")


async def test_a_rotated_token_lives_on_for_the_overlap(storage: Storage, clock: Clock) -> None:
    await add_accounts(storage, "ada")
    of_token = await issue(storage)
    assert await storage.tokens.revoke("token", at=clock() + 60)
    assert await storage.tokens.grant(of_token) is not None
    clock.pass_by(60)
    assert await storage.tokens.grant(of_token) is None


async def test_a_session_ends_with_the_token_that_it_came_from(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    await issue(storage)
    session = await issue(storage, "session", kind=TokenKind.SESSION, parent="token")
    assert await storage.tokens.grant(session) is not None
    await storage.tokens.revoke("token")
    assert await storage.tokens.grant(session) is None


async def test_a_session_ends_when_the_token_that_it_came_from_expires(
    storage: Storage, clock: Clock
) -> None:
    await add_accounts(storage, "ada")
    await issue(storage, expires_at=clock() + 5)
    session = await issue(storage, "session", kind=TokenKind.SESSION, parent="token", expires_at=clock() + 50)
    clock.pass_by(5)
    assert await storage.tokens.grant(session) is None


@pytest.mark.parametrize("state", [{"disabled": True}, {"expires_at": 1.0}])
async def test_the_token_of_an_account_that_may_not_in_is_worth_nothing(
    storage: Storage, state: dict[str, Any]
) -> None:
    await add_accounts(storage, "ada")
    of_token = await issue(storage)
    await storage.accounts.change(account("ada", **state))
    assert await storage.tokens.grant(of_token) is None


async def test_lists_show_what_tells_tokens_apart_and_when_they_were_used(
    storage: Storage, clock: Clock
) -> None:
    await add_accounts(storage, "ada", "ben")
    of_token = await issue(storage, hint="wxyz")
    await issue(storage, "other", account_id="ben")
    await storage.tokens.grant(of_token)
    # Whatever was written before is on the disk once this is.
    await storage.tokens.forget_expired()
    [token] = await storage.tokens.list("ada")
    assert (token.id, token.hint, token.created_at, token.last_used_at) == ("token", "wxyz", clock(), clock())
    assert {each.id for each in await storage.tokens.list()} == {"token", "other"}


async def test_the_last_use_is_known_to_the_minute(storage: Storage, clock: Clock) -> None:
    await add_accounts(storage, "ada")
    of_token = await issue(storage)
    began = clock()
    for seconds in (0, 59, 1):
        clock.pass_by(seconds)
        await storage.tokens.grant(of_token)
        await storage.tokens.forget_expired()
        [token] = await storage.tokens.list("ada")
        assert token.last_used_at == (began if clock() < began + 60 else clock())


async def test_sessions_that_are_over_are_forgotten_and_tokens_are_not(
    storage: Storage, clock: Clock
) -> None:
    await add_accounts(storage, "ada")
    await issue(storage, "over", expires_at=clock() + 1)
    await issue(storage, "bearer")
    await issue(storage, "expired", kind=TokenKind.SESSION, parent="bearer", expires_at=clock() + 1)
    await issue(storage, "orphan", kind=TokenKind.SESSION, parent="over", expires_at=clock() + 100)
    await issue(storage, "alive", kind=TokenKind.SESSION, parent="bearer", expires_at=clock() + 100)
    clock.pass_by(2)
    assert await storage.tokens.forget_expired() == 2
    assert {each.id for each in await storage.tokens.list()} == {"over", "bearer", "alive"}


async def test_nobody_gets_a_token_who_has_no_account(storage: Storage) -> None:
    with pytest.raises(AccountUnknown):
        await issue(storage, account_id="nobody")
