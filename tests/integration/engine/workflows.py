"""Workflows small enough to read, and the ways to hear what becomes of them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import ClientWebSocketResponse, WSMsgType

from tests.integration.engine.conftest import DEADLINE

Message = dict[str, Any]


def plain_picture(color: int = 0, *, size: int = 16, prefix: str = "p") -> dict[str, Any]:
    """Return a workflow that saves a picture of one colour."""
    inputs = {"width": size, "height": size, "batch_size": 1, "color": color}
    return {
        "1": {"class_type": "EmptyImage", "inputs": inputs},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": prefix}},
    }


def failing_picture() -> dict[str, Any]:
    """Return a workflow that passes validation and fails when it runs, as in ComfyUI."""
    return {"2": {"class_type": "SaveImage", "inputs": {"images": "hello", "filename_prefix": "p"}}}


def drawing(*, steps: int, seed: int = 1, size: int = 64) -> dict[str, Any]:
    """Return a workflow that draws with the embedded model; its sampler is node 5."""
    return {
        "1": {
            "class_type": "UNETLoader",
            "inputs": {"unet_name": "atelier_nano_fp16.onnx", "weight_dtype": "default"},
        },
        "2": {
            "class_type": "CLIPLoader",
            "inputs": {"clip_name": "atelier_nano_fp16.onnx", "type": "qwen_image"},
        },
        "3": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["2", 0], "text": "green hills at night"}},
        "4": {
            "class_type": "EmptySD3LatentImage",
            "inputs": {"width": size, "height": size, "batch_size": 1},
        },
        "5": {
            "class_type": "KSampler",
            "inputs": {
                "model": ["1", 0],
                "positive": ["3", 0],
                "negative": ["3", 0],
                "latent_image": ["4", 0],
                "seed": seed,
                "steps": steps,
                "cfg": 1.0,
                "sampler_name": "euler",
                "scheduler": "simple",
                "denoise": 1.0,
            },
        },
        "6": {"class_type": "VAELoader", "inputs": {"vae_name": "atelier_nano_fp16.onnx"}},
        "7": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["6", 0]}},
        "8": {"class_type": "SaveImage", "inputs": {"images": ["7", 0], "filename_prefix": "drawing"}},
    }


async def next_frame(socket: ClientWebSocketResponse) -> Message | bytes:
    """Return the next JSON message, or the next binary frame."""
    message = await asyncio.wait_for(socket.receive(), DEADLINE)
    if message.type is WSMsgType.BINARY:
        data: bytes = message.data
        return data
    assert message.type is WSMsgType.TEXT, message
    document: Message = json.loads(message.data)
    return document


async def next_message(socket: ClientWebSocketResponse) -> Message:
    """Return what comes next, which must be a JSON message."""
    message = await next_frame(socket)
    assert isinstance(message, dict)
    return message


def is_end(message: Message | bytes) -> bool:
    """Say whether this is the last message of a job to its owner."""
    return isinstance(message, dict) and message["type"] == "executing" and message["data"]["node"] is None


async def until_end(socket: ClientWebSocketResponse) -> list[Message | bytes]:
    """Return everything up to the end of a job."""
    messages: list[Message | bytes] = []
    while not (messages and is_end(messages[-1])):
        messages.append(await next_frame(socket))
    return messages


async def until(socket: ClientWebSocketResponse, type: str, **data: Any) -> Message:
    """Skip messages until one of a type, with these values in its data; return it."""
    while True:
        message = await next_frame(socket)
        if isinstance(message, dict) and message["type"] == type and data.items() <= message["data"].items():
            return message
