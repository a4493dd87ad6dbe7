"""A token reaches the server and nobody else, and what is wrong with it is said."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp import web

from atelier.client import (
    Accepted,
    AsyncComfyUIClient,
)
from atelier.errors import (
    AtelierError,
    NotSignedIn,
    ServerUnreachable,
    UsageError,
)
from tests.integration.client.conftest import WORKFLOW, MakeClient, first
from tests.integration.client.tiny_server import (
    Handler,
    TinyServer,
    answers,
    breaks_off,
    hangs,
    never_ends,
)

HASH = "$2b$12$" + "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ./0"[:53]


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
