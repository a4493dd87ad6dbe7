"""A job as ComfyUI's documents: under its public name, and with a reason where it failed."""

from __future__ import annotations

from dataclasses import replace

from atelier.gateway.comfyui import documents
from atelier.schemas.needs import Needs
from atelier.storage.job import Job, JobState

JOB = Job(
    id="inner",
    account_id="account-ada",
    given_id="hers",
    client_id="tab",
    workflow={"1": {"class_type": "SaveImage"}},
    targets=("1",),
    extra_data={"extra_pnginfo": {}},
    needs=Needs(node_classes=frozenset(), models=frozenset(), model=None, kind="k"),
    images=1,
    state=JobState.SUCCEEDED,
    number=7,
    attempt=1,
    engine="first",
    cancel_requested=False,
    created_at=10.0,
    started_at=11.0,
    ended_at=12.5,
    engine_seconds=1.5,
    outputs={"1": {"images": []}},
    messages=(("execution_start", {"prompt_id": "hers"}), ("execution_success", {"prompt_id": "hers"})),
    extra={"meta": {"1": {"node_id": "1"}}, "atelier.notice": [{"code": "x"}]},
)


def test_a_prompt_has_comfyui_s_five_parts_and_the_public_id() -> None:
    assert documents.prompt(JOB) == [
        7,
        "hers",
        JOB.workflow,
        {"extra_pnginfo": {}, "client_id": "tab"},
        ["1"],
    ]
    assert documents.prompt(replace(JOB, given_id=None, client_id=None))[1] == "inner"


def test_a_job_that_succeeded() -> None:
    entry = documents.history_entry(JOB)
    assert entry["status"]["status_str"] == "success"
    assert entry["status"]["completed"] is True
    assert [type_ for type_, _ in entry["status"]["messages"]] == ["execution_start", "execution_success"]
    assert entry["meta"] == {"1": {"node_id": "1"}}
    assert entry["atelier.notice"] == [{"code": "x"}]


def test_a_job_that_failed_without_a_word_of_an_engine_says_why() -> None:
    lost = replace(JOB, state=JobState.FAILED, failure="Three engines went away.", messages=(), extra={})
    entry = documents.history_entry(lost)
    [(type_, data)] = entry["status"]["messages"]
    assert type_ == "execution_error"
    assert data["exception_message"] == "Three engines went away."
    assert data["prompt_id"] == "hers"
    assert data["traceback"] == []
    assert entry["status"] | {"messages": []} == {"status_str": "error", "completed": False, "messages": []}
    assert entry["meta"] == {}


def test_what_an_engine_said_of_a_failure_is_not_said_twice() -> None:
    said = (("execution_error", {"prompt_id": "hers", "exception_message": "no memory"}),)
    entry = documents.history_entry(replace(JOB, state=JobState.FAILED, failure="x", messages=said))
    assert entry["status"]["messages"] == [["execution_error", said[0][1]]]


def test_a_cancelled_job_is_an_interrupted_one() -> None:
    entry = documents.history_entry(replace(JOB, state=JobState.CANCELLED, messages=()))
    assert [type_ for type_, _ in entry["status"]["messages"]] == ["execution_interrupted"]
    assert entry["status"]["completed"] is False
