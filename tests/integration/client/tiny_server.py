"""A server of a few lines that speaks ComfyUI's protocol and misbehaves as it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

#: Seconds after which a test that waits for something has failed.
PATIENCE = 30.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class TinyServer:
    """Queues what it is sent, and does nothing with it but what the test says."""

    def __init__(self) -> None:
        self.port = 0
        self.requests: list[str] = []
        #: Documents of POST /prompt that were queued.
        self.submitted: list[dict[str, Any]] = []
        self.running: list[str] = []
        self.pending: list[str] = []
        self.history: dict[str, Any] = {}
        self.deleted: list[str] = []
        #: Sub-folder and name of each upload.
        self.uploaded: list[str] = []
        self.interrupted: list[str | None] = []
        #: First messages of the sockets, in the order of their opening, and the client ids.
        self.hellos: list[Any] = []
        self.client_ids: list[str] = []
        self.sockets: list[tuple[web.WebSocketResponse, web.Request]] = []
        #: Whether a job is at work as soon as it is queued.
        self.starts_at_once = True
        self._overrides: dict[str, list[Handler]] = {}
        self._lasting: dict[str, Handler] = {}
        self._news = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        self.cut()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    # --- what a test says ----------------------------------------

    def once(self, request: str, *handlers: Handler) -> None:
        """Answer the next requests such as `GET /queue` with these handlers, one each."""
        self._overrides.setdefault(request, []).extend(handlers)

    def always(self, request: str, handler: Handler) -> None:
        """Answer every such request with this handler."""
        self._lasting[request] = handler

    def mend(self) -> None:
        """Answer everything in the regular way again."""
        self._overrides.clear()
        self._lasting.clear()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something holds, looking after each request and message."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: bool(condition()))

    async def say(self, type_: str, **data: Any) -> None:
        """Send a message to the newest socket."""
        await self.sockets[-1][0].send_str(json.dumps({"type": type_, "data": data}))

    async def say_text(self, text: str) -> None:
        await self.sockets[-1][0].send_str(text)

    async def say_bytes(self, data: bytes) -> None:
        await self.sockets[-1][0].send_bytes(data)

    def cut(self) -> None:
        """Break all sockets off without a farewell."""
        for _, request in self.sockets:
            if request.transport is not None:
                request.transport.abort()
        self.sockets.clear()

    def forget(self) -> None:
        """Lose every job, as a restart does."""
        self.running.clear()
        self.pending.clear()
        self.history.clear()

    @property
    def job(self) -> str:
        """The id of the newest job."""
        return str(self.submitted[-1]["prompt_id"])

    def put_into_history(self, job_id: str, **entry: Any) -> None:
        """Write down the end of a job, a success with one picture unless `entry` says otherwise."""
        for jobs in (self.running, self.pending):
            if job_id in jobs:
                jobs.remove(job_id)
        self.history[job_id] = {
            "prompt": [0, job_id, {}, {}, ["9"]],
            "outputs": {"9": {"images": [{"filename": "a.png", "subfolder": "", "type": "output"}]}},
            "status": {"status_str": "success", "completed": True, "messages": []},
            "meta": {},
            **entry,
        }

    async def succeed(self, job_id: str) -> None:
        """End a job as ComfyUI does: history, success, end."""
        self.put_into_history(job_id)
        await self.say("execution_success", prompt_id=job_id, timestamp=0)
        await self.say("executing", node=None, prompt_id=job_id)

    # --- answering ----------------------------------------

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        name = f"{request.method} {request.path}"
        self.requests.append(name)
        try:
            if self._overrides.get(name):
                return await self._overrides[name].pop(0)(request)
            if name in self._lasting:
                return await self._lasting[name](request)
            return await self.regular(request)
        finally:
            await self._tell()

    async def regular(self, request: web.Request) -> web.StreamResponse:
        """Answer as ComfyUI would."""
        match request.method, request.path.split("/")[1:]:
            case "GET", ["ws"]:
                return await self._socket(request)
            case "POST", ["prompt"]:
                return await self._prompt(request)
            case "GET", ["queue"]:
                return web.json_response(
                    {
                        "queue_running": [[0, each, {}, {}, []] for each in self.running],
                        "queue_pending": [[n, each, {}, {}, []] for n, each in enumerate(self.pending)][::-1],
                    }
                )
            case "POST", ["queue"]:
                for job_id in (await request.json())["delete"]:
                    self.deleted.append(job_id)
                    if job_id in self.pending:
                        self.pending.remove(job_id)
                return web.Response()
            case "POST", ["interrupt"]:
                self.interrupted.append((await request.json()).get("prompt_id"))
                return web.Response()
            case "GET", ["history", job_id]:
                entry = self.history.get(job_id)
                return web.json_response({} if entry is None else {job_id: entry})
            case "POST", ["history"]:
                for job_id in (await request.json())["delete"]:
                    self.history.pop(job_id, None)
                return web.Response()
            case "POST", ["upload", "image"]:
                form = await request.post()
                self.uploaded.append(f"{form['subfolder']!s}/{getattr(form['image'], 'filename', '')}")
                return web.json_response(
                    {
                        "name": self.uploaded[-1].rpartition("/")[2],
                        "subfolder": str(form["subfolder"]),
                        "type": "input",
                    }
                )
            case "GET", ["view"]:
                return web.Response(body=request.query["filename"].encode(), content_type="image/png")
            case "GET", ["system_stats"]:
                return web.json_response({"system": {"comfyui_version": "0.3.64"}, "devices": []})
            case "GET", ["object_info", *_]:
                return web.json_response({})
        return web.Response(status=404, text="404: Not Found")

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.client_ids.append(request.query["clientId"])
        await socket.send_str(
            json.dumps({"type": "status", "data": {"status": {}, "sid": request.query["clientId"]}})
        )
        self.sockets.append((socket, request))
        self.requests.append("socket open")
        await self._tell()
        async for message in socket:
            self.hellos.append(json.loads(message.data))
            await self._tell()
        return socket

    async def _prompt(self, request: web.Request) -> web.StreamResponse:
        document = await request.json()
        self.queue(document)
        return web.json_response({"prompt_id": document["prompt_id"], "number": 1, "node_errors": {}})

    def queue(self, document: dict[str, Any]) -> None:
        """Take a submission into the queue."""
        self.submitted.append(document)
        (self.running if self.starts_at_once else self.pending).append(document["prompt_id"])

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()


@asynccontextmanager
async def tiny_server() -> AsyncIterator[TinyServer]:
    """Run a tiny server for as long as the context lasts."""
    server = TinyServer()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


# --- ways to misbehave ----------------------------------------


def answers(status: int, text: str = "", **headers: str) -> Handler:
    """Answer a status and a text; header names with underscores for hyphens."""

    async def handler(request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, text=text, headers=named)

    return handler


def answers_json(value: object, status: int = 200) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.json_response(value, status=status)

    return handler


async def hangs(request: web.Request) -> web.StreamResponse:
    """Accept the request and never answer."""
    await asyncio.Event().wait()
    raise AssertionError


async def breaks_off(request: web.Request) -> web.StreamResponse:
    """Close the connection instead of answering."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def never_ends(request: web.Request) -> web.StreamResponse:
    """Send blanks, which JSON may begin with, for ever."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    try:
        while True:
            await response.write(b" " * 65536)
    except ConnectionError:
        return response
