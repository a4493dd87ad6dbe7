"""A workflow whose answer was lost is queued once, whatever happened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from atelier.client import (
    Accepted,
    AsyncComfyUIClient,
)
from atelier.errors import (
    AnswerUnusable,
    ServerUnreachable,
)
from tests.integration.client.conftest import WORKFLOW, MakeClient, first
from tests.integration.client.tiny_server import (
    TinyServer,
    breaks_off,
    hangs,
)


async def queues_and_breaks_off(server: TinyServer, request: web.Request) -> web.StreamResponse:
    server.queue(await request.json())
    return await breaks_off(request)


async def queues_and_fails(server: TinyServer, request: web.Request) -> web.StreamResponse:
    server.queue(await request.json())
    return web.Response(status=500, text="500 Internal Server Error\n\nServer got itself in trouble")


async def queues_and_hangs(server: TinyServer, request: web.Request) -> web.StreamResponse:
    server.queue(await request.json())
    return await hangs(request)


@pytest.mark.parametrize("fault", [queues_and_breaks_off, queues_and_fails, queues_and_hangs])
async def test_a_workflow_whose_answer_was_lost_is_found_and_not_sent_twice(
    server: TinyServer, make_client: MakeClient, fault: Callable[..., Awaitable[web.StreamResponse]]
) -> None:
    server.once("POST /prompt", lambda request: fault(server, request))
    run = make_client(request_timeout=2.0).run(WORKFLOW)
    await first(run, Accepted)
    assert server.requests.count("POST /prompt") == 1
    await server.succeed(run.job_id)
    assert (await run.result()).images


async def test_a_workflow_that_never_arrived_is_sent_once_more_under_the_same_id(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    server.once("POST /prompt", breaks_off)
    run = client.run(WORKFLOW)
    await first(run, Accepted)
    assert server.requests.count("POST /prompt") == 2
    assert [each["prompt_id"] for each in server.submitted] == [run.job_id]


async def test_a_workflow_that_never_arrives_is_not_sent_for_ever(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    server.always("POST /prompt", breaks_off)
    with pytest.raises(ServerUnreachable):
        await client.run(WORKFLOW).result()
    assert server.requests.count("POST /prompt") == 2


async def test_a_job_accepted_under_another_id_is_taken_back(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    async def renames(request: web.Request) -> web.StreamResponse:
        server.queue({**await request.json(), "prompt_id": "theirs"})
        return web.json_response({"prompt_id": "theirs", "number": 1, "node_errors": {}})

    server.always("POST /prompt", renames)
    with pytest.raises(AnswerUnusable, match=r"0\.3\.45"):
        await client.run(WORKFLOW).result()
    assert "theirs" in server.interrupted
