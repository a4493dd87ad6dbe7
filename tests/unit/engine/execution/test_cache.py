"""Results are kept by content, for the nodes of the latest job."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from atelier.engine.node import NodeResult, Output, socket, text
from tests.unit.engine.execution.runners import DEADLINE, Bench, empty_image, running, save_image, simple
from tests.unit.engine.execution.small_nodes import Calls, node, raising, small_nodes


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def bench(tmp_path: Path, calls: Calls) -> Iterator[Bench]:
    with running(tmp_path, small_nodes(calls)) as bench:
        yield bench


def file_of(entry: dict[str, Any], node_id: str = "2") -> str:
    return str(entry["outputs"][node_id]["images"][0]["filename"])


def test_the_same_graph_runs_once(bench: Bench, calls: Calls) -> None:
    first, second = bench.run(simple()), bench.run(simple())
    assert calls.counts == {"EmptyImage": 1, "SaveImage": 1}
    assert file_of(first) == file_of(second)


def test_other_node_ids_and_another_client_change_nothing(bench: Bench, calls: Calls) -> None:
    first = bench.run(simple())
    second = bench.run({"20": save_image(["10", 0]), "10": empty_image()}, client_id="alice", number=3)
    assert calls.counts == {"EmptyImage": 1, "SaveImage": 1}
    assert file_of(first) == file_of(second, "20")
    assert list(second["outputs"]) == ["20"]


def test_twins_in_one_job_run_once(bench: Bench, calls: Calls) -> None:
    entry = bench.run({**simple(), "3": empty_image(), "4": save_image(["3", 0])})
    assert calls.counts == {"EmptyImage": 1, "SaveImage": 1}
    assert file_of(entry) == file_of(entry, "4")
    assert [each["node"] for each in bench.recorder.of("executed")] == ["2", "4"]


def test_what_lies_behind_a_change_runs_again(bench: Bench, calls: Calls) -> None:
    bench.run(simple())
    bench.run({"1": empty_image(), "2": save_image(["1", 0], filename_prefix="q")})
    assert calls.counts == {"EmptyImage": 1, "SaveImage": 2}


def test_an_unknown_input_makes_another_node_as_in_comfyui(bench: Bench, calls: Calls) -> None:
    bench.run(simple())
    bench.run({"1": empty_image(salt="x"), "2": save_image(["1", 0])})
    assert calls.counts == {"EmptyImage": 2, "SaveImage": 2}


def test_values_that_convert_to_the_same_are_the_same(bench: Bench, calls: Calls) -> None:
    bench.run(simple())
    bench.run({"1": empty_image(width="64", height=64.5), "2": save_image(["1", 0])})
    assert calls.counts == {"EmptyImage": 1, "SaveImage": 1}


def test_only_the_latest_jobs_nodes_are_kept(bench: Bench, calls: Calls) -> None:
    for color in (1, 2, 1):
        bench.run(simple(color))
    assert calls.counts == {"EmptyImage": 3, "SaveImage": 3}


def test_a_picture_that_vanished_is_made_again(bench: Bench, calls: Calls) -> None:
    first = bench.run(simple())
    (bench.folders.output / file_of(first)).unlink()
    second = bench.run(simple())
    assert calls.counts == {"EmptyImage": 1, "SaveImage": 2}
    assert (bench.folders.output / file_of(second)).is_file()


def test_a_file_with_other_content_is_another_input(bench: Bench, calls: Calls) -> None:
    graph = {"1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}}, "2": save_image(["1", 0])}
    for content in ("one", "one", "three"):
        (bench.folders.input / "a.png").write_text(content)
        assert bench.run(graph)["status"]["completed"]
    assert calls.counts == {"LoadImage": 2, "SaveImage": 2}


def test_a_fingerprint_that_cannot_be_taken_leaves_the_word_to_the_node(tmp_path: Path, calls: Calls) -> None:
    def vanish(folders: Any, values: Any) -> str:
        raise FileNotFoundError("gone")

    vanishing = node("Vanishing", lambda context, text: ([text],), text("text"), fingerprint=vanish)
    graph = {
        "1": {"class_type": "Vanishing", "inputs": {"text": "a"}},
        "2": {"class_type": "Sink", "inputs": {"images": ["1", 0]}},
    }
    sink = node(
        "Sink",
        lambda context, images: NodeResult(ui={"text": images}),
        socket("images", "IMAGE"),
        outputs=(),
        output_node=True,
    )
    with running(tmp_path, [vanishing, sink]) as bench:
        assert bench.run(graph)["outputs"]["2"] == {"text": ["a"]}
        bench.recorder.sent.clear()
        bench.run(graph)
        assert bench.recorder.of("execution_cached")[0]["nodes"] == []


def test_a_failed_jobs_finished_nodes_are_kept(tmp_path: Path, calls: Calls) -> None:
    graph = {
        "1": empty_image(),
        "2": {"class_type": "Raise", "inputs": {"image": ["1", 0]}},
        "3": save_image(["2", 0]),
    }
    with running(tmp_path, [*small_nodes(calls), raising(lambda: ValueError("bad"))]) as bench:
        assert bench.run(graph)["status"]["status_str"] == "error"
        assert bench.run(simple())["status"]["completed"]
    assert calls.counts["EmptyImage"] == 1


def test_notices_come_with_cached_results_too(bench: Bench, calls: Calls) -> None:
    def graph(node_id: str) -> dict[str, Any]:
        return {
            node_id: {"class_type": "Remark", "inputs": {"text": "zorgle"}},
            "2": save_image([node_id, 0]),
        }

    first, second = bench.run(graph("1")), bench.run(graph("7"))
    assert calls.counts["Remark"] == 1
    notice = {"code": "unknown_words", "message": "I do not know zorgle.", "node": "1", "items": ["zorgle"]}
    assert first["atelier.notice"] == [notice]
    assert second["atelier.notice"] == [notice | {"node": "7"}]
    sent = bench.recorder.of("atelier.notice")
    assert [each["node"] for each in sent] == ["1", "7"]
    assert sent[1]["prompt_id"] == second["prompt"][1]


def test_free_memory_empties_the_cache(bench: Bench, calls: Calls) -> None:
    bench.run(simple())
    bench.runner.free(unload_models=False, free_memory=True)
    bench.run(simple())
    assert calls.counts == {"EmptyImage": 2, "SaveImage": 2}


def test_unloading_drops_what_keeps_a_model_and_nothing_else(tmp_path: Path, calls: Calls) -> None:
    def load(context: Any, *, text: str) -> tuple[str]:
        calls.note("Load", context.node_id)
        return (text,)

    loader = node("Load", load, text("text"), outputs=(Output(type="VAE", name="VAE"),))
    user = node("Use", lambda context, vae, text: ([text],), socket("vae", "VAE"), text("text"))
    sink = node(
        "Sink",
        lambda context, images: NodeResult(ui={"text": images}),
        socket("images", "IMAGE"),
        outputs=(),
        output_node=True,
    )

    def graph(word: str) -> dict[str, Any]:
        return {
            "1": {"class_type": "Load", "inputs": {"text": "v"}},
            "2": {"class_type": "Use", "inputs": {"vae": ["1", 0], "text": word}},
            "3": {"class_type": "Sink", "inputs": {"images": ["2", 0]}},
        }

    with running(tmp_path, [loader, user, sink]) as bench:
        bench.run(graph("a"))
        bench.runner.free(unload_models=True, free_memory=False)
        assert bench.models.unloaded.acquire(timeout=DEADLINE), "acted on while idle"
        bench.run(graph("a"))
        assert calls.counts["Load"] == 1, "the sink's result is still there"
        bench.run(graph("b"))
        assert calls.counts["Load"] == 2
