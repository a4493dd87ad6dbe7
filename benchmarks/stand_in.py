"""A stand-in for ComfyUI that answers at once: the part of its protocol that a gateway asks for.

    python -m benchmarks.stand_in [--step-seconds 0.01]

prints its address as JSON, and serves until its standard input ends. It draws nothing: a job takes its
sampling steps times `--step-seconds`, one job after the other, and its picture is one of two that are made at
the start. `GET /stand-in/started` lists the jobs in the order in which they began.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from aiohttp import web
from PIL import Image

OBJECT_INFO = Path(__file__).parents[1] / "tests" / "reference" / "comfyui" / "object_info-0.3.64.json"

#: The model that it offers besides those of the recording.
CHECKPOINT = "stand-in.safetensors"

#: The file of the page that it has.
PAGE_FILE = "/assets/page.js"
_PAGE_BYTES = b"// a page's script\n" * 200

#: Pixels of width from which on a picture is large: 1.5 MB.
LARGE = 512
_LARGE_SIDE = 704


class StandIn:
    """Queues jobs, runs them one after the other, and remembers their pictures."""

    def __init__(self, *, step_seconds: float) -> None:
        self._step_seconds = step_seconds
        self._object_info = _object_info()
        self._small, self._large = picture(64), picture(_LARGE_SIDE)
        self._waiting: asyncio.Queue[list[Any]] = asyncio.Queue()
        self._pending: dict[str, list[Any]] = {}
        self._running: dict[str, list[Any]] = {}
        self._history: dict[str, Any] = {}
        self._pictures: dict[tuple[str, str], bytes] = {}
        self._sockets: dict[str, web.WebSocketResponse] = {}
        self._started: list[str] = []

    def application(self) -> web.Application:
        """Return the routes."""
        app = web.Application(client_max_size=2**24)
        app.add_routes(
            [
                web.get("/ws", self._socket),
                web.get("/object_info", self._show_object_info),
                web.get("/system_stats", self._system_stats),
                web.get(PAGE_FILE, self._page_file),
                web.get("/prompt", self._status),
                web.post("/prompt", self._prompt),
                web.get("/queue", self._show_queue),
                web.post("/queue", self._change_queue),
                web.post("/history", self._accept),
                web.post("/interrupt", self._accept),
                web.get("/history/{id}", self._show_history),
                web.get("/view", self._view),
                web.get("/stand-in/started", self._show_started),
            ]
        )
        return app

    async def run_jobs(self) -> None:
        """Run what is queued, until cancelled."""
        while True:
            prompt = await self._waiting.get()
            job_id = prompt[1]
            if job_id not in self._pending:
                continue
            self._running[job_id] = self._pending.pop(job_id)
            self._started.append(job_id)
            began = time.time()
            await self._tell(prompt, "execution_start", timestamp=int(began * 1000))
            await asyncio.sleep(self._step_seconds * _steps(prompt[2]))
            ended = time.time()
            self._running.pop(job_id)
            self._end(prompt, began, ended)
            await self._tell(prompt, "execution_success", timestamp=int(ended * 1000))
            await self._tell(prompt, "executing", node=None)

    def _end(self, prompt: list[Any], began: float, ended: float) -> None:
        outputs = {}
        for node_id, node in prompt[2].items():
            if node["class_type"] == "SaveImage":
                folder, _, stem = node["inputs"]["filename_prefix"].rpartition("/")
                name = f"{stem}_00001_.png"
                self._pictures[folder, name] = self._large if _width(prompt[2]) >= LARGE else self._small
                outputs[node_id] = {"images": [{"filename": name, "subfolder": folder, "type": "output"}]}
        told = [
            [kind, {"prompt_id": prompt[1], "timestamp": int(at * 1000)}]
            for kind, at in (("execution_start", began), ("execution_success", ended))
        ]
        status = {"status_str": "success", "completed": True, "messages": told}
        self._history[prompt[1]] = {"prompt": prompt, "outputs": outputs, "status": status, "meta": {}}

    async def _tell(self, prompt: list[Any], kind: str, **data: object) -> None:
        socket = self._sockets.get(prompt[3].get("client_id", ""))
        if socket is not None:
            await socket.send_str(json.dumps({"type": kind, "data": {"prompt_id": prompt[1], **data}}))

    # --- routes ---------------------------------------------------------------------------------------------

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        client_id = request.query.get("clientId", "")
        self._sockets[client_id] = socket
        status = {"status": {"exec_info": {"queue_remaining": 0}}, "sid": client_id}
        await socket.send_str(json.dumps({"type": "status", "data": status}))
        async for _ in socket:
            pass
        self._sockets.pop(client_id, None)
        return socket

    async def _prompt(self, request: web.Request) -> web.StreamResponse:
        document = json.loads(await request.read())
        job_id = document.get("prompt_id") or os.urandom(16).hex()
        extra = {**document.get("extra_data", {}), "client_id": document.get("client_id", "")}
        prompt = [len(self._history), job_id, document["prompt"], extra, []]
        self._pending[job_id] = prompt
        self._waiting.put_nowait(prompt)
        return _json({"prompt_id": job_id, "number": prompt[0], "node_errors": {}})

    async def _status(self, request: web.Request) -> web.StreamResponse:
        return _json({"exec_info": {"queue_remaining": len(self._pending) + len(self._running)}})

    async def _show_queue(self, request: web.Request) -> web.StreamResponse:
        running, pending = list(self._running.values()), list(self._pending.values())
        return _json({"queue_running": running, "queue_pending": pending})

    async def _change_queue(self, request: web.Request) -> web.StreamResponse:
        document = await request.json()
        for job_id in list(self._pending) if document.get("clear") else document.get("delete", []):
            self._pending.pop(job_id, None)
        return web.Response()

    async def _show_history(self, request: web.Request) -> web.StreamResponse:
        job_id = request.match_info["id"]
        return _json({job_id: self._history[job_id]} if job_id in self._history else {})

    async def _show_started(self, request: web.Request) -> web.StreamResponse:
        return _json(self._started)

    async def _accept(self, request: web.Request) -> web.StreamResponse:
        return web.Response()

    async def _show_object_info(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=self._object_info, content_type="application/json")

    async def _system_stats(self, request: web.Request) -> web.StreamResponse:
        system = {"os": "posix", "comfyui_version": "0.3.64", "python_version": "3.11", "argv": ["main.py"]}
        device = {"name": "none", "type": "cpu", "index": None, "vram_total": 0, "vram_free": 0}
        return _json({"system": system, "devices": [device]})

    async def _page_file(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=_PAGE_BYTES, content_type="text/javascript", headers={"ETag": '"page"'})

    async def _view(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        content = self._pictures.get((query.get("subfolder", ""), query["filename"]))
        if content is None:
            raise web.HTTPNotFound
        return web.Response(body=content, content_type="image/png")


def picture(side: int) -> bytes:
    """Return a PNG of noise, which does not get smaller: three bytes a pixel."""
    target = io.BytesIO()
    Image.frombytes("RGB", (side, side), os.urandom(3 * side * side)).save(target, "PNG", compress_level=0)
    return target.getvalue()


def _object_info() -> bytes:
    document = json.loads(OBJECT_INFO.read_bytes())
    document["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"][0].append(CHECKPOINT)
    return json.dumps(document).encode()


def _json(document: object) -> web.Response:
    return web.Response(body=json.dumps(document).encode(), content_type="application/json")


def _inputs(workflow: dict[str, Any], name: str) -> list[int]:
    return [node["inputs"][name] for node in workflow.values() if isinstance(node["inputs"].get(name), int)]


def _steps(workflow: dict[str, Any]) -> int:
    return sum(_inputs(workflow, "steps"))


def _width(workflow: dict[str, Any]) -> int:
    return max(_inputs(workflow, "width"), default=0)


async def _serve(step_seconds: float) -> None:
    stand_in = StandIn(step_seconds=step_seconds)
    runner = web.AppRunner(stand_in.application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    print(json.dumps({"url": f"http://{host}:{port}", "pid": os.getpid()}), flush=True)
    jobs = asyncio.create_task(stand_in.run_jobs())
    try:
        # Whoever started it is gone when this ends.
        await asyncio.to_thread(sys.stdin.buffer.read)
    finally:
        jobs.cancel()
        await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stand_in")
    parser.add_argument("--step-seconds", type=float, default=0.0)
    asyncio.run(_serve(parser.parse_args().step_seconds))


if __name__ == "__main__":
    main()
