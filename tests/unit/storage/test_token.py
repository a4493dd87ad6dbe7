"""The form of tokens."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atelier.storage.token import digest, hint, new_secret, well_formed


def test_a_new_token_has_the_form_that_scanners_look_for() -> None:
    secret = new_secret()
    assert re.fullmatch(r"atl_[A-Za-z0-9_-]{43}_[0-9a-f]{6}", secret)
    assert well_formed(secret)
    assert len({new_secret() for _ in range(1000)}) == 1000


@pytest.mark.parametrize("position", range(4, 54))
def test_a_typing_error_is_seen(position: int) -> None:
    secret = new_secret()
    other = "0" if secret[position] != "0" else "1"
    assert not well_formed(secret[:position] + other + secret[position + 1 :])


@given(st.text())
def test_any_text_is_judged_without_an_error(text: str) -> None:
    assert not well_formed(text)


def test_a_hint_tells_four_characters_and_the_digest_none() -> None:
    secret = new_secret()
    assert hint(secret) == secret[43:47]
    assert len(digest(secret)) == 32
    assert digest(secret) != digest(new_secret())
