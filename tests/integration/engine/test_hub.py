"""Sockets: who hears what, and that no peer can hold up another."""

from __future__ import annotations

import asyncio
import logging
import struct
import threading
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer

from atelier.engine.messages import Message, PreviewFrame
from atelier.engine.runner import JobRunner
from atelier.engine.server.hub import Hub, Listener
from atelier.engine.server.socket import Sockets
from tests.integration.engine.conftest import DEADLINE, EngineStarter
from tests.integration.engine.workflows import next_frame, next_message

FLAGS = {"type": "feature_flags", "data": {"supports_preview_metadata": True}}
JPEG = b"\xff\xd8jpeg"


class WatchedHub(Hub):
    """A hub that says when a listener has left."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.left = asyncio.Event()

    def leave(self, listener: Listener) -> None:
        super().leave(listener)
        self.left.set()


class Door:
    """A server with nothing but sockets, and the hub behind it."""

    def __init__(self, hub: WatchedHub, server: BaseTestServer, session: aiohttp.ClientSession) -> None:
        self.hub = hub
        self.server = server
        self.session = session

    async def connect(self, client_id: str = "", *, flags: bool = False) -> aiohttp.ClientWebSocketResponse:
        """Return a socket that has been welcomed."""
        socket = await self.session.ws_connect(self.server.make_url("/ws"), params={"clientId": client_id})
        assert (await next_message(socket))["type"] == "status"
        if flags:
            await socket.send_json(FLAGS)
            assert (await next_message(socket))["type"] == "feature_flags"
        return socket

    def say(self, client_id: str | None, *values: Any) -> None:
        self.hub.publish([message(value, client_id) for value in values])


def message(value: Any, client_id: str | None = None) -> Message:
    return Message(type="test", data={"value": value}, client_id=client_id)


async def values(socket: aiohttp.ClientWebSocketResponse, count: int) -> list[Any]:
    return [(await next_message(socket))["data"]["value"] for _ in range(count)]


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    hub = WatchedHub(asyncio.get_running_loop())
    runner = SimpleNamespace(queue=SimpleNamespace(remaining=0), executing_for=lambda client_id: None)
    sockets = Sockets(
        hub=hub, runner=cast(JobRunner, runner), features={"max_upload_size": 7}, heartbeat=30.0
    )
    app = web.Application()
    app.add_routes(sockets.routes())
    async with aiohttp.ClientSession() as session, TestServer(app) as server:
        yield Door(hub, server, session)
        await sockets.close()


async def test_a_socket_is_welcomed_with_its_id_or_a_new_one(door: Door) -> None:
    for given, expected in (("alice", "alice"), ("größe 図 &", "größe 図 &"), ("x" * 2000, "x" * 2000)):
        async with door.session.ws_connect(door.server.make_url("/ws"), params={"clientId": given}) as socket:
            welcome = await next_message(socket)
        status = {"exec_info": {"queue_remaining": 0}}
        assert welcome == {"type": "status", "data": {"status": status, "sid": expected}}
    ids = set()
    for _ in range(2):
        async with door.session.ws_connect(door.server.make_url("/ws")) as socket:
            ids.add((await next_message(socket))["data"]["sid"])
    assert len(ids) == 2
    assert all(len(each) == 32 for each in ids)


async def test_a_message_goes_to_its_client_or_to_everybody(door: Door) -> None:
    alice, bob = await door.connect("alice"), await door.connect("bob")
    door.say("alice", 1)
    door.say(None, 2)
    door.say("nobody", 3)
    door.say("bob", 4)
    assert await values(alice, 2) == [1, 2]
    assert await values(bob, 2) == [2, 4]


async def test_messages_of_a_thread_arrive_in_their_order(door: Door) -> None:
    alice = await door.connect("alice")

    def speak() -> None:
        for number in range(0, 1000, 10):
            door.say("alice", *range(number, number + 10))

    thread = threading.Thread(target=speak)
    thread.start()
    assert await values(alice, 1000) == list(range(1000))
    thread.join()


async def test_a_newer_socket_takes_over_and_survives_the_end_of_the_older(door: Door) -> None:
    older, newer = await door.connect("alice"), await door.connect("alice")
    door.say("alice", 1)
    door.say(None, 2)
    assert await values(newer, 2) == [1, 2]
    await older.close()
    await asyncio.wait_for(door.hub.left.wait(), DEADLINE)
    door.say("alice", 3)
    assert await values(newer, 1) == [3]


async def test_when_the_newer_socket_ends_the_older_hears_again(door: Door) -> None:
    older, newer = await door.connect("alice"), await door.connect("alice")
    await newer.close()
    await asyncio.wait_for(door.hub.left.wait(), DEADLINE)
    door.say("alice", 1)
    assert await values(older, 1) == [1]


async def test_flags_count_in_the_first_message_only(door: Door) -> None:
    socket = await door.connect()
    await socket.send_json({"type": "something else"})
    await socket.send_json(FLAGS)
    door.say(None, "after")
    assert await values(socket, 1) == ["after"]


@pytest.mark.parametrize("noise", ["{", "[]", "7", "null", "[" * 100_000])
async def test_noise_before_the_flags_does_not_count_as_a_message(door: Door, noise: str) -> None:
    socket = await door.connect()
    await socket.send_str(noise)
    await socket.send_bytes(b"\0\0\0\1")
    await socket.send_json(FLAGS)
    assert await next_message(socket) == {"type": "feature_flags", "data": {"max_upload_size": 7}}


@pytest.mark.parametrize("data", [None, [], {"supports_preview_metadata": "yes"}])
async def test_flags_that_are_none_change_nothing(door: Door, data: object) -> None:
    socket = await door.connect("alice")
    await socket.send_json({"type": "feature_flags", "data": data})
    assert (await next_message(socket))["type"] == "feature_flags"
    door.hub.publish([PreviewFrame(jpeg=JPEG, metadata={"image_type": "image/jpeg"}, client_id="alice")])
    assert await next_frame(socket) == b"\0\0\0\1\0\0\0\1" + JPEG


async def test_each_listener_gets_previews_in_its_own_layout_and_order(door: Door) -> None:
    modern, legacy = await door.connect("a", flags=True), await door.connect("b")
    preview = PreviewFrame(jpeg=JPEG, metadata={"image_type": "image/jpeg"}, client_id=None)
    door.hub.publish([message("state"), preview, message("progress")])
    door.say(None, "next")
    metadata = b'{"image_type": "image/jpeg"}'
    frame = struct.pack(">II", 4, len(metadata)) + metadata + JPEG
    assert await values(modern, 1) == ["state"]
    assert await next_frame(modern) == frame
    assert await values(modern, 2) == ["progress", "next"]
    assert await values(legacy, 2) == ["state", "progress"]
    assert await next_frame(legacy) == b"\0\0\0\1\0\0\0\1" + JPEG
    assert await values(legacy, 1) == ["next"]


async def test_a_message_that_cannot_be_encoded_costs_no_other(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    alice = await door.connect("alice")
    door.say("alice", 1, object(), float("nan"), 2)
    assert await values(alice, 2) == [1, 2]
    assert len([each for each in caplog.records if "could not be encoded" in each.message]) == 2


async def test_a_peer_that_never_reads_is_cut_off_and_holds_nobody_up(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    reader, writer = await asyncio.open_connection(door.server.host, door.server.port, limit=1024)
    writer.write(
        b"GET /ws?clientId=slow HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
    )
    assert (await reader.readline()).startswith(b"HTTP/1.1 101")
    quick = await door.connect("quick")
    large = "x" * 1024 * 1024
    number = 0
    while not door.hub.left.is_set():
        number += 1
        door.say(None, large)
        door.say("quick", number)
        assert await values(quick, 2) == [large, number]
    assert "is cut off" in caplog.text
    door.say("quick", "still here")
    assert await values(quick, 1) == ["still here"]
    writer.close()


async def test_a_dead_peer_vanishes(start_engine: EngineStarter) -> None:
    async with asyncio.timeout(DEADLINE), start_engine(heartbeat=0.05) as engine:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(engine.url.rpartition(":")[2]))
        writer.write(
            b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
        )
        received = await reader.read()
        assert received.endswith(b"\x89\0")  # the ping that was never answered
        writer.close()


async def test_a_living_peer_is_kept_although_it_says_nothing(start_engine: EngineStarter) -> None:
    async with (
        # An answer counts for half as long, which a machine at its limit must not miss.
        start_engine(heartbeat=2.0) as engine,
        engine.session.ws_connect("/ws?clientId=a", autoping=False) as socket,
    ):
        await next_message(socket)
        for _ in range(2):
            ping = await socket.receive(DEADLINE)
            assert ping.type is aiohttp.WSMsgType.PING
            await socket.pong(ping.data)
