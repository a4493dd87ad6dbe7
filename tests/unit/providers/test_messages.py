"""Whatever an engine says is read as a message, or refused as none."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atelier.errors import AnswerUnusable
from atelier.providers.messages import Message, is_step, read_frame, read_message
from atelier.schemas import frames


def test_a_message_tells_its_job() -> None:
    message = read_message('{"type": "progress", "data": {"prompt_id": "j", "value": 1}}')
    assert (message.type, message.job_id, message.data["value"]) == ("progress", "j", 1)
    assert read_message('{"type": "status", "data": {}}').job_id is None
    assert read_message('{"type": "status", "data": {"prompt_id": 5}}').job_id is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "5",
        '{"type": 5, "data": {}}',
        '{"type": "a"}',
        '{"type": "a", "data": []}',
        "[" * 99999,
    ],
)
def test_what_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(AnswerUnusable):
        read_message(text)


def test_a_message_that_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(AnswerUnusable):
        read_message('{"type": "a", "data": {"b": ' + "[" * 300 + "]" * 300 + "}}")


@given(
    st.text()
    | st.dictionaries(st.sampled_from(["type", "data", "x"]), st.none() | st.text() | st.just({})).map(
        json.dumps
    )
)
def test_no_text_raises_anything_else(text: str) -> None:
    with contextlib.suppress(AnswerUnusable):
        assert isinstance(read_message(text), Message)


def test_a_preview_tells_its_job_or_is_the_running_one_s() -> None:
    named = frames.Preview(image=b"i", metadata={"prompt_id": "j", "image_type": "image/png"})
    assert read_frame(frames.build(named), running=None) == ("j", named)
    nameless = frames.Preview(image=b"i", metadata={"image_type": "image/png"})
    assert read_frame(frames.build(nameless), running="r") == ("r", nameless)
    assert read_frame(frames.build(nameless), running=None) is None


def test_a_preview_of_the_old_layout_becomes_one_of_the_new() -> None:
    old = frames.build(frames.LegacyPreview(image=b"i", media_type="image/jpeg"))
    assert read_frame(old, running=None) is None
    metadata = {"prompt_id": "r", "image_type": "image/jpeg"}
    assert read_frame(old, running="r") == ("r", frames.Preview(image=b"i", metadata=metadata))


def test_a_node_s_words_are_the_running_job_s() -> None:
    words = frames.Text(node_id="3", text="half way")
    assert read_frame(frames.build(words), running="r") == ("r", words)
    assert read_frame(b"\0\0\0\x09rest", running="r") is None


def test_only_steps_may_be_dropped() -> None:
    assert is_step(Message(type="progress", data={}))
    assert is_step(Message(type="progress_state", data={}))
    assert not is_step(Message(type="executed", data={}))
    assert is_step(frames.Preview(image=b"i", metadata={"image_type": "image/jpeg"}))
    assert not is_step(frames.Preview(image=b"i", metadata={"image_type": "image/png"}))
