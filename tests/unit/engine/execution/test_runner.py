"""The worker: one job at a time, interrupted at will, and alive whatever a node does."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from atelier.engine.context import NodeContext
from atelier.engine.messages import Message, Outgoing
from atelier.engine.node import socket, text
from atelier.engine.values import Image
from atelier.errors import SizeBeyondLimit
from tests.unit.engine.execution.runners import DEADLINE, Bench, empty_image, running, save_image, simple
from tests.unit.engine.execution.small_nodes import Calls, Gate, node, raising, small_nodes


def gated(word: str = "") -> dict[str, Any]:
    return {"1": {"class_type": "Gate", "inputs": {"text": word}}, "2": save_image(["1", 0])}


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def bench(tmp_path: Path, calls: Calls, gate: Gate) -> Iterator[Bench]:
    with running(tmp_path, [*small_nodes(calls), gate.node]) as bench:
        yield bench


def failing_graph() -> dict[str, Any]:
    return {
        "1": empty_image(),
        "2": {"class_type": "Raise", "inputs": {"image": ["1", 0]}},
        "3": save_image(["2", 0]),
    }


def memory_error() -> BaseException:
    return MemoryError()


class Speechless(Exception):
    """An exception that cannot be printed."""

    def __str__(self) -> str:
        raise ValueError("no words")


def deep() -> BaseException:
    return RecursionError("maximum recursion depth exceeded")


@pytest.mark.parametrize(
    "error",
    [
        lambda: ValueError("bad"),
        memory_error,
        deep,
        lambda: SystemExit(3),
        lambda: KeyboardInterrupt(),
        lambda: GeneratorExit(),
        lambda: BaseExceptionGroup("two", [ValueError("a"), SystemExit(1)]),
        lambda: StopIteration("x"),
        lambda: UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"),
        Speechless,
    ],
)
def test_whatever_a_node_raises_the_worker_lives_on(
    error: Callable[[], BaseException], tmp_path: Path, calls: Calls
) -> None:
    with running(tmp_path, [*small_nodes(calls), raising(error)]) as bench:
        entry = bench.run(failing_graph())
        assert entry["status"]["status_str"] == "error"
        assert entry["status"]["completed"] is False
        kind, data = entry["status"]["messages"][-1]
        assert kind == "execution_error"
        assert (data["node_id"], data["node_type"], data["executed"]) == ("2", "Raise", ["1"])
        assert data["exception_message"]
        assert data["current_inputs"] == {"image": ["float32 array of shape (1, 64, 64, 3)"]}
        assert data["current_outputs"] == ["1"]
        json.dumps(entry, allow_nan=False)
        assert bench.run(simple(7))["status"]["completed"]


def test_our_own_errors_speak_for_themselves_and_show_no_path(tmp_path: Path, calls: Calls) -> None:
    sentence = "A side of 8 pixels is too small: use 64 to 256."
    with running(tmp_path, [*small_nodes(calls), raising(lambda: SizeBeyondLimit(sentence))]) as bench:
        data = bench.run(failing_graph())["status"]["messages"][-1][1]
    assert data["exception_message"] == sentence
    assert data["exception_type"] == "atelier.errors.SizeBeyondLimit"
    assert 'File "atelier/engine/execution.py"' in data["traceback"][0]
    assert str(tmp_path) not in json.dumps(data)
    assert str(Path(__file__).parent) not in json.dumps(data)


def test_strange_errors_show_no_path_either(tmp_path: Path, calls: Calls) -> None:
    def missing() -> BaseException:
        return FileNotFoundError(2, "No such file", str(tmp_path / "output" / "x.png"))

    with running(tmp_path, [*small_nodes(calls), raising(missing)]) as bench:
        data = bench.run(failing_graph())["status"]["messages"][-1][1]
    assert str(tmp_path) not in data["exception_message"]
    assert "x.png" in data["exception_message"]


@pytest.mark.parametrize("literal", ["hello", 3, {"a": 1}, None, False])
def test_a_value_in_a_links_place_is_refused_in_words(literal: object, tmp_path: Path, calls: Calls) -> None:
    with running(tmp_path, small_nodes(calls)) as bench:
        data = bench.run({"2": save_image(literal)})["status"]["messages"][-1][1]
    assert data["exception_type"] == "atelier.errors.NodeInputInvalid"
    assert "takes a link to an output of type IMAGE" in data["exception_message"]


def test_a_node_that_gives_too_little_is_an_error(tmp_path: Path, calls: Calls) -> None:
    with running(
        tmp_path, [*small_nodes(calls), node("Short", lambda context, **_: (), text("text"))]
    ) as bench:
        entry = bench.run({"1": {"class_type": "Short", "inputs": {"text": ""}}, "2": save_image(["1", 0])})
    assert entry["status"]["messages"][-1][1]["exception_message"] == "Short gave 0 values for its 1 outputs"


def test_a_node_that_paints_over_its_input_fails_and_spoils_nothing(tmp_path: Path, calls: Calls) -> None:
    def paint(context: NodeContext, *, image: Image) -> tuple[Image]:
        image += 1
        return (image,)

    spoiler = node("Spoil", paint, socket("image", "IMAGE"))
    with running(tmp_path, [*small_nodes(calls), spoiler]) as bench:
        entry = bench.run(
            {
                "1": empty_image(),
                "2": {"class_type": "Spoil", "inputs": {"image": ["1", 0]}},
                "3": save_image(["2", 0]),
            }
        )
    assert "read-only" in entry["status"]["messages"][-1][1]["exception_message"]


def test_the_history_is_written_before_the_end_is_announced(tmp_path: Path, calls: Calls) -> None:
    found: list[bool] = []
    with running(tmp_path, small_nodes(calls)) as bench:

        def watch(batch: Sequence[Outgoing]) -> None:
            found.extend(
                bool(bench.runner.history.get(each.data["prompt_id"]))
                for each in batch
                if isinstance(each, Message)
                and (each.type == "execution_success" or each.data.get("node", "") is None)
            )

        bench.recorder.watch = watch
        bench.run(simple())
    assert found == [True, True]


def test_a_finished_job_is_no_longer_in_the_queue_when_its_end_is_announced(
    tmp_path: Path, calls: Calls
) -> None:
    with running(tmp_path, small_nodes(calls)) as bench:
        bench.run(simple())
        assert bench.runner.queue.snapshot() == ([], [])
        assert bench.recorder.of("status")[-1] == {"status": {"exec_info": {"queue_remaining": 0}}}


def test_the_history_entry_has_comfyuis_shape(bench: Bench) -> None:
    graph = simple()
    prompt_id = bench.submit(graph, extra_data={"auth_token_comfy_org": "secret", "kept": 1})
    bench.recorder.wait_for_end(prompt_id)
    entry = bench.runner.history.get(prompt_id)[prompt_id]
    assert entry["prompt"] == [0, prompt_id, graph, {"kept": 1, "client_id": "alice"}, ["2"]]
    assert entry["outputs"]["2"]["images"][0]["type"] == "output"
    assert entry["meta"] == {
        "2": {"node_id": "2", "display_node": "2", "parent_node": None, "real_node_id": "2"}
    }
    assert entry["status"]["status_str"] == "success"
    assert [kind for kind, _ in entry["status"]["messages"]] == [
        "execution_start",
        "execution_cached",
        "execution_success",
    ]
    assert all(data["timestamp"] > 1e12 for _, data in entry["status"]["messages"])
    assert entry["atelier.notice"] == []
    assert "secret" not in json.dumps(entry)


def test_the_outputs_are_those_of_this_jobs_nodes_only(bench: Bench) -> None:
    graph = {**simple(), "3": save_image(["1", 0], filename_prefix="q")}
    bench.run(graph)
    assert list(bench.run(graph, partial_execution_targets=["3"])["outputs"]) == ["3"]


def test_an_interrupt_stops_a_running_node_within_a_step(bench: Bench, gate: Gate) -> None:
    prompt_id = bench.submit(gated())
    assert gate.entered.wait(DEADLINE)
    bench.runner.interrupt(prompt_id)
    bench.recorder.wait_for_end(prompt_id)
    entry = bench.runner.history.get(prompt_id)[prompt_id]
    assert (entry["status"]["status_str"], entry["status"]["completed"]) == ("error", False)
    kind, data = entry["status"]["messages"][-1]
    assert kind == "execution_interrupted"
    assert (data["node_id"], data["node_type"], data["executed"]) == ("1", "Gate", [])
    assert bench.recorder.types()[-3:] == ["execution_interrupted", "status", "executing"]
    assert bench.run(simple())["status"]["completed"]


def test_an_interrupt_without_an_id_stops_whatever_runs(bench: Bench, gate: Gate) -> None:
    prompt_id = bench.submit(gated())
    assert gate.entered.wait(DEADLINE)
    bench.runner.interrupt(None)
    bench.recorder.wait_for_end(prompt_id)
    assert bench.recorder.of("execution_interrupted")


def test_an_interrupt_of_another_job_or_of_none_changes_nothing(bench: Bench, gate: Gate) -> None:
    bench.runner.interrupt(None)
    waiting = bench.submit(gated("first"))
    assert gate.entered.wait(DEADLINE)
    second = bench.submit(gated("second"))
    bench.runner.interrupt("unknown")
    bench.runner.interrupt(second)
    gate.opened.set()
    for prompt_id in (waiting, second):
        bench.recorder.wait_for_end(prompt_id)
        assert bench.runner.history.get(prompt_id)[prompt_id]["status"]["completed"]


def test_an_interrupted_job_without_a_client_is_announced_to_everybody(bench: Bench, gate: Gate) -> None:
    answer = bench.runner.submit({"prompt": gated()})
    assert gate.entered.wait(DEADLINE)
    bench.runner.interrupt(None)
    bench.run(simple())
    (message,) = [each for each in bench.recorder.messages if each.type == "execution_interrupted"]
    assert message.client_id is None
    assert message.data["prompt_id"] == answer.document["prompt_id"]


def test_a_deleted_job_leaves_no_trace(bench: Bench, gate: Gate, calls: Calls) -> None:
    first = bench.submit(gated())
    assert gate.entered.wait(DEADLINE)
    second = bench.submit(simple())
    bench.runner.queue.delete([second, first, "unknown"])
    assert bench.runner.queue.remaining == 1
    gate.opened.set()
    bench.recorder.wait_for_end(first)
    assert bench.runner.history.get(second) == {}
    assert "EmptyImage" not in calls.counts


def test_jobs_run_by_number_then_by_arrival(bench: Bench, gate: Gate) -> None:
    running_now = bench.submit(gated())
    assert gate.entered.wait(DEADLINE)
    later = [bench.submit(simple(color)) for color in (1, 2)]
    front = [bench.submit(simple(color), front=True) for color in (3, 4)]
    middle = bench.submit(simple(5), number=0.5)
    gate.opened.set()
    bench.recorder.wait_for_end(later[-1])
    started = [each["prompt_id"] for each in bench.recorder.of("execution_start")]
    assert started == [running_now, *reversed(front), middle, *later]


def test_a_prompt_id_that_waits_or_runs_is_refused(bench: Bench, gate: Gate) -> None:
    bench.submit(gated(), prompt_id="a")
    assert gate.entered.wait(DEADLINE)
    bench.submit(simple(), prompt_id="b")
    for prompt_id in ("a", "b"):
        answer = bench.runner.submit({"prompt": simple(), "prompt_id": prompt_id})
        assert answer.status == 400
        assert prompt_id in answer.document["error"]["details"]
    assert bench.runner.queue.remaining == 2


def test_a_prompt_id_of_the_history_may_be_used_again(bench: Bench) -> None:
    bench.run(simple(1), prompt_id="a")
    bench.recorder.sent.clear()
    entry = bench.run(simple(2), prompt_id="a")
    assert entry["prompt"][2]["1"]["inputs"]["color"] == 2
    assert len(bench.runner.history.page()) == 1


def test_a_full_queue_says_so(tmp_path: Path, calls: Calls) -> None:
    bench = Bench(tmp_path, small_nodes(calls), queue_limit=2)
    for color in (1, 2):
        bench.submit(simple(color))
    answer = bench.runner.submit({"prompt": simple(3)})
    assert answer.status == 429
    assert answer.document["error"]["type"] == "queue_full"
    assert bench.runner.queue.remaining == 2


def test_the_queue_shows_comfyuis_items(bench: Bench, gate: Gate) -> None:
    first = bench.submit(gated())
    assert gate.entered.wait(DEADLINE)
    second = bench.submit(simple(), extra_data={"api_key_comfy_org": "secret"})
    running_now, pending = bench.runner.queue.snapshot()
    assert running_now == [[0, first, gated(), {"client_id": "alice"}, ["2"]]]
    assert pending == [[1, second, simple(), {"client_id": "alice"}, ["2"]]]


def test_a_client_is_told_which_node_runs(bench: Bench, gate: Gate) -> None:
    assert bench.runner.executing_for("alice") is None
    prompt_id = bench.submit(gated())
    assert gate.entered.wait(DEADLINE)
    assert bench.runner.executing_for("alice") == "1"
    assert bench.runner.executing_for("bob") is None
    gate.opened.set()
    bench.recorder.wait_for_end(prompt_id)
    assert bench.runner.executing_for("alice") is None


def test_stopping_ends_the_running_job_and_refuses_new_ones(tmp_path: Path, calls: Calls, gate: Gate) -> None:
    with running(tmp_path, [*small_nodes(calls), gate.node]) as bench:
        prompt_id = bench.submit(gated())
        assert gate.entered.wait(DEADLINE)
        waiting = bench.submit(simple())
        bench.runner.stop(DEADLINE)
        entry = bench.runner.history.get(prompt_id)[prompt_id]
        assert entry["status"]["messages"][-1][0] == "execution_interrupted"
        assert bench.runner.history.get(waiting) == {}
        answer = bench.runner.submit({"prompt": simple()})
        assert answer.status == 503
        assert answer.document["error"]["type"] == "engine_stopping"


def test_stopping_abandons_a_node_that_never_looks_up(tmp_path: Path, calls: Calls) -> None:
    entered, released = threading.Event(), threading.Event()

    def sleep(context: Any, *, text: str) -> tuple[Any]:
        entered.set()
        assert released.wait(DEADLINE)
        return (None,)

    deaf = node("Deaf", sleep, text("text"))
    with running(tmp_path, [*small_nodes(calls), deaf]) as bench:
        bench.submit({"1": {"class_type": "Deaf", "inputs": {"text": ""}}, "2": save_image(["1", 0])})
        assert entered.wait(DEADLINE)
        bench.runner.stop(0.01)
        (worker,) = [each for each in threading.enumerate() if each.name == "atelier-worker"]
        assert worker.daemon
        released.set()
        worker.join(DEADLINE)


def test_a_publisher_that_breaks_its_promise_costs_one_job_only(tmp_path: Path, calls: Calls) -> None:
    with running(tmp_path, small_nodes(calls)) as bench:

        def refuse(batch: Sequence[Outgoing]) -> None:
            if any(isinstance(each, Message) and each.type == "execution_success" for each in batch):
                bench.recorder.watch = lambda batch: None
                raise RuntimeError("the loop is closed")

        bench.recorder.watch = refuse
        first = bench.submit(simple(1))
        assert bench.run(simple(2))["status"]["completed"]
        assert bench.runner.history.get(first)[first]["status"]["completed"]
        assert bench.runner.queue.remaining == 0


def test_a_runner_that_was_never_started_can_be_stopped(tmp_path: Path, calls: Calls) -> None:
    Bench(tmp_path, small_nodes(calls)).runner.stop(DEADLINE)


def test_thousands_of_nodes_run_and_their_traffic_stays_small(tmp_path: Path, calls: Calls) -> None:
    graph: dict[str, Any] = {}
    for chain in range(4):
        graph[f"{chain}-0"] = empty_image(width=1, height=1, color=chain)
        for each in range(1, 801):
            source = [f"{chain}-{each - 1}", 0]
            graph[f"{chain}-{each}"] = {"class_type": "ImageInvert", "inputs": {"image": source}}
        graph[f"{chain}-out"] = save_image([f"{chain}-800", 0])
    with running(tmp_path, small_nodes(calls)) as bench:
        assert bench.run(graph)["status"]["completed"]
    assert calls.counts["ImageInvert"] == 4 * 800
    states = bench.recorder.of("progress_state")
    assert {each["state"] for each in states[-1]["nodes"].values()} == {"finished"}
    assert len(states[-1]["nodes"]) == len(graph)
    assert len(bench.recorder.of("executing")) == len(graph) + 1
