"""What holds for every workflow, and after every sequence of requests."""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from atelier.engine.catalogue import Catalogue
from atelier.engine.history import History
from atelier.engine.queue import Job, JobQueue
from atelier.engine.validation import CheckedWorkflow, Rejection, check_workflow
from tests.unit.engine.execution.runners import Bench, empty_image, running, save_image, simple
from tests.unit.engine.execution.small_nodes import Calls, Gate, small_nodes

CLASSES = [each.name for each in small_nodes(Calls())]
INPUT_NAMES = sorted({each.name for node in small_nodes(Calls()) for each in node.inputs})
BODY_FIELDS = ("client_id", "prompt_id", "number", "front", "extra_data", "partial_execution_targets")
IDS = ["1", "2", "3", "4"]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)
links = st.tuples(st.sampled_from([*IDS, 1, None, "nope"]), st.integers(-2, 2)).map(list)
inputs = st.dictionaries(st.sampled_from(INPUT_NAMES) | st.text(max_size=3), links | anything, max_size=5)
nodes = st.fixed_dictionaries(
    {}, optional={"class_type": st.sampled_from(CLASSES) | anything, "inputs": inputs | anything}
)
odd_graphs = st.dictionaries(st.sampled_from(IDS), nodes | anything, max_size=4)
bodies = st.fixed_dictionaries(
    {"prompt": odd_graphs | anything},
    optional=dict.fromkeys(BODY_FIELDS, anything),
)


