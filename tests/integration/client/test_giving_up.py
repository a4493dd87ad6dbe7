"""Whoever gives a run up takes its job off the server, and nobody else's."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from atelier.client import (
    Accepted,
    AsyncComfyUIClient,
    Event,
    Progress,
)
from atelier.errors import DeadlineExceeded, JobInterrupted, UsageError
from tests.integration.client.conftest import WORKFLOW, MakeClient, first, pass_deadline
from tests.integration.client.tiny_server import PATIENCE, TinyServer


async def test_a_cancelled_wait_interrupts_its_running_job(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    run = client.run(WORKFLOW)
    waiting = asyncio.create_task(run.result())
    await server.until(lambda: server.running)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert server.interrupted == [run.job_id]


async def test_a_cancelled_wait_deletes_its_waiting_job_and_interrupts_nobody(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    server.starts_at_once = False
    server.running = ["theirs"]
    run = client.run(WORKFLOW)
    waiting = asyncio.create_task(run.result())
    await server.until(lambda: server.pending)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert server.pending == []
    assert server.interrupted == []


async def test_a_wait_cancelled_while_the_workflow_is_sent_leaves_no_job_behind(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: Any) -> Any:
        arrived.set()
        await go_on.wait()
        return await server.regular(request)

    server.once("POST /prompt", slow)
    waiting = asyncio.create_task(client.run(WORKFLOW).result())
    await arrived.wait()
    waiting.cancel()
    asyncio.get_running_loop().call_later(0.05, go_on.set)
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert server.interrupted == [server.job]


async def test_a_second_cancellation_does_not_stop_the_first_ones_work(
    server: TinyServer, make_client: MakeClient
) -> None:
    client = make_client()
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: Any) -> Any:
        asked.set()
        await go_on.wait()
        return await server.regular(request)

    server.once("POST /queue", slow)
    waiting = asyncio.create_task(client.run(WORKFLOW).result())
    await server.until(lambda: server.running)
    waiting.cancel()
    await asked.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    go_on.set()
    await client.aclose()
    assert server.interrupted == [server.job]


async def test_a_deadline_cancels_the_job(server: TinyServer, client: AsyncComfyUIClient) -> None:
    run = client.run(WORKFLOW, timeout=1000.0)
    await first(run, Accepted)
    pass_deadline(run, but=0.3)
    with pytest.raises(DeadlineExceeded, match=r"within 1000 s .*timeout=") as caught:
        await run.result()
    assert server.interrupted == [run.job_id]
    assert not hasattr(caught.value, "__notes__")


async def test_a_job_that_ended_while_nobody_listened_is_a_success_after_its_deadline(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    run = client.run(WORKFLOW)
    await first(run, Accepted)
    server.put_into_history(run.job_id)
    pass_deadline(run)
    assert (await run.result()).images


async def test_a_reader_who_is_behind_still_meets_the_deadline(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    run = client.run(WORKFLOW)
    await first(run, Accepted)
    for step in range(10):
        await server.say("progress", value=step, max=10, prompt_id=run.job_id, node="3")
    await first(run, Progress)
    pass_deadline(run)
    with pytest.raises(DeadlineExceeded):
        await first(run, Progress)


async def test_leaving_the_loop_early_leaves_the_job_running(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    run = client.run(WORKFLOW)
    async for event in run:
        if isinstance(event, Accepted):
            break
    await server.succeed(run.job_id)
    assert (await run.result()).images
    assert server.deleted == []


async def test_closing_the_client_cancels_what_has_not_ended(
    server: TinyServer, make_client: MakeClient
) -> None:
    client = make_client()
    run = client.run(WORKFLOW)
    await first(run, Accepted)
    await client.aclose()
    assert server.interrupted == [run.job_id]


async def test_closing_the_client_ends_who_waits_and_opens_nothing_again(
    server: TinyServer, make_client: MakeClient
) -> None:
    client = make_client(timeout=1000.0, poll_interval=100.0)
    waiting = asyncio.create_task(client.run(WORKFLOW).result())
    await server.until(lambda: server.submitted)
    await client.aclose()
    with pytest.raises(JobInterrupted, match="closed"):
        await asyncio.wait_for(waiting, PATIENCE)
    with pytest.raises(UsageError, match="closed"):
        await client.queue()


async def test_closing_a_run_cancels_it(server: TinyServer, client: AsyncComfyUIClient) -> None:
    async with client.run(WORKFLOW) as run:
        await first(run, Accepted)
    assert server.interrupted == [run.job_id]
    with pytest.raises(JobInterrupted):
        await run.result()


async def test_a_run_that_nobody_asked_for_sends_nothing(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    async with client.run(WORKFLOW):
        pass
    assert server.requests == []


async def test_what_a_callback_raises_goes_on_and_cancels_the_job(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    def refuse(event: Event) -> None:
        raise ZeroDivisionError

    run = client.run(WORKFLOW)
    with pytest.raises(ZeroDivisionError):
        await run.result(on_event=refuse)
    assert server.interrupted == [run.job_id]
