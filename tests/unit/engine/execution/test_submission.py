"""Odd bodies of `POST /prompt` are refused with a reason, and harm nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from atelier.engine.submission import Submission, read_submission
from atelier.engine.validation import Rejection
from tests.unit.engine.execution.runners import Bench, running, simple
from tests.unit.engine.execution.small_nodes import Calls, small_nodes


def nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth):
        value = {"a": value}
    return value


ODD: list[dict[str, Any]] = [
    {"prompt": None},
    {"prompt": "text"},
    {"prompt": 7},
    {"prompt": [1, 2]},
    {"prompt": {"1": None}},
    {"prompt": {"1": "x"}},
    {"prompt": {"1": []}},
    {"number": "abc"},
    {"number": None},
    {"number": []},
    {"number": "nan"},
    {"number": "inf"},
    {"number": float("nan")},
    {"number": float("-inf")},
    {"number": 10**400},
    {"client_id": ["a"]},
    {"client_id": {"a": 1}},
    {"client_id": 7},
    {"extra_data": None},
    {"extra_data": []},
    {"extra_data": "x"},
    {"extra_data": {"client_id": ["a"]}},
    {"extra_data": {"client_id": {}}},
    {"extra_data": {"extra_pnginfo": []}},
    {"extra_data": {"weight": float("inf")}},
    {"prompt_id": []},
    {"prompt_id": {}},
    {"prompt_id": True},
    {"prompt_id": 1.5},
    {"prompt_id": ""},
    {"prompt_id": "x" * 257},
    {"partial_execution_targets": "2"},
    {"partial_execution_targets": {"2": True}},
    {"partial_execution_targets": 2},
    {"extra_data": nested(5000)},
]


@pytest.mark.parametrize("fields", ODD)
def test_an_odd_body_is_a_clear_400(fields: dict[str, Any], tmp_path: Path) -> None:
    bench = Bench(tmp_path, small_nodes(Calls()))
    answer = bench.runner.submit({"prompt": simple()} | fields)
    assert answer.status == 400
    assert answer.document["error"]["type"] in ("invalid_prompt", "no_prompt")
    assert answer.document["error"]["message"]
    assert set(answer.document["error"]) == {"type", "message", "details", "extra_info"}
    json.dumps(answer.document, allow_nan=False)
    assert bench.runner.queue.remaining == 0


@pytest.mark.parametrize("body", [None, [], "x", 3, True, {}, {"client_id": "a"}])
def test_a_body_without_a_prompt_says_so(body: Any) -> None:
    rejection = read_submission(body)
    assert isinstance(rejection, Rejection)
    assert rejection.error["type"] == "no_prompt"


def test_the_worker_runs_a_job_after_all_of_them(tmp_path: Path) -> None:
    with running(tmp_path, small_nodes(Calls())) as bench:
        for fields in ODD:
            bench.runner.submit({"prompt": simple()} | fields)
        assert bench.run(simple())["status"]["completed"]


def read(**fields: Any) -> Submission:
    submission = read_submission({"prompt": simple(), **fields})
    assert isinstance(submission, Submission)
    return submission


def test_null_means_absent_where_a_client_may_send_it() -> None:
    submission = read(client_id=None, prompt_id=None, partial_execution_targets=None)
    assert submission.client_id is None
    assert len(submission.prompt_id) == 36
    assert submission.targets is None


def test_the_client_id_stands_in_extra_data_as_in_comfyui() -> None:
    assert read(client_id="a", extra_data={"x": 1}).extra_data == {"x": 1, "client_id": "a"}
    assert read(extra_data={"client_id": "b"}).client_id == "b"
    assert read(client_id="a", extra_data={"client_id": "b"}).client_id == "a"


def test_tokens_are_never_kept() -> None:
    secret = {"auth_token_comfy_org": "t", "api_key_comfy_org": "k", "kept": 1}
    assert read(extra_data=secret).extra_data == {"kept": 1}


def test_a_number_may_be_text_as_in_comfyui() -> None:
    assert read(number="5").number == 5.0
    assert read().number is None
