"""The worker: one thread that runs one job at a time, and the door through which jobs come in."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from atelier.engine.execution import Execution, Preview
from atelier.engine.history import History
from atelier.engine.messages import Publish, status_message
from atelier.engine.queue import Job, JobQueue
from atelier.engine.results import ResultCache
from atelier.engine.submission import read_submission
from atelier.engine.validation import Rejection, check_workflow, rejected

if TYPE_CHECKING:
    from atelier.engine.catalogue import Catalogue
    from atelier.engine.diffusion.model_files import ModelFiles
    from atelier.engine.folders import Folders

logger = logging.getLogger(__name__)


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
        self._catalogue = catalogue
        self._folders = folders
        self._models = models
        self._publish = publish
        self._preview = _preview_of(preview_method)
        self._cache = ResultCache(folders)
        self._lock = threading.Lock()
        self._next_number = 0
        self._unload_models = False
        self._empty_cache = False
        self._stopping = False
        self._execution: Execution | None = None
        # A daemon: a node that never ends must not keep the process.
        self._worker = threading.Thread(target=self._work, name="atelier-worker", daemon=True)
        self.history = History(history_limit)
        self.queue = JobQueue(queue_limit, lambda remaining: publish([status_message(remaining)]))

    def start(self) -> None:
        """Start the worker's thread; once."""
        self._worker.start()

    def stop(self, timeout: float) -> None:
        """Refuse new jobs, interrupt the running one, and wait up to `timeout` seconds for the worker.

        A node that does not look up in time is abandoned. Waiting jobs are not run.
        """
        self._stopping = True
        self.queue.nudge()
        self.queue.interrupt(None)
        if self._worker.is_alive():
            self._worker.join(timeout)

    def submit(self, body: Mapping[str, Any]) -> SubmitAnswer:
        """Check the body of `POST /prompt` and queue it; never raises for what is in the body."""
        counted = self._count(body)
        submission = read_submission(body)
        if isinstance(submission, Rejection):
            return SubmitAnswer(status=400, document=submission.document)
        workflow = check_workflow(
            submission.graph, catalogue=self._catalogue, folders=self._folders, targets=submission.targets
        )
        if isinstance(workflow, Rejection):
            return SubmitAnswer(status=400, document=workflow.document)
        number = counted if submission.number is None else submission.number
        job = Job(
            number=-number if submission.front and submission.number is None else number,
            prompt_id=submission.prompt_id,
            workflow=workflow,
            extra_data=submission.extra_data,
            client_id=submission.client_id,
        )
        return self._queue(job)

    def interrupt(self, prompt_id: str | None) -> None:
        """Interrupt the running job; a job of another id is left alone."""
        self.queue.interrupt(prompt_id)

    def free(self, *, unload_models: bool, free_memory: bool) -> None:
        """Ask the worker to unload models and to empty the cache before the next job."""
        with self._lock:
            self._unload_models |= unload_models
            self._empty_cache |= free_memory
        self.queue.nudge()

    def executing_for(self, client_id: str) -> str | None:
        """Return the node that runs now when its job is this client's, else None."""
        execution = self._execution
        if execution is None or execution.client_id != client_id or execution.node is None:
            return None
        return execution.node.node_id

    def _count(self, body: object) -> int:
        """Return the next number; as in ComfyUI, every request without one of its own takes one."""
        with self._lock:
            number = self._next_number
            if not isinstance(body, Mapping) or "number" not in body:
                self._next_number += 1
            return number

    def _queue(self, job: Job) -> SubmitAnswer:
        if self._stopping:
            refusal = rejected("engine_stopping", "The engine is stopping.", "Start it again and resend.")
            return SubmitAnswer(status=503, document=refusal.document)
        match self.queue.add(job):
            case "full":
                refusal = rejected("queue_full", "The queue is full.", "Wait until a job is done.")
                return SubmitAnswer(status=429, document=refusal.document)
            case "duplicate":
                refusal = rejected(
                    "invalid_prompt",
                    "A job with this prompt_id waits or runs already.",
                    f"prompt_id '{job.prompt_id}'",
                )
                return SubmitAnswer(status=400, document=refusal.document)
            case "added":
                return SubmitAnswer(
                    status=200,
                    document={
                        "prompt_id": job.prompt_id,
                        "number": job.number,
                        "node_errors": job.workflow.node_errors,
                    },
                )

    def _work(self) -> None:
        while not self._stopping:
            self._free_what_was_asked()
            job = self.queue.take()
            if job is None:
                continue
            try:
                self._run(job)
            except Exception:
                # Only a publisher that breaks its promise, or our own mistake. The next job may fare better.
                logger.exception("Job %s could not be brought to its end", job.prompt_id)

    def _run(self, job: Job) -> None:
        self._execution = execution = Execution(
            job=job,
            cache=self._cache,
            folders=self._folders,
            models=self._models,
            publish=self._publish,
            interrupted=lambda: self.queue.interrupted,
            preview=self._preview,
        )
        try:
            # Written down before it is announced: who hears of the end finds the outputs.
            self.history.add(job.prompt_id, execution.run())
        finally:
            self._execution = None
            remaining = self.queue.finish()
        execution.announce(status_message(remaining))

    def _free_what_was_asked(self) -> None:
        with self._lock:
            unload, empty = self._unload_models, self._empty_cache
            self._unload_models = self._empty_cache = False
        if unload:
            # A kept result of a loader would keep the weights.
            self._cache.drop_models()
            self._models.unload()
        if empty:
            self._cache.clear()


def _preview_of(method: Literal["none", "latent2rgb"]) -> Preview | None:
    if method == "none":
        return None
    from atelier.engine.diffusion.previews import preview_jpeg

    return preview_jpeg
