"""How an engine starts and stops, and what keeps it from starting."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import aiohttp
import pytest

from atelier.engine.config import EngineConfig
from atelier.engine.server.serve import serve
from atelier.errors import DirectoryInUse, DirectoryUnusable, EngineStartFailed, PortTaken, UsageError
from tests.integration.engine.conftest import DEADLINE, EngineStarter, RunningEngine


async def test_it_says_its_address_once_it_answers_and_runs_until_cancelled(tmp_path: Path) -> None:
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    config = EngineConfig(directory=tmp_path, port=0)
    serving = asyncio.create_task(serve(config, ready=address.set_result))
    async with asyncio.timeout(DEADLINE):
        url = await address
        async with aiohttp.ClientSession() as session, session.get(f"{url}/queue") as answer:
            assert answer.status == 200
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) != 0


async def test_a_taken_port_is_named_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {port} of 127.0.0.1.*--port") as caught:
            await serve(EngineConfig(directory=tmp_path, port=port), ready=lambda url: None)
    assert "\n" not in str(caught.value)


async def test_a_second_engine_on_one_directory_is_refused_and_leaves_the_first_alone(
    engine: RunningEngine,
) -> None:
    kept = engine.folders.temp / "kept.png"
    kept.touch()
    config = EngineConfig(directory=engine.folders.base, port=0)
    with pytest.raises(DirectoryInUse, match="--directory"):
        await serve(config, ready=lambda url: None)
    assert kept.exists()
    async with engine.session.get("/queue") as answer:
        assert answer.status == 200


async def test_a_stopped_engine_gives_its_directory_and_port_back(start_engine: EngineStarter) -> None:
    async with start_engine() as first:
        (first.folders.temp / "old.png").touch()
        port = int(first.url.rpartition(":")[2])
    async with start_engine(port=port) as second:
        assert second.url == first.url
        assert not (second.folders.temp / "old.png").exists()


async def test_a_directory_that_is_a_file_is_one_clear_line(tmp_path: Path) -> None:
    blocked = tmp_path / "engine"
    blocked.touch()
    with pytest.raises(DirectoryUnusable, match="--directory"):
        await serve(EngineConfig(directory=blocked, port=0), ready=lambda url: None)


async def test_a_host_that_is_not_this_machine_is_one_clear_line(tmp_path: Path) -> None:
    config = EngineConfig(directory=tmp_path, host="192.0.2.1", port=0)
    with pytest.raises(EngineStartFailed, match="--host"):
        await serve(config, ready=lambda url: None)


async def test_an_engine_on_every_address_gives_one_that_can_be_opened(start_engine: EngineStarter) -> None:
    async with start_engine(host="0.0.0.0") as engine:
        assert engine.url.startswith("http://127.0.0.1:")
        async with engine.session.get("/queue") as answer:
            assert answer.status == 200


async def test_open_sockets_are_told_that_the_engine_goes_away(start_engine: EngineStarter) -> None:
    async with aiohttp.ClientSession() as session, asyncio.timeout(DEADLINE):
        async with start_engine() as engine:
            socket_ = await session.ws_connect(f"{engine.url}/ws")
            await socket_.receive()
            closing = asyncio.create_task(socket_.receive())
        message = await closing
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, aiohttp.WSCloseCode.GOING_AWAY)


async def test_a_peer_that_never_answers_does_not_delay_the_stop(start_engine: EngineStarter) -> None:
    async with asyncio.timeout(DEADLINE):
        async with start_engine() as engine:
            reader, writer = await asyncio.open_connection("127.0.0.1", int(engine.url.rpartition(":")[2]))
            writer.write(
                b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
            )
            assert (await reader.readline()).startswith(b"HTTP/1.1 101")
        writer.close()


@pytest.mark.parametrize(
    "settings",
    [
        {"preview_method": "taesd"},
        {"port": 65536},
        {"threads": 0},
        {"max_upload_size": 0},
        {"heartbeat": 0.0},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_a_setting_that_is_not_possible_is_refused(tmp_path: Path, settings: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        EngineConfig(**({"directory": tmp_path} | settings))  # type: ignore[arg-type]
