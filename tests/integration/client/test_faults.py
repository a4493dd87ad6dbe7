"""A server that vanishes, hangs or talks nonsense ends a run with a typed exception, or is survived."""

from __future__ import annotations

import asyncio
import struct

import pytest
from aiohttp import web

from atelier.client import (
    Accepted,
    AsyncComfyUIClient,
    ConnectionLost,
    ConnectionRegained,
    NodeStarted,
    Progress,
)
from atelier.client._channel import Channel
from atelier.client._transport import Transport
from atelier.errors import (
    AnswerTooLarge,
    DeadlineExceeded,
    JobLost,
    ServerFault,
    ServerUnreachable,
)
from tests.integration.client.conftest import CALLS, WORKFLOW, Call, MakeClient, first, pass_deadline
from tests.integration.client.tiny_server import (
    PATIENCE,
    Handler,
    TinyServer,
    answers,
    breaks_off,
    hangs,
    never_ends,
)

# --- the socket ----------------------------------------


async def test_a_socket_cut_mid_run_is_reopened_under_the_same_id_and_the_run_goes_on(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    run = client.run(WORKFLOW)
    await first(run, Accepted)
    await server.say("execution_start", prompt_id=run.job_id)
    await server.say("executing", node="3", prompt_id=run.job_id)
    await first(run, NodeStarted)
    server.cut()
    await first(run, ConnectionLost)
    await first(run, ConnectionRegained)
    assert server.client_ids[0] == server.client_ids[1]
    # ComfyUI tells a socket that comes back which node runs, and does not say of which job.
    await server.say("executing", node="3")
    await server.say("progress", value=1, max=2, prompt_id=run.job_id, node="3")
    await server.succeed(run.job_id)
    assert [event.name async for event in run] == ["progress", "node_done", "succeeded"]


async def test_a_job_that_ends_while_the_socket_is_gone_is_found_by_polling(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    run = client.run(WORKFLOW)
    await first(run, Accepted)
    server.always("GET /ws", answers(503))
    server.cut()
    await first(run, ConnectionLost)
    server.put_into_history(run.job_id)
    names = [event.name async for event in run]
    # A poll may have seen the job run before it ended.
    assert names in (["node_done", "succeeded"], ["started", "node_done", "succeeded"])


async def test_without_runs_a_broken_socket_is_replaced_under_a_fresh_id(server: TinyServer) -> None:
    transport = Transport(server.url, token=None, request_timeout=30.0, answer_limit=1000)
    channel = Channel(transport, client_id=None)
    async with transport, asyncio.timeout(PATIENCE):
        await channel.open()
        server.cut()
        while len(server.client_ids) < 2:
            await channel.open()
            await asyncio.sleep(0)
        await channel.close()
    assert len(set(server.client_ids)) == 2


@pytest.mark.parametrize("fault", [answers(404), answers(200, "<html>"), answers(502), breaks_off])
async def test_a_server_without_a_socket_is_polled(
    server: TinyServer, client: AsyncComfyUIClient, fault: Handler
) -> None:
    server.always("GET /ws", fault)
    run = client.run(WORKFLOW)
    await first(run, ConnectionLost)
    server.put_into_history(run.job_id)
    assert (await run.result()).images


async def test_a_socket_that_the_server_forgot_does_not_hide_the_end(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    run = client.run(WORKFLOW)
    await first(run, Accepted)
    server.put_into_history(run.job_id)
    assert (await run.result()).images
    # The mute socket is given up for another one.
    await first(client.run(WORKFLOW), Accepted)
    await server.until(lambda: len(server.client_ids) == 2)


FOREIGN_FRAMES = [
    b"",
    b"\0\0\0",
    b"\0\0\0\1",
    b"\0\0\0\1\0\0\0\7xx",
    struct.pack(">II", 4, 4000) + b"{}",
    struct.pack(">II", 4, 2) + b"[]x",
    struct.pack(">II", 3, 1) + b"\xff\xff",
    struct.pack(">I", 4711) + b"foreign",
    b"\xff" * 50,
]

FOREIGN_TEXTS = [
    "",
    "no json",
    "[]",
    "null",
    "{}",
    '{"type": "executing"}',
    '{"type": "executing", "data": null}',
    '{"type": "executing", "data": {"node": null}}',
    '{"type": "progress", "data": {"prompt_id": "JOB", "value": "x", "max": null}}',
    '{"type": "progress", "data": {"prompt_id": "JOB", "value": 1e999, "max": 1}}',
    '{"type": "execution_cached", "data": {"prompt_id": "JOB", "nodes": 3}}',
    '{"type": "executed", "data": {"prompt_id": "JOB", "node": "9", "output": [1]}}',
    '{"type": "atelier.notice", "data": {"prompt_id": "JOB"}}',
    '{"type": ["list"], "data": {"prompt_id": "JOB"}}',
    '{"type": "something_new", "data": {"prompt_id": "JOB"}}',
    "[" * 100_000,
]


async def test_truncated_and_foreign_messages_do_not_end_the_stream(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    run = client.run(WORKFLOW)
    await first(run, Accepted)
    for frame in FOREIGN_FRAMES:
        await server.say_bytes(frame)
        await server.say("progress", value=1, max=2, prompt_id=run.job_id, node="3")
        assert await first(run, Progress)
    for text in FOREIGN_TEXTS:
        await server.say_text(text.replace("JOB", run.job_id))
        await server.say("progress", value=1, max=2, prompt_id=run.job_id, node="3")
        assert await first(run, Progress)
    await server.succeed(run.job_id)
    assert (await run.result()).images
    assert len(server.client_ids) == 1


# --- a restart ----------------------------------------


async def test_a_server_restarted_mid_run_has_lost_the_job(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    run = client.run(WORKFLOW)
    await first(run, Accepted)
    await server.say("executing", node="1", prompt_id=run.job_id)
    await server.stop()
    server.forget()
    await first(run, ConnectionLost)
    await server.start()
    with pytest.raises(JobLost) as caught:
        await run.result()
    assert caught.value.job_id == run.job_id


async def test_a_restart_that_leaves_the_queue_alone_loses_nothing(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    run = client.run(WORKFLOW)
    await first(run, Accepted)
    await server.stop()
    await first(run, ConnectionLost)
    await server.start()
    await first(run, ConnectionRegained)
    await server.succeed(run.job_id)
    assert (await run.result()).images


async def test_an_end_without_a_history_entry_is_a_lost_job(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    run = client.run(WORKFLOW)
    await first(run, Accepted)
    server.forget()
    await server.say("execution_success", prompt_id=run.job_id)
    await server.say("executing", node=None, prompt_id=run.job_id)
    with pytest.raises(JobLost):
        await run.result()


async def test_a_server_that_stays_away_ends_the_run_at_its_deadline(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    run = client.run(WORKFLOW)
    await first(run, Accepted)
    await server.stop()
    pass_deadline(run)
    with pytest.raises(DeadlineExceeded, match="Nothing answers") as caught:
        await run.result()
    assert "may still run" in caught.value.__notes__[0]


# --- silence and size ----------------------------------------


@pytest.mark.parametrize(("request_name", "call"), CALLS, ids=[name for name, _ in CALLS])
async def test_a_server_that_accepts_and_never_answers_meets_a_deadline(
    server: TinyServer, make_client: MakeClient, request_name: str, call: Call
) -> None:
    server.always(request_name, hangs)
    with pytest.raises(DeadlineExceeded, match=r"within 0\.2 s"):
        await call(make_client(request_timeout=0.2))


async def test_a_port_that_accepts_connections_and_says_nothing_meets_a_deadline() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    listening = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    async with listening, AsyncComfyUIClient(url, request_timeout=0.2, timeout=1.0) as client:
        with pytest.raises(DeadlineExceeded):
            await client.run(WORKFLOW).result()


async def test_a_run_on_a_server_that_falls_silent_ends_at_its_deadline(
    server: TinyServer, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atelier.client._run._LAST_LOOK", 0.1)
    monkeypatch.setattr("atelier.client._run._CANCEL", 0.1)
    # However long a single request may take.
    run = make_client(request_timeout=1000.0).run(WORKFLOW)
    await first(run, Accepted)
    for path in (f"GET /history/{run.job_id}", "GET /queue", "POST /queue"):
        server.always(path, hangs)
    pass_deadline(run)
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(DeadlineExceeded, match=r"did not end .*no answer") as caught:
            await run.result()
    assert "may still run" in caught.value.__notes__[0]


async def test_an_endless_body_is_cut_off(server: TinyServer, make_client: MakeClient) -> None:
    server.always("GET /system_stats", never_ends)
    with pytest.raises(AnswerTooLarge, match="more than 1 MiB"):
        await make_client(answer_limit=2**20).system_stats()


async def test_an_endless_error_page_is_read_only_in_part(
    server: TinyServer, make_client: MakeClient
) -> None:
    async def endless_page(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=500)
        await response.prepare(request)
        try:
            while True:
                await response.write(b"<p>sorry</p>" * 1000)
        except ConnectionError:
            return response

    server.always("GET /system_stats", endless_page)
    with pytest.raises(ServerFault, match="sorry"):
        await make_client().system_stats()


async def test_a_body_that_breaks_off_is_asked_for_once_more(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"system":')
        assert request.transport is not None
        request.transport.abort()
        return response

    server.once("GET /system_stats", half)
    assert "system" in await client.system_stats()
    server.always("GET /system_stats", half)
    with pytest.raises(ServerUnreachable, match="broke off"):
        await client.system_stats()


async def test_nothing_at_the_address_is_told_at_once() -> None:
    listening = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    listening.close()
    await listening.wait_closed()
    async with AsyncComfyUIClient(f"http://127.0.0.1:{port}") as client:
        with pytest.raises(ServerUnreachable, match="Nothing answers at"):
            await client.system_stats()
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(ServerUnreachable, match="Nothing answers at"):
                await client.run(WORKFLOW).result()
