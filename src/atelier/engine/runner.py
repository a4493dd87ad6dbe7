"""The worker: one thread that runs one job at a time, and the door through which jobs come in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from atelier.engine.history import History
from atelier.engine.messages import Publish, status_message
from atelier.engine.queue import JobQueue

if TYPE_CHECKING:
    from atelier.engine.catalogue import Catalogue
    from atelier.engine.diffusion.model_files import ModelFiles
    from atelier.engine.folders import Folders


@dataclass(frozen=True, kw_only=True)
class SubmitAnswer:
    """The answer to `POST /prompt`."""

    #: HTTP status: 200, 400, 429 when the queue is full, 503 when the engine stops.
    status: int
    #: The JSON body.
    document: dict[str, Any]


class JobRunner:
    """Checks, queues and runs jobs. Every method is safe to call from any thread.

    Args:
        catalogue: The node classes that workflows may use.
        folders: Where nodes read and write.
        models: The model files that loaders hand out.
        publish: Takes the messages that sockets get.
        preview_method: Whether sampling sends previews.
        queue_limit: How many jobs may wait.
        history_limit: How many jobs are remembered.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        folders: Folders,
        models: ModelFiles,
        publish: Publish,
        preview_method: Literal["none", "latent2rgb"] = "none",
        queue_limit: int = 1000,
        history_limit: int = 10_000,
    ) -> None:
        self.history = History(history_limit)
        self.queue = JobQueue(queue_limit, lambda remaining: publish([status_message(remaining)]))

    def start(self) -> None:
        """Start the worker's thread."""
        raise NotImplementedError

    def stop(self, timeout: float) -> None:
        """Interrupt the running job, refuse new ones, and wait up to `timeout` seconds for the worker."""
        raise NotImplementedError

    def submit(self, body: Mapping[str, Any]) -> SubmitAnswer:
        """Check the body of `POST /prompt` and queue it; never raises for what is in the body."""
        raise NotImplementedError

    def interrupt(self, prompt_id: str | None) -> None:
        """Interrupt the running job; one of another id, or none, is left alone."""
        raise NotImplementedError

    def free(self, *, unload_models: bool, free_memory: bool) -> None:
        """Ask the worker to unload models and to empty the cache before the next job."""
        raise NotImplementedError

    def executing_for(self, client_id: str) -> str | None:
        """Return the node that runs now when its job is this client's, else None."""
        raise NotImplementedError
