"""Every answer other than success is an exception of its own, or is waited out."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from atelier.client import (
    Accepted,
    AsyncComfyUIClient,
)
from atelier.errors import (
    AnswerUnusable,
    ClientError,
    NotAllowed,
    NotFound,
    NotSignedIn,
    RequestRefused,
    ServerFault,
    TooManyRequests,
)
from tests.integration.client.conftest import CALLS, WORKFLOW, Call, MakeClient, first
from tests.integration.client.tiny_server import (
    Handler,
    TinyServer,
    answers,
    answers_json,
    breaks_off,
)

PAGE = (
    "<html><head><title>T</title><style>p{}</style></head>"
    "<body><h1>Oh &amp; no</h1><script>x()</script></body>"
)

REFUSALS: list[tuple[Handler, type[ClientError], str]] = [
    (answers(401), NotSignedIn, "token"),
    (answers(403, "nope"), NotAllowed, r"\(nope\)"),
    (answers(404), NotFound, "Check the address"),
    (answers(413), RequestRefused, "too large"),
    (answers(418), RequestRefused, "418"),
    (answers(429, retry_after="1000"), TooManyRequests, "in 1000 s"),
    (answers(500, PAGE, content_type="text/html"), ServerFault, r"500 \(Oh & no\)"),
    (answers(200, PAGE, content_type="text/html"), AnswerUnusable, r"no JSON \(Oh & no\)"),
    (answers(302, location="https://example.org/elsewhere?token=1"), AnswerUnusable, "example.org/elsewhere"),
    (answers_json([1, 2]), AnswerUnusable, "ComfyUI"),
    (answers_json(None), AnswerUnusable, "ComfyUI"),
]


@pytest.mark.parametrize(("request_name", "call"), CALLS, ids=[name for name, _ in CALLS])
@pytest.mark.parametrize(
    ("fault", "error", "words"), REFUSALS, ids=[f"{e.__name__}-{w}" for _, e, w in REFUSALS]
)
async def test_a_refusal_is_its_own_exception_that_says_why(
    server: TinyServer,
    make_client: MakeClient,
    request_name: str,
    call: Call,
    fault: Handler,
    error: type[ClientError],
    words: str,
) -> None:
    server.always(request_name, fault)
    with pytest.raises(error, match=words) as caught:
        await call(make_client())
    assert type(caught.value) is error
    assert "<" not in str(caught.value)


@pytest.mark.parametrize("path", ["GET /queue", "GET /history/mine"])
@pytest.mark.parametrize(
    "value", [[], 7, {"queue_running": 3, "mine": {}}, {"queue_running": [[1]], "mine": 1}]
)
async def test_a_queue_or_history_of_another_shape_is_unusable(
    server: TinyServer, client: AsyncComfyUIClient, path: str, value: Any
) -> None:
    server.always(path, answers_json(value))
    with pytest.raises(AnswerUnusable):
        await client.wait_for_completion("mine")


@pytest.mark.parametrize("retry_after", ["0", "Sat, 21 Nov 2015 07:28:00 GMT"])
@pytest.mark.parametrize(("request_name", "call"), CALLS[:1])
async def test_a_request_waits_as_long_as_the_server_asks(
    server: TinyServer, client: AsyncComfyUIClient, request_name: str, call: Call, retry_after: str
) -> None:
    server.once(request_name, answers(429, retry_after=retry_after), answers(429, retry_after=retry_after))
    await call(client)
    assert server.requests.count(request_name) == 3


async def test_a_workflow_refused_for_now_is_sent_again_and_queued_once(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    server.once("POST /prompt", answers(429, retry_after="0"))
    run = client.run(WORKFLOW)
    await first(run, Accepted)
    assert [each["prompt_id"] for each in server.submitted] == [run.job_id]


async def test_too_many_requests_beyond_the_deadline_are_told_with_the_time(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    server.always("POST /prompt", answers(429, retry_after="60"))
    with pytest.raises(TooManyRequests) as caught:
        await client.run(WORKFLOW, timeout=59).result()
    assert caught.value.retry_after == 60


async def test_a_token_that_expires_mid_run_is_told(server: TinyServer, client: AsyncComfyUIClient) -> None:
    run = client.run(WORKFLOW)
    await first(run, Accepted)
    server.always(f"GET /history/{run.job_id}", answers(401))
    server.cut()
    with pytest.raises(NotSignedIn):
        await run.result()


@pytest.mark.parametrize(
    "fault", [answers(500, "oops"), answers(502), answers(429, retry_after="0"), breaks_off]
)
async def test_a_poll_that_fails_for_a_while_does_not_end_the_run(
    server: TinyServer, client: AsyncComfyUIClient, fault: Handler
) -> None:
    run = client.run(WORKFLOW)
    await first(run, Accepted)
    path = f"GET /history/{run.job_id}"
    server.always("GET /ws", answers(503))
    server.once(path, fault, fault, fault)
    server.cut()
    waiting = asyncio.create_task(run.result())
    await server.until(lambda: server.requests.count(path) >= 3)
    server.put_into_history(run.job_id)
    assert (await waiting).images
