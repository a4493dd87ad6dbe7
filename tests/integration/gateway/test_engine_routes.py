"""What the engines say to everybody, as far as an account may see it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest
from aiohttp import web
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message
from yarl import URL

from atelier.errors import ServerUnreachable
from atelier.gateway.catalogue import merged
from atelier.gateway.comfyui.page import Page
from atelier.gateway.identity import Identity
from atelier.gateway.upstream import EngineAddress, Upstream
from tests.integration.gateway.conftest import House, HouseBuilder
from tests.page import install_page

#: Whoever may use the page; it is the same for all.
NOBODY = cast(Identity, None)


@asynccontextmanager
async def answering(
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> AsyncIterator[Upstream]:
    """Give the way to an engine that answers everything with this handler."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    upstream = Upstream([EngineAddress(name="a", url=url, token="engine-token")])
    try:
        yield upstream
    finally:
        await upstream.close()
        await runner.cleanup()


def asked_for(path: str) -> Request:
    """Return a GET of a path."""
    return Request({"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []})


async def sent_by(response: Response) -> list[Message]:
    """Return what a response sends to a client that stays."""
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await response({"type": "http", "asgi": {"spec_version": "2.4"}, "headers": []}, receive, send)
    return sent


@pytest.fixture
async def engine_house(
    build_house: HouseBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """A house with an embedded engine that serves a page."""
    install_page(tmp_path / "packages", monkeypatch)
    async with build_house(engine=True, page=True) as built:
        yield built


async def test_node_classes_offer_one_s_own_pictures_in_place_of_the_engine_s(
    engine_house: House, picture: bytes
) -> None:
    house = engine_house
    await house.upload("ada", picture, "hers.png")
    await house.upload("ada", picture, "deep.png", subfolder="sub")
    await house.upload("ada", b"words", "words.txt")
    for path in ("/object_info", "/object_info/LoadImage"):
        hers = (await house.get("ada", path))[1]["LoadImage"]["input"]["required"]["image"]
        his = (await house.get("bob", path))[1]["LoadImage"]["input"]["required"]["image"]
        assert hers[0] == ["hers.png"]
        assert his[0] == []
        assert hers[1]["image_upload"] is True


async def test_what_a_role_may_not_use_is_not_shown_but_for_what_the_page_takes_for_granted(
    build_house: HouseBuilder,
) -> None:
    refused = {"student": {"refuse": ["VAELoader", "ImageInvert"]}}
    async with build_house(engine=True, policy=refused) as house:
        _, classes = await house.get("ada", "/object_info")
        assert "ImageInvert" not in classes
        assert "VAELoader" in classes
        assert await house.get("ada", "/object_info/ImageInvert") == (200, {})


async def test_an_unknown_class_is_nothing(engine_house: House) -> None:
    assert await engine_house.get("ada", "/object_info/NoSuchNode") == (200, {})


async def test_models_are_listed_without_their_places(engine_house: House) -> None:
    house = engine_house
    folders = (await house.get("ada", "/models"))[1]
    assert "diffusion_models" in folders
    assert (await house.get("ada", "/models/diffusion_models"))[1] == ["atelier_nano_fp16.onnx"]
    assert (await house.get("ada", "/models/nothing"))[0] == 404
    assert (await house.get("ada", "/embeddings"))[1] == []
    [folder] = [each for each in (await house.get("ada", "/experiment/models"))[1] if each["name"] == "vae"]
    assert folder["folders"] == ["models/vae"]
    [file] = (await house.get("ada", "/experiment/models/diffusion_models"))[1]
    assert file["name"] == "atelier_nano_fp16.onnx"
    for query in ("atelier_nano_fp16.onnx", "../../secret.safetensors", ""):
        status, _ = await house.get("ada", f"/view_metadata/diffusion_models?filename={query}")
        assert status == 404


async def test_the_system_is_shown_without_command_line_and_paths(engine_house: House) -> None:
    _, stats = await engine_house.get("ada", "/system_stats")
    assert stats["system"]["comfyui_version"] == "0.3.64"
    assert stats["system"]["argv"] == ["atelier", "serve", "--disable-api-nodes"]
    assert stats["devices"][0]["type"] == "cpu"
    assert str(engine_house.config.directory.parent) not in str(stats)


async def test_the_page_comes_through_with_its_files_and_nothing_else(engine_house: House) -> None:
    ada = engine_house.as_("ada")
    async with ada.get("/") as answer:
        assert answer.status == 200
        assert answer.content_type == "text/html"
        page = await answer.text()
    assert "assets/" in page
    script = page.partition('src="./assets/')[2].partition('"')[0]
    async with ada.get(f"/assets/{script}") as answer:
        assert answer.status == 200
        assert "javascript" in answer.content_type
        etag = answer.headers["ETag"]
        assert len(await answer.read()) == int(answer.headers["Content-Length"])
    async with ada.get(f"/assets/{script}", headers={"If-None-Match": etag}) as answer:
        assert answer.status == 304
    async with ada.get("/assets/missing.js") as answer:
        assert answer.status == 404
    for path in ("/assets/../queue", "/assets/..%2f..%2fsecret", "/assets/%2e%2e/system_stats"):
        async with ada.get(URL(f"{engine_house.url}{path}", encoded=True)) as answer:
            assert answer.status == 404
    assert isinstance((await engine_house.get("ada", "/extensions"))[1], list)
    assert await engine_house.get("ada", "/i18n") == (200, {})


@pytest.mark.parametrize("size", [0, 10, 256 * 1024, 256 * 1024 + 1])
async def test_a_file_of_the_page_comes_whole_whatever_its_size(size: int) -> None:
    async def send(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * size, headers={"ETag": '"e"', "X-Secret": "path"})

    async with answering(send) as upstream:
        response = await Page(upstream=upstream).file(asked_for("/assets/a.js"), NOBODY)
        sent = await sent_by(response)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    assert b"".join(each.get("body", b"") for each in sent[1:]) == b"x" * size
    assert headers["content-length"] == str(size)
    assert headers["etag"] == '"e"'
    assert "x-secret" not in headers


async def test_a_file_that_an_engine_breaks_off_is_no_half_a_file() -> None:
    async def break_off(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"half")
        assert request.transport is not None
        request.transport.abort()
        return response

    async with answering(break_off) as upstream:
        with pytest.raises(ServerUnreachable):
            await Page(upstream=upstream).file(asked_for("/assets/a.js"), NOBODY)


async def test_without_an_engine_the_answer_says_so_and_how_long_to_wait(house: House) -> None:
    status, document = await house.get("ada", "/object_info")
    assert status == 502
    assert document["error"]["code"] == "engine_unreachable"


async def test_nothing_of_the_client_s_identity_reaches_an_engine() -> None:
    heard: list[dict[str, str]] = []

    async def hear(request: web.Request) -> web.Response:
        heard.append({name.lower(): value for name, value in request.headers.items()})
        return web.Response(text="x", headers={"Set-Cookie": "engine=1", "ETag": '"e"'})

    sent = {
        "authorization": "Bearer mine",
        "cookie": "atelier_session=mine",
        "origin": "http://evil.example",
        "referer": "http://evil.example/x",
        "comfy-user": "mine",
        "x-forwarded-for": "192.0.2.1",
        "if-none-match": '"e"',
    }
    async with answering(hear) as upstream, await upstream.begun("/assets/a b.js", sent) as answer:
        assert await answer.read() == b"x"
    [headers] = heard
    assert headers["authorization"] == "Bearer engine-token"
    assert headers["if-none-match"] == '"e"'
    assert not {"cookie", "origin", "referer", "comfy-user", "x-forwarded-for"} & set(headers)


def test_of_a_class_that_two_engines_have_all_choices_are_offered() -> None:
    def declared(*names: str) -> dict[str, object]:
        new = ["COMBO", {"options": list(names)}]
        return {"Loader": {"input": {"required": {"old": [list(names), {"x": 1}], "new": new}}}}

    both = merged([declared("a", "b"), {**declared("b", "c"), "Other": {"input": {}}}])
    assert both["Loader"]["input"]["required"] == {
        "old": [["a", "b", "c"], {"x": 1}],
        "new": ["COMBO", {"options": ["a", "b", "c"]}],
    }
    assert set(both) == {"Loader", "Other"}


def test_what_is_declared_oddly_is_left_as_it_is() -> None:
    odd = {"Loader": {"input": None}}
    assert merged([odd, {"Loader": {"input": {"required": {}}}}]) == odd
