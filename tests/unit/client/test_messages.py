"""WebSocket messages are read as pure functions of what arrived."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atelier.client._events import Cached, NodeDone, NodeStarted, Preview, Progress, Started
from atelier.client._lookup import finished, queue_of
from atelier.client._messages import Ended, Failed, QueueMoved, SuccessAnnounced, read_frame, read_text
from atelier.errors import AnswerUnusable, JobInterrupted
from atelier.schemas import frames

RECORDED: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "reference" / "comfyui" / "websocket-0.3.64.json").read_text("utf-8")
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
types = st.sampled_from(
    [
        *("status", "execution_start", "execution_cached", "executing", "progress", "executed", "new"),
        *("execution_success", "execution_error", "execution_interrupted", "atelier.notice"),
    ]
)
keys = ("prompt_id", "node", "nodes", "value", "max", "output", "node_id", "node_type", "exception_message")
messages = st.fixed_dictionaries(
    {
        "type": types | json_values,
        "data": st.fixed_dictionaries({}, optional=dict.fromkeys(keys, json_values)) | json_values,
    }
)


def read(type_: str, *, running: str | None = None, **data: object) -> object:
    return read_text(json.dumps({"type": type_, "data": data}), running=running)


def test_each_message_of_comfyui_has_its_meaning() -> None:
    assert read("status", status={}) == QueueMoved()
    assert read("execution_start", prompt_id="j") == Started(job_id="j")
    assert read("execution_cached", prompt_id="j", nodes=["1"]) == Cached(job_id="j", nodes=("1",))
    assert read("executing", prompt_id="j", node="1") == NodeStarted(job_id="j", node="1")
    assert read("executing", prompt_id="j", node=None) == Ended(job_id="j")
    assert read("progress", prompt_id="j", value=1, max=4, node="1") == Progress(
        job_id="j", value=1, max=4, node="1"
    )
    assert read("executed", prompt_id="j", node="1", output={"images": []}) == NodeDone(
        job_id="j", node="1", outputs={"images": []}
    )
    assert read("execution_success", prompt_id="j") == SuccessAnnounced(job_id="j")
    assert read("progress_state", prompt_id="j", nodes={}) is None
    failed = read("execution_interrupted", prompt_id="j", node_id="1", node_type="KSampler")
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, JobInterrupted)


def test_a_message_without_a_job_belongs_to_the_job_that_runs() -> None:
    assert read("executing", node="1") is None
    assert read("executing", node="1", running="j") == NodeStarted(job_id="j", node="1")
    assert read("executing", node=None, running="j") is None
    frame = frames.build(frames.LegacyPreview(image=b"J", media_type="image/jpeg"))
    assert read_frame(frame, running=None) is None
    assert read_frame(frame, running="j") == Preview(
        job_id="j", image=b"J", media_type="image/jpeg", node=None
    )


def all_messages(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict) and "type" in value and "data" in value:
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [message for each in inner for message in all_messages(each)]


def test_every_recorded_message_of_comfyui_is_read() -> None:
    recorded = all_messages(RECORDED)
    assert len(recorded) > 50
    for message in recorded:
        read_text(json.dumps(message), running=None)


@given(messages | json_values, st.none() | st.just("j"))
def test_any_json_is_read_or_unusable(message: object, running: str | None) -> None:
    with contextlib.suppress(AnswerUnusable):
        read_text(json.dumps(message), running=running)


@given(st.text() | st.integers(0, 60_000).map(lambda depth: "[" * depth), st.none())
def test_any_text_is_read_or_unusable(text: str, running: str | None) -> None:
    with contextlib.suppress(AnswerUnusable):
        read_text(text, running=running)


@given(
    st.dictionaries(
        st.just("j"),
        st.fixed_dictionaries(
            {},
            optional={
                "outputs": json_values,
                "status": st.fixed_dictionaries(
                    {},
                    optional={
                        "status_str": st.sampled_from(["success", "error"]) | json_values,
                        "completed": json_values,
                        "messages": st.lists(st.tuples(types, json_values)) | json_values,
                    },
                )
                | json_values,
                "atelier.notice": json_values,
            },
        )
        | json_values,
    )
    | json_values
)
def test_any_history_is_read_or_unusable_and_only_success_is_one(document: Any) -> None:
    try:
        end = finished(document, "j")
    except AnswerUnusable:
        return
    if end is not None and end.error is None:
        assert document["j"]["status"]["status_str"] == "success"
        assert document["j"]["status"]["completed"] is True


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "queue_running": st.lists(json_values) | json_values,
            "queue_pending": st.lists(st.lists(json_values)) | json_values,
        },
    )
    | json_values
)
def test_any_queue_is_read_or_unusable(document: object) -> None:
    with contextlib.suppress(AnswerUnusable):
        queue_of(document)


def test_the_queue_is_read_in_the_order_in_which_it_will_run() -> None:
    heap = [[-3, "first", {}], [5, "last", {}], [0.5, "second", {}]]
    queue = queue_of({"queue_running": [[1, "now", {}]], "queue_pending": heap})
    assert queue.running == ("now",)
    assert queue.pending == ("first", "second", "last")


@pytest.mark.parametrize("status", [None, {}, {"status_str": "success"}, {"completed": True}])
def test_a_history_entry_that_does_not_say_how_it_ended_is_no_success(status: object) -> None:
    with pytest.raises(AnswerUnusable):
        finished({"j": {"status": status, "outputs": {}}}, "j")
