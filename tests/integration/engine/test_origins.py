"""Pages of other sites may not use the engine through their visitors' browsers."""

from __future__ import annotations

import aiohttp
import pytest

from tests.integration.engine.conftest import EngineStarter, RunningEngine

FOREIGN = ["http://evil.example", "https://evil.example:443", "null", "http://127.0.0.1:1", "file://", "x"]


@pytest.mark.parametrize("origin", FOREIGN)
async def test_a_request_from_a_foreign_page_is_403_and_empty(engine: RunningEngine, origin: str) -> None:
    async with engine.session.post("/prompt", data=b"{}", headers={"Origin": origin}) as answer:
        assert answer.status == 403
        assert await answer.read() == b""


@pytest.mark.parametrize("origin", FOREIGN)
async def test_a_socket_from_a_foreign_page_is_403(engine: RunningEngine, origin: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await engine.session.ws_connect("/ws", headers={"Origin": origin})
    assert caught.value.status == 403


async def test_the_engines_own_page_is_let_in(engine: RunningEngine) -> None:
    async with engine.session.get("/queue", headers={"Origin": engine.url}) as answer:
        assert answer.status == 200
    async with engine.session.ws_connect("/ws", headers={"Origin": engine.url}) as socket:
        assert (await socket.receive()).type is aiohttp.WSMsgType.TEXT


@pytest.mark.parametrize("host", ["evil.example:8188", "localhost.evil.example", "evil.example", "["])
async def test_a_foreign_name_for_this_machine_is_403(engine: RunningEngine, host: str) -> None:
    headers = {"Host": host, "Origin": f"http://{host}"}
    async with engine.session.get("/history", headers=headers) as answer:
        assert answer.status == 403


@pytest.mark.parametrize(
    "host",
    ["localhost:8188", "LOCALHOST", "127.0.0.1", "[::1]:8188", "192.168.1.5:8188", "atelier.localhost"],
)
async def test_loopback_names_and_addresses_are_the_engines_own(engine: RunningEngine, host: str) -> None:
    async with engine.session.get("/queue", headers={"Host": host, "Origin": f"http://{host}"}) as answer:
        assert answer.status == 200


async def test_a_trusted_name_is_let_in_as_host_and_as_origin(start_engine: EngineStarter) -> None:
    async with start_engine(trusted_hosts=frozenset({"Draw.School.example"})) as engine:
        for headers in (
            {"Host": "draw.school.example"},
            {"Origin": "https://draw.school.example"},
            {"Host": "draw.school.example", "Origin": "https://draw.school.example"},
        ):
            async with engine.session.get("/queue", headers=headers) as answer:
                assert answer.status == 200


async def test_an_engine_for_a_whole_network_may_have_any_name(start_engine: EngineStarter) -> None:
    async with start_engine(host="0.0.0.0") as engine:
        headers = {"Host": "pc17.school.example:8188"}
        async with engine.session.get("/queue", headers=headers) as answer:
            assert answer.status == 200
        headers["Origin"] = "http://evil.example"
        async with engine.session.get("/queue", headers=headers) as answer:
            assert answer.status == 403