@st.composite
def well_formed(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a graph whose nodes are right by themselves, with links that may go anywhere, cycles included."""
    graph: dict[str, Any] = {}
    for node_id in draw(st.lists(st.sampled_from(IDS), unique=True, min_size=1)):
        source = [draw(st.sampled_from(IDS)), 0]
        graph[node_id] = draw(
            st.sampled_from(
                [
                    empty_image(width=1, height=1),
                    {"class_type": "ImageInvert", "inputs": {"image": source}},
                    save_image(source),
                ]
            )
        )
    return graph


@st.composite
def sound(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a graph that runs: links lead to earlier nodes, no two nodes are alike."""
    graph: dict[str, Any] = {"0": empty_image(width=1, height=1, color=draw(st.integers(0, 2)))}
    pictures = ["0"]
    for number in range(1, draw(st.integers(2, 9))):
        node_id, source = str(number), [draw(st.sampled_from(pictures)), 0]
        if draw(st.booleans()):
            graph[node_id] = {"class_type": "ImageInvert", "inputs": {"image": source, "salt": number}}
            pictures.append(node_id)
        else:
            graph[node_id] = save_image(source, filename_prefix=f"p{number}")
    graph["out"] = save_image([pictures[-1], 0], filename_prefix="out")
    return dict(draw(st.permutations(list(graph.items()))))


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Give a bench whose worker does not run."""
    return Bench(tmp_path_factory.mktemp("engine"), small_nodes(Calls()))


@settings(deadline=None, max_examples=150)
@given(body=bodies | anything)
def test_no_body_raises_and_every_answer_is_json(body: Any, idle: Bench) -> None:
    idle.runner.queue.clear()
    answer = idle.runner.submit(body)
    assert answer.status in (200, 400)
    json.dumps(answer.document, allow_nan=False)
    json.dumps(idle.runner.queue.snapshot(), allow_nan=False)
    if answer.status == 400:
        assert set(answer.document["error"]) == {"type", "message", "details", "extra_info"}


@settings(deadline=None, max_examples=150)
@given(graph=odd_graphs.filter(bool) | well_formed())
def test_a_workflow_is_refused_with_a_reason_or_can_run(graph: dict[str, Any], idle: Bench) -> None:
    checked = check_workflow(graph, catalogue=Catalogue(small_nodes(Calls())), folders=idle.folders)
    if isinstance(checked, Rejection):
        assert checked.error["message"]
        if checked.error["type"] == "prompt_outputs_failed_validation":
            assert checked.node_errors
        return
    assert checked.outputs
    seen: set[str] = set()
    for node_id, node in checked.nodes.items():
        assert {source for source, _ in node.links.values()} <= seen, "each behind those that it links to"
        seen.add(node_id)
    assert set(checked.outputs) <= seen
    blamed = {output for entry in checked.node_errors.values() for output in entry["dependent_outputs"]}
    assert blamed.isdisjoint(checked.outputs)


@settings(deadline=None, max_examples=60)
@given(graph=sound())
def test_each_needed_node_runs_once_and_the_job_ends_once(graph: dict[str, Any]) -> None:
    calls = Calls()
    with tempfile.TemporaryDirectory() as directory, running(Path(directory), small_nodes(calls)) as bench:
        entry = bench.run(graph)
        assert entry["status"]["completed"]
        ran = list(calls.order)
        assert len(ran) == len(set(ran))
        ends = [each for each in bench.recorder.types() if each in ENDS]
        assert ends == ["execution_success"]
        for position, node_id in enumerate(ran):
            sources = [link[0] for link in graph[node_id]["inputs"].values() if isinstance(link, list)]
            assert set(sources) <= set(ran[:position])
        outputs = {node_id for node_id, node in graph.items() if node["class_type"] == "SaveImage"}
        assert set(entry["outputs"]) == outputs

        again = bench.run(graph)
        assert calls.order == ran, "what is cached never runs again"
        assert again["outputs"] == entry["outputs"]
        assert set(bench.recorder.of("execution_cached")[-1]["nodes"]) == set(ran)


ENDS = ("execution_success", "execution_error", "execution_interrupted")


class QueueMachine(RuleBasedStateMachine):
    """The queue against a sorted list."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = JobQueue(5, lambda remaining: None)
        self.model: list[tuple[float, int, str]] = []
        self.running: str | None = None
        self.arrivals = 0

    @rule(prompt_id=st.sampled_from("abcdefgh"), number=st.integers(-2, 2))
    def add(self, prompt_id: str, number: int) -> None:
        known = [each[2] for each in self.model] + [self.running]
        workflow = CheckedWorkflow(graph={}, nodes={}, outputs=(), node_errors={})
        added = self.queue.add(
            Job(number=number, prompt_id=prompt_id, workflow=workflow, extra_data={}, client_id=None)
        )
        if len(self.model) >= 5:
            assert added == "full"
        elif prompt_id in known:
            assert added == "duplicate"
        else:
            assert added == "added"
            self.arrivals += 1
            self.model.append((number, self.arrivals, prompt_id))
            self.model.sort()

    @precondition(lambda self: self.model and self.running is None)
    @rule()
    def take(self) -> None:
        job = self.queue.take()
        assert job is not None
        self.running = self.model.pop(0)[2]
        assert job.prompt_id == self.running
        assert not self.queue.interrupted

    @rule(prompt_id=st.sampled_from([None, *"abcdefgh"]))
    def interrupt(self, prompt_id: str | None) -> None:
        before = self.queue.interrupted
        self.queue.interrupt(prompt_id)
        hit = self.running is not None and prompt_id in (None, self.running)
        assert self.queue.interrupted == (before or hit)

    @precondition(lambda self: self.running is not None)
    @rule()
    def finish(self) -> None:
        self.running = None
        assert self.queue.finish() == len(self.model)

    @rule(prompt_ids=st.sets(st.sampled_from("abcdefgh")))
    def delete(self, prompt_ids: set[str]) -> None:
        self.queue.delete(prompt_ids)
        self.model = [each for each in self.model if each[2] not in prompt_ids]

    @rule()
    def clear(self) -> None:
        self.queue.clear()
        self.model = []

    @invariant()
    def shows_the_model(self) -> None:
        running_now, pending = self.queue.snapshot()
        assert [item[1] for item in running_now] == [each for each in [self.running] if each is not None]
        assert [item[1] for item in pending] == [each[2] for each in self.model]
        assert self.queue.remaining == len(self.model) + (self.running is not None)


class RunnerMachine(RuleBasedStateMachine):
    """A real worker under any sequence of requests: every accepted job ends once, or was deleted."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.accepted: list[str] = []

    @initialize()
    def start(self) -> None:
        directory = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.gate = Gate()
        self.bench = self.stack.enter_context(running(directory, [*small_nodes(Calls()), self.gate.node]))

    def submit(self, graph: dict[str, Any]) -> None:
        self.accepted.append(self.bench.submit(graph))

    @rule(color=st.integers(0, 2))
    def submit_a_simple_one(self, color: int) -> None:
        self.submit(simple(color))

    @rule(word=st.sampled_from(["a", "b"]))
    def submit_one_that_hangs(self, word: str) -> None:
        self.submit({"1": {"class_type": "Gate", "inputs": {"text": word}}, "2": save_image(["1", 0])})

    @rule()
    def submit_one_that_fails(self) -> None:
        self.submit({"2": save_image("text")})

    @rule(body=bodies)
    def submit_something_odd(self, body: dict[str, Any]) -> None:
        answer = self.bench.runner.submit(body)
        if answer.status == 200:
            self.accepted.append(answer.document["prompt_id"])

    @rule(which=st.integers(0, 9))
    def interrupt_one(self, which: int) -> None:
        self.bench.runner.interrupt(self.accepted[which] if which < len(self.accepted) else "unknown")

    @rule()
    def interrupt_whatever_runs(self) -> None:
        self.bench.runner.interrupt(None)

    @rule(which=st.integers(0, 9))
    def delete_one(self, which: int) -> None:
        self.bench.runner.queue.delete(self.accepted[which : which + 1])

    @rule()
    def clear(self) -> None:
        self.bench.runner.queue.clear()

    @rule(models=st.booleans(), memory=st.booleans())
    def free(self, models: bool, memory: bool) -> None:
        self.bench.runner.free(unload_models=models, free_memory=memory)

    def teardown(self) -> None:
        if not hasattr(self, "bench"):
            return
        try:
            self.gate.opened.set()
            # Behind everything that waits; whatever came before is over when it is.
            last = self.bench.submit(simple(9), number=sys.float_info.max)
            self.bench.recorder.wait_for_end(last)
            history: History = self.bench.runner.history
            assert history.get(last)[last]["status"]["completed"]
            assert self.bench.runner.queue.remaining == 0
            for prompt_id in self.accepted:
                ends = [
                    each.type
                    for each in self.bench.recorder.messages
                    if each.type in ENDS and each.data["prompt_id"] == prompt_id
                ]
                entry = history.get(prompt_id).get(prompt_id)
                if entry is not None:
                    (end,) = [kind for kind, _ in entry["status"]["messages"] if kind in ENDS]
                    assert len(ends) <= 1
                    assert not ends or ends == [end]
                else:
                    assert not ends, "a deleted job leaves no trace"
        finally:
            self.stack.close()


TestQueue = QueueMachine.TestCase
TestQueue.settings = settings(deadline=None, max_examples=100, stateful_step_count=30)
TestRunner = RunnerMachine.TestCase
TestRunner.settings = settings(deadline=None, max_examples=30, stateful_step_count=15)
