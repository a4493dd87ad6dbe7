"""How a job ended, in ComfyUI's messages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from atelier.findings import Finding
from atelier.storage.job import JobState
from atelier.worker.endings import ending, engine_seconds, node_errors
from tests.unit.worker.test_names import job


@pytest.mark.parametrize(
    ("state", "type_"),
    [
        (JobState.SUCCEEDED, "execution_success"),
        (JobState.FAILED, "execution_error"),
        (JobState.CANCELLED, "execution_interrupted"),
    ],
)
def test_a_job_without_messages_ends_all_the_same(state: JobState, type_: str) -> None:
    said, nothing_runs = ending(replace(job(), state=state, ended_at=2.5, failure="it broke"))
    assert said.type == type_
    assert (said.data["prompt_id"], said.data["timestamp"]) == ("mine", 2500)
    assert (nothing_runs.type, nothing_runs.data["node"], nothing_runs.job_id) == ("executing", None, "mine")
    assert said.data.get("exception_message") == ("it broke" if state is JobState.FAILED else None)


def test_the_engine_s_own_words_are_passed_on() -> None:
    messages = (("execution_start", {"timestamp": 1}), ("execution_error", {"node_id": "7", "timestamp": 9}))
    said, _ = ending(replace(job(), state=JobState.FAILED, messages=messages))
    assert said.data == {"node_id": "7", "timestamp": 9, "prompt_id": "mine"}


@pytest.mark.parametrize(
    ("messages", "seconds"),
    [
        ([("execution_start", {"timestamp": 1000}), ("execution_success", {"timestamp": 3500})], 2.5),
        (
            [
                ("execution_start", {"timestamp": 1000}),
                ("execution_cached", {"timestamp": 1001}),
                ("execution_interrupted", {"timestamp": 1002}),
            ],
            0.002,
        ),
        ([], None),
        ([("execution_start", {"timestamp": 1000})], None),
        ([("execution_error", {"timestamp": 1000}), ("x", {"timestamp": 2000})], None),
        ([("execution_start", {"timestamp": 1000}), ("execution_success", {})], None),
        ([("execution_start", {"timestamp": 3000}), ("execution_success", {"timestamp": 1000})], None),
        ([("execution_start", {"timestamp": True}), ("execution_success", {"timestamp": 1000})], None),
        ([("execution_start", {"timestamp": "1"}), ("execution_success", {"timestamp": "2"})], None),
    ],
)
def test_engine_time_is_what_the_engine_says(messages: list[tuple[str, Any]], seconds: float | None) -> None:
    assert engine_seconds(messages) == seconds


def test_findings_stand_at_their_nodes() -> None:
    findings = [
        Finding(
            kind="a", message="m", node_id="1", class_type="C", input_name="x", received=5, fix="mend it"
        ),
        Finding(kind="b", message="n", node_id="1", class_type="C", fix="f"),
        Finding(kind="c", message="of the whole"),
    ]
    errors = node_errors(findings)
    assert list(errors) == ["1"]
    assert errors["1"]["class_type"] == "C"
    assert [each["type"] for each in errors["1"]["errors"]] == ["a", "b"]
    assert errors["1"]["errors"][0] == {
        "type": "a",
        "message": "m",
        "details": "mend it",
        "extra_info": {"input_name": "x", "received_value": 5},
    }
