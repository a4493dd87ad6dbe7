"""Every fault that a server or the way to it can have ends in a typed exception, or is survived."""

from __future__ import annotations

import asyncio
import json
import struct
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp import web

from atelier.client import (
    Accepted,
    AsyncComfyUIClient,
    ConnectionLost,
    ConnectionRegained,
    Event,
    NodeStarted,
    Progress,
    Run,
    Succeeded,
)
from atelier.client._channel import Channel
from atelier.client._transport import Transport
from atelier.errors import (
    AnswerTooLarge,
    AnswerUnusable,
    AtelierError,
    ClientError,
    DeadlineExceeded,
    JobLost,
    NotAllowed,
    NotFound,
    NotSignedIn,
    RequestRefused,
    ServerFault,
    ServerUnreachable,
    TooManyRequests,
    UsageError,
)
from tests.integration.client.conftest import WORKFLOW, MakeClient
from tests.integration.client.tiny_server import (
    PATIENCE,
    Handler,
    TinyServer,
    answers,
    answers_json,
    breaks_off,
    hangs,
    never_ends,
)

HASH = "$2b$12$" + "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ./0"[:53]


async def first(run: Run, kind: type[Event]) -> Event:
    async for event in run:
        if isinstance(event, kind):
            return event
    raise AssertionError(f"no {kind.__name__}")


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
    assert names == ["node_done", "succeeded"]


async def test_without_runs_a_broken_socket_is_replaced_under_a_fresh_id(server: TinyServer) -> None:
    transport = Transport(server.url, token=None, request_timeout=5.0, answer_limit=1000)
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
    run = client.run(WORKFLOW, timeout=0.5)
    await first(run, Accepted)
    await server.stop()
    with pytest.raises(DeadlineExceeded, match="Nothing answers") as caught:
        await run.result()
    assert "may still run" in caught.value.__notes__[0]


# --- refusals ----------------------------------------


Call = Callable[[AsyncComfyUIClient], Awaitable[object]]

CALLS: list[tuple[str, Call]] = [
    ("GET /system_stats", lambda client: client.system_stats()),
    ("POST /prompt", lambda client: client.run(WORKFLOW).result()),
]

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
        await call(make_client(timeout=2.0))
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


def in_a_second() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)


@pytest.mark.parametrize("retry_after", ["0", in_a_second()])
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
        await client.run(WORKFLOW, timeout=5).result()
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
    server: TinyServer, make_client: MakeClient
) -> None:
    run = make_client(request_timeout=0.1).run(WORKFLOW, timeout=0.5)
    await first(run, Accepted)
    for path in (f"GET /history/{run.job_id}", "GET /queue", "POST /queue"):
        server.always(path, hangs)
    begun = time.monotonic()
    with pytest.raises(DeadlineExceeded, match="did not end"):
        await run.result()
    assert time.monotonic() - begun < 3


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
        begun = time.monotonic()
        with pytest.raises(ServerUnreachable, match="Nothing answers at"):
            await client.run(WORKFLOW).result()
        assert time.monotonic() - begun < 10


# --- a lost answer ----------------------------------------


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
    run = make_client(request_timeout=0.5).run(WORKFLOW)
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


# --- tokens ----------------------------------------


async def test_the_token_travels_in_the_header_of_every_request_and_in_no_address(
    server: TinyServer, make_client: MakeClient
) -> None:
    seen: list[tuple[str, str | None]] = []

    def notes(name: str) -> None:
        async def handler(request: web.Request) -> web.StreamResponse:
            seen.append((str(request.rel_url), request.headers.get("Authorization")))
            return await server.regular(request)

        server.always(name, handler)

    for name in ("GET /ws", "POST /prompt", "GET /view"):
        notes(name)
    run = make_client(token=HASH).run(WORKFLOW)
    await first(run, Accepted)
    await server.succeed(run.job_id)
    await run.images()
    assert len(seen) == 3
    assert {header for _, header in seen} == {f"Bearer {HASH}"}
    assert not any(HASH[7:20] in address for address, _ in seen)


LOGIN_JSON = json.dumps({"error": "Authentication required."})


@pytest.mark.parametrize(
    ("token", "words"),
    [
        (None, "first line of its login/PASSWORD file"),
        ("hunter2", "not the password; this token is no such hash"),
        (HASH, "does not know this hash"),
        (HASH[20:], "single quotes"),
    ],
)
@pytest.mark.parametrize(
    "fault", [answers(401, LOGIN_JSON, content_type="application/json"), answers(302, location="/login")]
)
async def test_comfyui_login_says_which_token_it_wants(
    server: TinyServer, make_client: MakeClient, fault: Handler, token: str | None, words: str
) -> None:
    for name in ("GET /ws", "POST /prompt"):
        server.always(name, fault)
    with pytest.raises(NotSignedIn, match=words):
        await make_client(token=token).run(WORKFLOW).result()


def everything_in(error: BaseException) -> str:
    """Return all that a log, a traceback or a curious person can print of an exception."""
    parts: list[str] = []
    current: BaseException | None = error
    while current is not None:
        parts += [str(current), repr(current), repr(current.args), repr(vars(current))]
        current = current.__cause__ or current.__context__
    return "\n".join(parts)


def repeats_the_token(status: int) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=f"you sent {request.headers['Authorization']}")

    return handler


@pytest.mark.parametrize(
    "fault",
    [
        *(repeats_the_token(status) for status in (200, 401, 403, 404, 429, 500)),
        breaks_off,
        hangs,
        never_ends,
        answers(302, location="/login?token=x"),
    ],
)
async def test_no_exception_and_no_log_shows_the_token(
    server: TinyServer, make_client: MakeClient, fault: Handler, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    client = make_client(token=HASH, request_timeout=0.3, answer_limit=2**16, timeout=1.0)
    for name in ("GET /ws", "GET /system_stats", "POST /prompt"):
        server.always(name, fault)
    for call in (client.system_stats, client.run(WORKFLOW).result):
        with pytest.raises(AtelierError) as caught:
            await call()
        assert HASH not in everything_in(caught.value)
    assert HASH not in caplog.text
    assert HASH not in repr(client)
    assert HASH not in repr(vars(client))


async def test_a_broken_http_answer_does_not_show_the_token(make_client: MakeClient) -> None:
    async def speak_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"\0\1\2 nonsense\r\n\r\n")
        writer.close()

    listening = await asyncio.start_server(speak_nonsense, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    async with listening, AsyncComfyUIClient(url, token=HASH) as client:
        with pytest.raises(ServerUnreachable) as caught:
            await client.system_stats()
    assert HASH not in everything_in(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8188",
        "localhost",
        "ftp://localhost",
        "http://",
        "http://user:secret@localhost",
        "http://localhost?token=secret",
        "http://localhost:99999",
        "http://localhost/#x",
    ],
)
def test_an_address_that_cannot_serve_is_refused_without_repeating_a_secret(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        AsyncComfyUIClient(url)
    assert "secret" not in str(caught.value)


async def test_a_server_under_a_path_is_reached_there(server: TinyServer) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response({"path": request.path})

    server.always("GET /gpu/one/system_stats", answer)
    async with AsyncComfyUIClient(f"{server.url}/gpu/one/") as client:
        assert await client.system_stats() == {"path": "/gpu/one/system_stats"}


async def test_the_last_event_of_a_run_is_its_success(server: TinyServer, client: AsyncComfyUIClient) -> None:
    run = client.run(WORKFLOW)
    await first(run, Accepted)
    await server.succeed(run.job_id)
    events = [event async for event in run]
    assert isinstance(events[-1], Succeeded)
