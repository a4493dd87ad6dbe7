"""What ComfyUI's protocol offers by itself: jobs, files and the state of one server."""

from __future__ import annotations

import asyncio
import math
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from atelier.client._cancellation import cancel_job
from atelier.client._channel import Channel
from atelier.client._events import Event
from atelier.client._files import Source, download, read_source, upload
from atelier.client._lookup import Queue, read_queue
from atelier.client._rejections import declarations, object_info
from atelier.client._result import ImageFile, Picture, Result
from atelier.client._run import Pace, Run
from atelier.client._submission import Submission, checked_job_id, new_job_id, submit
from atelier.client._transport import Transport
from atelier.errors import UsageError
from atelier.schemas.notices import Notice
from atelier.workflows.graph import Workflow

#: Called with each event of a run.
OnEvent = Callable[[Event], None]


class PlainClient:
    """Sends workflows to one server and brings back what they make; see `AsyncComfyUIClient`."""

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8188",
        *,
        token: str | None = None,
        timeout: float = 120.0,
        poll_interval: float = 2.0,
        client_id: str | None = None,
        request_timeout: float = 30.0,
        answer_limit: int = 64 * 2**20,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._transport = Transport(
            base_url,
            token=token,
            request_timeout=_positive("request_timeout", request_timeout),
            answer_limit=answer_limit,
            tls=tls,
        )
        self._pace = Pace(
            timeout=_positive("timeout", timeout), poll_interval=_positive("poll_interval", poll_interval)
        )
        self._channel = Channel(self._transport, client_id=client_id)
        self._runs: list[Run] = []
        self._farewells: set[asyncio.Task[None]] = set()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_url!r})"

    @property
    def base_url(self) -> str:
        return self._transport.base_url

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Cancel the runs that have begun and not ended, and close the connections."""
        await asyncio.gather(*(run.aclose() for run in self._runs))
        if self._farewells:
            await asyncio.wait(self._farewells)
        await self._channel.close()
        await self._transport.close()

    # --- jobs -----------------------------------------------------------------------------------------------

    def run(
        self,
        workflow: Workflow,
        *,
        job_id: str | None = None,
        extra_data: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        allow_partial: bool = False,
    ) -> Run:
        """Return a run of a workflow; it is sent when the first event, or the result, is asked for.

        Args:
            workflow: In API format.
            job_id: ComfyUI's `prompt_id`, one that the server does not know yet; None for a fresh one.
            extra_data: Passed on to the server, such as `{"extra_pnginfo": {"workflow": ...}}`.
            timeout: Seconds for this job; None for the client's.
            allow_partial: Whether outputs that the server finds invalid may be left out while others run.
        """
        submission = new_submission(workflow, job_id, extra_data, allow_partial=allow_partial)
        return self._new_run(submission.job_id, submission, timeout)

    def watch(self, job_id: str, *, timeout: float | None = None) -> Run:
        """Return a run of a job that was sent before, by whomever."""
        return self._new_run(checked_job_id(job_id), None, timeout)

    async def queue_prompt(
        self,
        workflow: Workflow,
        *,
        job_id: str | None = None,
        extra_data: Mapping[str, Any] | None = None,
        allow_partial: bool = False,
    ) -> str:
        """Queue a workflow and return its job id without waiting for its end."""
        submission = new_submission(workflow, job_id, extra_data, allow_partial=allow_partial)
        await self._channel.open()
        deadline = asyncio.get_running_loop().time() + self._pace.timeout
        await submit(self._transport, submission, client_id=self._channel.client_id, deadline=deadline)
        return submission.job_id

    async def wait_for_completion(
        self, job_id: str, *, timeout: float | None = None, on_event: OnEvent | None = None
    ) -> Result:
        """Return the result of a job that was sent before; a wait that is cancelled cancels the job."""
        return await self.watch(job_id, timeout=timeout).result(on_event=on_event)

    async def batch(
        self,
        workflows: Sequence[Workflow],
        *,
        concurrency: int = 4,
        timeout: float | None = None,
        on_event: OnEvent | None = None,
    ) -> list[Result]:
        """Run several workflows and return their results in order.

        The first failure cancels the jobs that are under way and is raised.

        Args:
            workflows: In API format.
            concurrency: Jobs that are on the server at a time, waiting ones included.
            timeout: Seconds for each job.
            on_event: Called with the events of all jobs; `job_id` tells them apart.
        """
        if concurrency < 1:
            raise UsageError(f"A concurrency of {concurrency} runs nothing: use 1 or more.")
        places = asyncio.Semaphore(concurrency)

        async def one(workflow: Workflow) -> Result:
            async with places:
                return await self.run(workflow, timeout=timeout).result(on_event=on_event)

        tasks = [asyncio.create_task(one(workflow)) for workflow in workflows]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)

    async def cancel(self, job_id: str) -> None:
        """Take a job off the server, waiting or running; nobody else's job is touched."""
        await cancel_job(self._transport, job_id)

    async def interrupt(self, job_id: str | None = None) -> None:
        """Interrupt a job if it runs; without an id, whatever job runs, whoever sent it."""
        await self._transport.post("/interrupt", {} if job_id is None else {"prompt_id": job_id})

    # --- files ----------------------------------------------------------------------------------------------

    async def upload(
        self, source: Source, *, name: str | None = None, subfolder: str = "", overwrite: bool = False
    ) -> ImageFile:
        """Store a file in the server's input folder; use the name that is returned.

        Args:
            source: Bytes, a path, or an open file.
            name: Its name there; None for the path's own.
            subfolder: Below the input folder; created if need be.
            overwrite: Whether to replace another file of this name instead of taking a new name.
        """
        if name is None:
            name = getattr(source, "name", None) or (source if isinstance(source, str) else None)
            if not isinstance(name, str):
                raise UsageError("Bytes have no name: pass name=...")
            name = name.replace("\\", "/").rpartition("/")[2]
        return await upload(
            self._transport,
            await read_source(source),
            name=name,
            subfolder=subfolder,
            overwrite=overwrite,
            seconds=self._pace.timeout,
        )

    async def download(self, file: ImageFile) -> Picture:
        """Return a file of the server's.

        Raises:
            NotFound: it is gone.
        """
        return await download(self._transport, file, seconds=self._pace.timeout)

    # --- the server -----------------------------------------------------------------------------------------

    async def system_stats(self) -> dict[str, Any]:
        """Return what the server says of its machine: versions, memory, devices."""
        return self._transport.object_of(await self._transport.get_json("/system_stats"), "/system_stats")

    async def object_info(self, class_type: str | None = None) -> dict[str, Any]:
        """Return the declarations of all node classes, or of one (empty where the server lacks it)."""
        if class_type is None:
            return await object_info(self._transport)
        return await declarations(self._transport, {class_type})

    async def queue(self) -> Queue:
        """Return the ids of the jobs that run and wait."""
        return await read_queue(self._transport)

    async def free(self, *, unload_models: bool = True, free_memory: bool = True) -> None:
        """Ask the server to unload its models and empty its cache, once the running job is done."""
        await self._transport.post("/free", {"unload_models": unload_models, "free_memory": free_memory})

    # --- parts ----------------------------------------------------------------------------------------------

    def _new_run(
        self,
        job_id: str,
        submission: Submission | None,
        timeout: float | None,
        notices: Sequence[Notice] = (),
    ) -> Run:
        self._runs = [each for each in self._runs if not each.ended]
        pace = self._pace if timeout is None else replace(self._pace, timeout=_positive("timeout", timeout))
        run = Run(
            transport=self._transport,
            channel=self._channel,
            job_id=job_id,
            submission=submission,
            pace=pace,
            notices=notices,
            farewells=self._farewells,
        )
        self._runs.append(run)
        return run


def new_submission(
    workflow: Workflow, job_id: str | None, extra_data: Mapping[str, Any] | None, *, allow_partial: bool
) -> Submission:
    """Return a submission.

    Raises:
        UsageError: the workflow is in the page's own format, or the job id cannot be used.
    """
    if isinstance(workflow.get("nodes"), list):
        raise UsageError(
            "This workflow is in the format in which the page saves it. "
            "Export it in API format: Workflow > Export (API)."
        )
    return Submission(
        workflow=workflow,
        job_id=new_job_id() if job_id is None else checked_job_id(job_id),
        extra_data=extra_data or {},
        allow_partial=allow_partial,
    )


def _positive(name: str, seconds: float) -> float:
    if not (0 < seconds < math.inf):
        raise UsageError(
            f"{name} must be a positive number of seconds, not {seconds}: every wait has an end."
        )
    return seconds
