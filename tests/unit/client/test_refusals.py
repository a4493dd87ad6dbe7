"""What an answer means is read from its bytes alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from hypothesis import given
from hypothesis import strategies as st

from atelier.client._refusals import EXCERPT, Answer, excerpt, refusal, retry_after
from atelier.client._token import Token
from atelier.errors import ClientError


def answer(status: int, body: bytes = b"", **headers: str) -> Answer:
    return Answer(where="http://here: GET /x", status=status, headers=headers, body=body)


def test_seconds_to_wait_are_read_as_a_number_or_a_date() -> None:
    now = datetime.now(UTC)
    assert retry_after("17") == 17
    assert retry_after(" 0 ") == 0
    assert retry_after(format_datetime(now - timedelta(hours=1), usegmt=True)) == 0
    in_a_minute = retry_after(format_datetime(now + timedelta(seconds=60), usegmt=True))
    assert in_a_minute is not None
    assert 55 < in_a_minute <= 60
    for nonsense in (None, "", "soon", "-5", "1e9", "9" * 40, "Mon, 99 Foo 2026"):
        assert retry_after(nonsense) is None


@given(st.text())
def test_no_retry_after_whatever_breaks_the_reading(value: str) -> None:
    seconds = retry_after(value)
    assert seconds is None or seconds >= 0


@given(st.integers(100, 999), st.binary(max_size=300), st.text(max_size=30))
def test_every_answer_is_a_success_or_one_of_our_exceptions(status: int, body: bytes, location: str) -> None:
    problem = refusal(answer(status, body, location=location), Token("t"))
    assert (problem is None) == (200 <= status < 300)
    assert problem is None or isinstance(problem, ClientError)


def test_an_excerpt_has_no_tags_and_no_more_than_its_length() -> None:
    page = b"<!DOCTYPE html><html><head><title>no</title></head><body>bad&nbsp;luck<br>" + b"a " * 500
    text = excerpt(answer(500, page), None)
    assert text.startswith(" (bad luck a a a")
    assert len(text) <= EXCERPT + 6


def test_an_excerpt_cannot_drive_a_terminal() -> None:
    assert "\x1b" not in excerpt(answer(500, b"\x1b[2J \x1b]0;title\x07 gone"), None)
