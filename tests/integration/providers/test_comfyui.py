"""One engine over its protocol: files in pieces, one socket, a fresh client id for each connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from atelier.client.protocol import ImageFile
from atelier.errors import (
    AnswerTooLarge,
    AnswerUnusable,
    DeadlineExceeded,
    NotFound,
    NotSignedIn,
    ServerFault,
    ServerUnreachable,
)
from atelier.providers import engine_socket
from atelier.providers.comfyui import ComfyUI
from atelier.providers.messages import EngineEvent, LinkChanged, Message
from tests.integration.client.tiny_server import (
    PATIENCE,
    Handler,
    TinyServer,
    answers,
    breaks_off,
    hangs,
    never_ends,
    tiny_server,
)

FILE = ImageFile(filename="a b.png", subfolder="x/y", type="output")


@pytest.fixture
async def server() -> AsyncIterator[TinyServer]:
    async with tiny_server() as running:
        yield running


@asynccontextmanager
async def listening(engine: ComfyUI) -> AsyncIterator[None]:
    task = asyncio.create_task(engine.socket.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def next_event(inbox: object) -> EngineEvent:
    async with asyncio.timeout(PATIENCE):
        await inbox.wait()  # type: ignore[attr-defined]
    event: EngineEvent = inbox.take()  # type: ignore[attr-defined]
    return event


async def test_a_file_comes_in_pieces(server: TinyServer) -> None:
    content = bytes(range(256)) * 4096

    async def view(request: web.Request) -> web.StreamResponse:
        assert dict(request.query) == {"filename": "a b.png", "subfolder": "x/y", "type": "output"}
        return web.Response(body=content)

    server.always("GET /view", view)
    async with ComfyUI(server.url) as engine:
        pieces = [piece async for piece in engine.fetch(FILE)]
    assert b"".join(pieces) == content
    assert len(pieces) > 1


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (answers(404), NotFound),
        (answers(401), NotSignedIn),
        (answers(503, "busy"), ServerFault),
        (answers(302, Location="/elsewhere"), AnswerUnusable),
        (never_ends, AnswerTooLarge),
        (hangs, DeadlineExceeded),
        (breaks_off, ServerUnreachable),
    ],
)
async def test_a_file_that_does_not_come_is_an_error_of_a_kind(
    server: TinyServer, handler: Handler, error: type[Exception]
) -> None:
    server.always("GET /view", handler)
    async with ComfyUI(
        server.url, file_timeout=0.5 if handler is hangs else PATIENCE, file_limit=2**20
    ) as engine:
        with pytest.raises(error):
            async for _ in engine.fetch(FILE):
                pass


async def test_the_token_goes_along_and_is_never_shown(server: TinyServer) -> None:
    seen: list[str | None] = []

    async def needs_a_token(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers.get("Authorization"))
        return web.Response(status=401)

    server.always("GET /object_info", needs_a_token)
    server.always("GET /ws", needs_a_token)
    async with ComfyUI(server.url, token="a-secret") as engine, listening(engine):
        with pytest.raises(NotSignedIn) as caught:
            await engine.object_info()
        await server.until(lambda: len(seen) >= 2)
    assert set(seen) == {"Bearer a-secret"}
    assert "a-secret" not in str(caught.value)


async def test_events_go_to_their_job_only(server: TinyServer) -> None:
    async with ComfyUI(server.url) as engine, listening(engine):
        await server.until(lambda: server.hellos)
        assert server.hellos == [{"type": "feature_flags", "data": {"supports_preview_metadata": True}}]
        with engine.socket.listen("j") as mine, engine.socket.listen("k") as other:
            await server.say("executing", prompt_id="k", node="1")
            await server.say_text("no message")
            await server.say("status", status={})
            await server.say("executing", prompt_id="j", node="2")
            assert await next_event(mine) == Message(type="executing", data={"prompt_id": "j", "node": "2"})
            assert await next_event(other) == Message(type="executing", data={"prompt_id": "k", "node": "1"})
        await server.say("executing", prompt_id="j", node="3")


async def test_a_broken_socket_is_told_and_opened_again_under_a_fresh_id(server: TinyServer) -> None:
    async with ComfyUI(server.url) as engine, listening(engine):
        await server.until(lambda: server.hellos)
        first = engine.socket.client_id
        with engine.socket.listen("j") as inbox:
            server.cut()
            assert await next_event(inbox) == LinkChanged(connected=False)
            assert await next_event(inbox) == LinkChanged(connected=True)
        assert engine.socket.client_id != first
        assert server.client_ids == [first, engine.socket.client_id]


async def test_a_socket_that_waits_is_opened_at_once_when_the_engine_was_seen_to_answer(
    server: TinyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_socket, "_LONGEST_PAUSE", 3600.0)
    monkeypatch.setattr(engine_socket, "_FIRST_PAUSE", 3600.0)
    async with ComfyUI(server.url) as engine, listening(engine):
        await server.until(lambda: server.hellos)
        with engine.socket.listen("j") as inbox:
            server.cut()
            assert await next_event(inbox) == LinkChanged(connected=False)
            async with asyncio.timeout(PATIENCE):
                while not engine.socket.connected:
                    engine.socket.hurry()
                    await asyncio.sleep(0)
    assert len(server.client_ids) == 2


async def test_a_slow_reader_loses_steps_but_no_outputs(server: TinyServer) -> None:
    async with ComfyUI(server.url) as engine, listening(engine):
        await server.until(lambda: server.hellos)
        with engine.socket.listen("j") as inbox:
            await server.say("executed", prompt_id="j", node="9", output={})
            for value in range(1500):
                await server.say("progress", prompt_id="j", value=value, max=1500)
            await server.say("executed", prompt_id="j", node="10", output={})
            kept: list[EngineEvent] = []
            while not (kept and isinstance(kept[-1], Message) and kept[-1].data.get("node") == "10"):
                kept.append(await next_event(inbox))
    assert isinstance(kept[0], Message)
    assert kept[0].data["node"] == "9"
    assert len(kept) <= 1502
