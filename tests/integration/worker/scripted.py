"""What a tiny server does with the jobs of a worker."""

from __future__ import annotations

import io
from typing import Any

from aiohttp import web
from PIL import Image

from tests.integration.client.tiny_server import Handler, TinyServer

NODE_ERRORS = {
    "9": {
        "errors": [
            {
                "type": "value_not_in_list",
                "message": "Value not in list",
                "details": "control_net_name: 'a' not in []",
                "extra_info": {"input_name": "control_net_name", "received_value": "a"},
            }
        ],
        "dependent_outputs": ["9"],
        "class_type": "SaveImage",
    }
}


def png(color: int = 0, size: int = 16) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (size, size), (color, 0, 0)).save(target, "PNG")
    return target.getvalue()


def shows(data: bytes) -> Handler:
    """Answer `GET /view` with these bytes."""

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(body=data, content_type="image/png")

    return handler


def draws_at_once(server: TinyServer) -> Handler:
    """Answer `POST /prompt` when the job has succeeded already."""

    async def handler(request: web.Request) -> web.StreamResponse:
        document = await request.json()
        server.queue(document)
        server.put_into_history(document["prompt_id"])
        return web.json_response({"prompt_id": document["prompt_id"], "number": 1, "node_errors": {}})

    return handler


def drops_a_part(server: TinyServer) -> Handler:
    """Answer `POST /prompt` 200, having left out an output."""

    async def handler(request: web.Request) -> web.StreamResponse:
        document = await request.json()
        server.queue(document)
        return web.json_response(
            {"prompt_id": document["prompt_id"], "number": 1, "node_errors": NODE_ERRORS}
        )

    return handler


async def mute_socket(request: web.Request) -> web.StreamResponse:
    """Open a WebSocket that says nothing and answers no ping, as a frozen server's does."""
    socket = web.WebSocketResponse(autoping=False)
    await socket.prepare(request)
    async for _ in socket:
        pass
    return socket


def interrupted(job_id: str) -> dict[str, Any]:
    """Return what a history entry says of an interrupted job, beyond the usual."""
    data = {"prompt_id": job_id, "node_id": "1", "node_type": "EmptyImage", "executed": [], "timestamp": 2}
    messages = [
        ["execution_start", {"prompt_id": job_id, "timestamp": 1}],
        ["execution_interrupted", data],
    ]
    return {
        "outputs": {},
        "status": {"status_str": "error", "completed": False, "messages": messages},
    }
