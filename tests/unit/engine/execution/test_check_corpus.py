"""The engine judges the recorded workflows as the real server did; the differences are listed here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from atelier.engine.nodes import all_nodes
from tests.unit.engine.execution.runners import Bench, running
from tests.unit.workflows.check_corpus import Answer, answers, catalogue

NODES = all_nodes()
KNOWN = frozenset(each.name for each in NODES)

#: Where the engine does not do as ComfyUI does, and why.
DIFFERENCES: Mapping[str, str] = {
    "values/fraction nan as text": "refused: NaN is no JSON, and would make /queue and /history unreadable",
    "values/text an object": "its text is no file name on Windows, and the engine saves under any system",
    "files/prefix with backslashes": "part of a name on Linux and folders on Windows: refused on both",
}


def known(workflow: Any) -> bool:
    """Return whether the engine has every class that the real server has of a workflow."""
    nodes = workflow.values() if isinstance(workflow, dict) else ()
    classes = (node.get("class_type") for node in nodes if isinstance(node, dict))
    return all(each in KNOWN for each in classes if catalogue().get(each) is not None)


def weightless(answer: Answer) -> bool:
    """Return whether no model file is named: the engine's own differ from those of the recording."""
    return not answer.name.startswith("templates/") and "_name" not in str(answer.workflow)


CORPUS = [each for each in answers() if known(each.workflow) and weightless(each)]


def put_pictures(bench: Bench) -> None:
    """Put the files where the recorder uploaded them."""
    for folder, names in (
        ("input", ("photo.png", "alpha.png", "mask.png", "sub/photo.png")),
        ("output", ("saved.png",)),
    ):
        for name in names:
            path = bench.folders.base / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            mode = {"alpha.png": "RGBA", "mask.png": "L"}.get(name, "RGB")
            Image.new(mode, (40, 30), "peru").save(path)
    (bench.folders.base / "input" / "text.png").write_text("This is no picture.\n")


def is_wrong(bench: Bench, answer: Answer) -> bool:
    """Return whether the engine refuses a workflow, drops an output of it, or fails on it."""
    response = bench.runner.submit({"prompt": answer.workflow, "client_id": "alice"})
    if response.status != 200 or response.document["node_errors"]:
        return True
    prompt_id = response.document["prompt_id"]
    bench.recorder.wait_for_end(prompt_id)
    entry = bench.runner.history.get(prompt_id)[prompt_id]
    return entry["status"]["status_str"] != "success" or bool(answer.outputs - set(entry["outputs"]))


def test_the_engine_judges_as_the_real_server_does(tmp_path: Path) -> None:
    assert len(CORPUS) >= 150
    with running(tmp_path, NODES, queue_limit=1000) as bench:
        put_pictures(bench)
        other = {each.name for each in CORPUS if is_wrong(bench, each) != each.wrong}
    assert other == set(DIFFERENCES)
