"""One engine that is reached over ComfyUI's protocol: ComfyUI itself, or the embedded engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from types import TracebackType
from typing import Any, Self

from atelier.client.protocol import (
    FILE_LIMIT,
    Finished,
    ImageFile,
    Queue,
    Running,
    Submission,
    Transport,
    Waiting,
    cancel_job,
    look_up,
    object_info,
    read_queue,
    submit,
    upload,
)
from atelier.providers.engine_socket import HEARTBEAT, EngineSocket
from atelier.workflows.file_inputs import FileReference
from atelier.workflows.graph import Workflow


class ComfyUI:
    """One engine, for as long as the context lasts; its socket is kept open by `socket.run()`.

    Every method raises what the client's transport raises: ServerUnreachable, DeadlineExceeded,
    AnswerUnusable, ServerFault, and the kinds of RequestRefused.

    Args:
        base_url: Its address.
        token: What ComfyUI-Login, or a gateway, wants as a bearer token.
        request_timeout: Seconds for one request.
        file_timeout: Seconds for an upload or a download.
        file_limit: Bytes of an output.
        heartbeat: Seconds of silence of the socket until a ping.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: str | None = None,
        request_timeout: float = 30.0,
        file_timeout: float = 300.0,
        file_limit: int = FILE_LIMIT,
        heartbeat: float = HEARTBEAT,
    ) -> None:
        self._transport = Transport(
            base_url, token=token, request_timeout=request_timeout, answer_limit=256 * 2**20
        )
        self._request_timeout = request_timeout
        self._file_timeout = file_timeout
        self._file_limit = file_limit
        self.socket = EngineSocket(self._transport, heartbeat=heartbeat)

    @property
    def base_url(self) -> str:
        return self._transport.base_url

    @property
    def transport(self) -> Transport:
        """For requests that are passed through."""
        return self._transport

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections, for good."""
        await self._transport.close()

    async def object_info(self) -> dict[str, Any]:
        """Return the declarations of all node classes."""
        return await object_info(self._transport)

    async def system_stats(self) -> dict[str, Any]:
        """Return what the engine says of its machine."""
        return self._transport.object_of(await self._transport.get_json("/system_stats"), "/system_stats")

    async def put_input(self, data: bytes, *, subfolder: str, name: str) -> FileReference:
        """Store an input file and return the name that the engine gave it."""
        file = await upload(self._transport, data, name=name, subfolder=subfolder, seconds=self._file_timeout)
        return FileReference(subfolder=file.subfolder, filename=file.filename)

    async def send(
        self,
        workflow: Workflow,
        *,
        job_id: str,
        extra_data: Mapping[str, Any],
        targets: tuple[str, ...],
    ) -> str:
        """Queue a workflow and return the client id that its events go to.

        Raises:
            PromptRejected: the engine refused the workflow, or would have left out a part of it.
        """
        client_id = self.socket.client_id
        submission = Submission(workflow=workflow, job_id=job_id, extra_data=extra_data, targets=targets)
        deadline = asyncio.get_running_loop().time() + self._request_timeout
        await submit(self._transport, submission, client_id=client_id, deadline=deadline)
        return client_id

    async def look_up(self, job_id: str) -> Finished | Running | Waiting | None:
        """Return where a job stands; None where the engine does not know it."""
        return await look_up(self._transport, job_id)

    async def queue(self) -> Queue:
        """Return the jobs that run and wait, whoever sent them."""
        return await read_queue(self._transport)

    async def stop(self, job_id: str) -> None:
        """Take a job out of the queue, or interrupt it where it runs; other jobs are left alone."""
        await cancel_job(self._transport, job_id)

    async def forget(self, job_id: str) -> None:
        """Take a job out of the history, so that it can be sent again under its id."""
        await self._transport.post("/history", {"delete": [job_id]})

    def fetch(self, file: ImageFile) -> AsyncGenerator[bytes, None]:
        """Return the content of a file, piece by piece.

        Raises:
            NotFound: it is gone.
            AnswerTooLarge: it is larger than `file_limit`.
        """
        params = {"filename": file.filename, "subfolder": file.subfolder, "type": file.type}
        return self._transport.stream(
            "/view", params=params, seconds=self._file_timeout, limit=self._file_limit
        )
