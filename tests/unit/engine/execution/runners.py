"""Job runners for tests, with a publisher that remembers and can be waited for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from atelier.engine.catalogue import Catalogue
from atelier.engine.diffusion.model_files import ModelFiles
from atelier.engine.messages import Message, Outgoing
from atelier.engine.node import NodeClass
from atelier.engine.runner import JobRunner
from tests.unit.engine.execution.small_nodes import folders_in

DEADLINE = 30.0


class Recorder:
    """A publisher that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        #: Called with each batch in the publishing thread, before anybody who waits sees it.
        self.watch: Callable[[Sequence[Outgoing]], None] = lambda batch: None
        self._changed = threading.Condition()

    def __call__(self, batch: Sequence[Outgoing]) -> None:
        self.watch(batch)
        with self._changed:
            self.sent += batch
            self._changed.notify_all()

    @property
    def messages(self) -> list[Message]:
        with self._changed:
            return [each for each in self.sent if isinstance(each, Message)]

    def types(self) -> list[str]:
        return [each.type for each in self.messages]

    def of(self, type: str) -> list[dict[str, Any]]:
        return [each.data for each in self.messages if each.type == type]

    def wait_for_end(self, prompt_id: str) -> None:
        """Wait until the job's client was told that it is over."""
        over = {"node": None, "prompt_id": prompt_id}
        with self._changed:
            assert self._changed.wait_for(
                lambda: any(isinstance(each, Message) and each.data == over for each in self.sent), DEADLINE
            ), f"job {prompt_id} did not end"


class Models:
    """Model files that count how often they were unloaded."""

    def __init__(self) -> None:
        self.unloaded = threading.Semaphore(0)

    def unload(self) -> None:
        self.unloaded.release()


class Bench:
    """A runner with what surrounds it."""

    def __init__(self, path: Path, nodes: Sequence[NodeClass], **settings: Any) -> None:
        self.folders = folders_in(path)
        self.models = Models()
        self.recorder = Recorder()
        self.runner = JobRunner(
            catalogue=Catalogue(nodes),
            folders=self.folders,
            models=cast(ModelFiles, self.models),
            publish=self.recorder,
            **settings,
        )

    def submit(self, graph: dict[str, Any], **fields: Any) -> str:
        """Submit a graph that has to be accepted; return its prompt id."""
        answer = self.runner.submit({"prompt": graph, "client_id": "alice", **fields})
        assert answer.status == 200, answer.document
        return str(answer.document["prompt_id"])

    def run(self, graph: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """Run a graph to its end and return its history entry."""
        prompt_id = self.submit(graph, **fields)
        self.recorder.wait_for_end(prompt_id)
        return dict(self.runner.history.get(prompt_id)[prompt_id])


@contextmanager
def running(path: Path, nodes: Sequence[NodeClass], **settings: Any) -> Iterator[Bench]:
    """Give a bench whose worker runs."""
    bench = Bench(path, nodes, **settings)
    bench.runner.start()
    try:
        yield bench
    finally:
        bench.runner.stop(DEADLINE)


def empty_image(**inputs: Any) -> dict[str, Any]:
    values = {"width": 64, "height": 64, "batch_size": 1, "color": 0}
    return {"class_type": "EmptyImage", "inputs": values | inputs}


def save_image(images: Any, **inputs: Any) -> dict[str, Any]:
    return {"class_type": "SaveImage", "inputs": {"images": images, "filename_prefix": "p"} | inputs}


def simple(color: int = 0) -> dict[str, Any]:
    """Return EmptyImage -> SaveImage."""
    return {"1": empty_image(color=color), "2": save_image(["1", 0])}
