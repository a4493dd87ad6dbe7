"""WebSocket messages come as ComfyUI 0.3.64 sent them, job by job."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from atelier.engine.catalogue import Catalogue
from atelier.engine.context import NodeContext
from atelier.engine.diffusion.model_files import ModelFiles
from atelier.engine.execution import Execution
from atelier.engine.messages import Message, PreviewFrame, status_message
from atelier.engine.node import NodeResult, socket
from atelier.engine.queue import Job
from atelier.engine.results import ResultCache
from atelier.engine.validation import CheckedWorkflow, check_workflow
from atelier.engine.values import Image
from tests.unit.engine.execution.runners import (
    Bench,
    Models,
    Recorder,
    empty_image,
    running,
    save_image,
    simple,
)
from tests.unit.engine.execution.small_nodes import Calls, folders_in, node, small_nodes

REFERENCE = Path(__file__).parents[3] / "reference" / "comfyui" / "websocket-0.3.64.json"
RECORDED: dict[str, dict[str, list[dict[str, Any]]]] = json.loads(REFERENCE.read_text(encoding="utf-8"))


def comparable(value: Any) -> Any:
    """Return a message without what is bound to differ: ids of jobs, times, file names."""
    if isinstance(value, list):
        return [comparable(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: "..." if key in ("prompt_id", "timestamp", "filename") else comparable(each)
        for key, each in value.items()
    }


def comparable_messages(messages: Sequence[Message]) -> list[Any]:
    return [comparable({"type": each.type, "data": each.data}) for each in messages]


def heard_by(client_id: str, recorder: Recorder) -> list[Message]:
    return [each for each in recorder.messages if each.client_id in (None, client_id)]


@pytest.fixture
def bench(tmp_path: Path) -> Any:
    with running(tmp_path, small_nodes(Calls())) as bench:
        yield bench


PREVIEWED = {
    **simple(),
    "3": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
    "4": {"class_type": "PreviewImage", "inputs": {"images": ["3", 0]}},
}


def test_a_job_is_told_as_comfyui_tells_it(bench: Bench) -> None:
    bench.run(simple())
    assert comparable_messages(heard_by("alice", bench.recorder)) == comparable(RECORDED["simple"]["alice"])


def test_others_hear_of_the_queue_only(bench: Bench) -> None:
    bench.run(simple())
    assert comparable_messages(heard_by("bob", bench.recorder)) == comparable(RECORDED["simple"]["bob"])


def test_a_cached_job_is_told_as_comfyui_tells_it(bench: Bench) -> None:
    bench.run(simple())
    bench.recorder.sent.clear()
    bench.run(simple())
    expected = comparable(RECORDED["simple again"]["alice"])
    assert comparable_messages(heard_by("alice", bench.recorder)) == expected


def test_a_partly_cached_job_is_told_as_comfyui_tells_it(bench: Bench) -> None:
    bench.run(simple())
    bench.recorder.sent.clear()
    bench.run(PREVIEWED)
    expected = comparable(RECORDED["partially cached"]["alice"])
    # The test's PreviewImage writes to output, the real one to temp.
    expected[11]["data"]["output"]["images"][0]["type"] = "output"
    assert comparable_messages(heard_by("alice", bench.recorder)) == expected


def test_a_failing_job_is_told_as_comfyui_tells_it(bench: Bench) -> None:
    bench.run({"2": save_image("hello")})
    expected = comparable(RECORDED["error"]["bob"])
    told = comparable_messages(heard_by("alice", bench.recorder))
    assert [each["type"] for each in told] == [each["type"] for each in expected]
    failure, recorded = told.pop(6)["data"], expected.pop(6)["data"]
    assert told == expected
    # ComfyUI's node stumbles over the value in Python's words.
    assert recorded.pop("exception_type") == "AttributeError"
    assert recorded.pop("exception_message").strip() == "'str' object has no attribute 'shape'"
    assert {key: failure[key] for key in recorded} == recorded
    assert set(failure) - set(recorded) == {
        "exception_message",
        "exception_type",
        "traceback",
        "current_inputs",
        "current_outputs",
        "timestamp",
    }
    assert "takes a link" in failure["exception_message"]
    assert failure["current_inputs"] == {"images": ["hello"], "filename_prefix": ["p"]}


def stepping(steps: int) -> Any:
    """Return an output node that takes steps, as SaveImageWebsocket does for each picture."""

    def run(context: NodeContext, *, images: Image) -> NodeResult:
        for step in range(steps):
            context.report_progress(step, steps, np.zeros((1, 4, 1, 1), np.float32))
        return NodeResult()

    return node("SaveImageWebsocket", run, socket("images", "IMAGE"), outputs=(), output_node=True)


def test_without_a_client_id_only_progress_is_told_and_to_everybody(tmp_path: Path) -> None:
    with running(tmp_path, [*small_nodes(Calls()), stepping(1)]) as bench:
        graph = {
            "1": empty_image(),
            "2": {"class_type": "SaveImageWebsocket", "inputs": {"images": ["1", 0]}},
        }
        answer = bench.runner.submit({"prompt": graph})
        assert answer.status == 200
        bench.run(simple(color=9))  # the worker takes one after the other, so the first is over now
    first = [
        each for each in bench.recorder.messages if each.data.get("prompt_id") == answer.document["prompt_id"]
    ]
    assert {each.client_id for each in first} == {None}
    expected = [
        each
        for each in comparable(RECORDED["no client id"]["bob"])
        if each["type"] not in ("status", "(frame)")
    ]
    assert comparable_messages(first) == expected


def test_a_step_is_told_as_state_preview_progress(tmp_path: Path) -> None:
    folders = folders_in(tmp_path)
    workflow = check_workflow(
        {"1": empty_image(), "2": {"class_type": "SaveImageWebsocket", "inputs": {"images": ["1", 0]}}},
        catalogue=Catalogue([*small_nodes(Calls()), stepping(2)]),
        folders=folders,
    )
    assert isinstance(workflow, CheckedWorkflow)
    recorder = Recorder()
    execution = Execution(
        job=Job(number=0, prompt_id="x", workflow=workflow, extra_data={}, client_id="alice"),
        cache=ResultCache(folders),
        folders=folders,
        models=cast(ModelFiles, Models()),
        publish=recorder,
        interrupted=lambda: False,
        preview=lambda latent: b"jpeg",
    )
    execution.run()
    execution.announce(status_message(0))
    types = [each.type if isinstance(each, Message) else "(frame)" for each in recorder.sent]
    expected = [each["type"] for each in RECORDED["with progress"]["alice"]]
    # The two broadcasts of the queue come from the queue.
    assert types == expected[2:]
    frame = next(each for each in recorder.sent if isinstance(each, PreviewFrame))
    assert frame.metadata == {
        "node_id": "2",
        "prompt_id": "x",
        "display_node_id": "2",
        "parent_node_id": None,
        "real_node_id": "2",
        "image_type": "image/jpeg",
    }
