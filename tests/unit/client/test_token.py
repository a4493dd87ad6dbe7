"""A token that copying has spoilt is refused with the reason, and no token is ever shown."""

from __future__ import annotations

import pytest

from atelier.client._token import Token
from atelier.errors import UsageError

HASH = "$2b$12$" + "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ./0"[:53]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "empty"),
        (f"{HASH}\n", "line break at its start or end"),
        (f" {HASH}", "blank"),
        (f"{HASH}\nstudent\n", "only the first line"),
        (f"{HASH}\r\nstudent", "only the first line"),
        (f'"{HASH}"', "quotes"),
        (f"'{HASH}", "quotes"),
        (f"\ufeff{HASH}", "byte-order mark"),
        (f"\xef\xbb\xbf{HASH}", "byte-order mark"),
        (f"Bearer {HASH}", "Bearer"),
        ("my secret pass phrase", "password"),
        ("pässword", "ASCII"),
    ],
)
def test_a_spoilt_token_is_refused_with_the_reason_and_not_shown(value: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        Token(value)
    assert len(value) < 2 or value.strip() not in str(caught.value)


def test_a_bcrypt_hash_is_known_as_one() -> None:
    assert Token(HASH).is_bcrypt_hash
    assert not Token("hunter2").is_bcrypt_hash


@pytest.mark.parametrize("left", [HASH[4:], HASH[6:], HASH[20:]])
def test_what_a_shell_leaves_of_a_hash_is_known_as_that(left: str) -> None:
    assert Token(left).may_have_lost_dollars


def test_a_short_password_or_a_whole_hash_has_lost_nothing() -> None:
    assert not Token(HASH).may_have_lost_dollars
    assert not Token("hunter2").may_have_lost_dollars


def test_a_token_shows_itself_to_nobody() -> None:
    token = Token(HASH)
    assert HASH not in repr(token)
    assert HASH not in str(token)
    assert token.hidden_in(f"you sent {HASH}!") == "you sent [token]!"
