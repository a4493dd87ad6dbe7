"""How many small prompts a second a server of ComfyUI's protocol runs."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
import uuid

import aiohttp

WARM_UP = 20


def small_prompt(color: int, *, prefix: str) -> dict[str, object]:
    """Return EmptyImage 64 -> SaveImage; another colour is another result, so nothing comes from a cache."""
    return {
        "1": {
            "class_type": "EmptyImage",
            "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": color},
        },
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": prefix}},
    }


async def prompts_per_second(url: str, *, clients: int, prompts: int) -> float:
    """Return the rate at which `clients` send prompts, each waiting for the end of its last one.

    The time of a prompt runs from the POST until `executing` with node null arrives on the client's socket.
    """
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120)) as session:
        await asyncio.gather(*(_client(session, url, number, WARM_UP) for number in range(clients)))
        began = time.perf_counter()
        each = prompts // clients
        await asyncio.gather(*(_client(session, url, number + clients, each) for number in range(clients)))
        return each * clients / (time.perf_counter() - began)


async def _client(session: aiohttp.ClientSession, url: str, number: int, prompts: int) -> None:
    client_id = uuid.uuid4().hex
    prefix = f"bench{number}_{client_id[:6]}"
    async with session.ws_connect(f"{url}/ws", params={"clientId": client_id}) as socket:
        for index in range(prompts):
            color = hash((client_id, index)) & 0xFFFFFF
            body = {"prompt": small_prompt(color, prefix=prefix), "client_id": client_id}
            async with session.post(f"{url}/prompt", json=body) as answer:
                job_id = (await answer.json())["prompt_id"]
            async for message in socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    continue
                event = json.loads(message.data)
                data = event["data"]
                if event["type"] == "executing" and data["node"] is None and data["prompt_id"] == job_id:
                    break


def median_rate(url: str, *, clients: int, prompts: int = 400, runs: int = 3) -> float:
    """Return the median rate of several runs, in prompts a second."""
    return statistics.median(
        asyncio.run(prompts_per_second(url, clients=clients, prompts=prompts)) for _ in range(runs)
    )
