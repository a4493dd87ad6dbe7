"""The manners of ComfyUI's HTTP server: both prefixes, HEAD, OPTIONS, wrong paths, bodies and limits."""

from __future__ import annotations

import io

import pytest

from tests.integration.engine.conftest import EngineStarter, RunningEngine

#: Every route that answers a bare GET with 200.
READABLE = [
    "/prompt",
    "/queue",
    "/history",
    "/history/unknown",
    "/object_info",
    "/object_info/KSampler",
    "/system_stats",
    "/features",
    "/embeddings",
    "/models",
    "/models/vae",
    "/experiment/models",
    "/experiment/models/vae",
    "/extensions",
    "/workflow_templates",
    "/i18n",
    "/settings",
    "/settings/unknown",
    "/users",
    "/v2/userdata",
]


@pytest.mark.parametrize("path", READABLE)
@pytest.mark.parametrize("prefix", ["", "/api"])
async def test_what_can_be_read_is_json_under_both_prefixes(
    engine: RunningEngine, prefix: str, path: str
) -> None:
    async with engine.session.get(prefix + path) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        await answer.json()


@pytest.mark.parametrize("path", ["/queue", "/api/object_info", "/"])
async def test_head_works_wherever_get_does(engine: RunningEngine, path: str) -> None:
    async with engine.session.head(path) as answer:
        assert answer.status == 200
        assert await answer.read() == b""


@pytest.mark.parametrize("path", ["/nope", "/api/nope", "/internal/nope", "/api/internal/logs"])
async def test_an_unknown_path_is_404_in_words(engine: RunningEngine, path: str) -> None:
    async with engine.session.get(path) as answer:
        assert answer.status == 404
        assert await answer.text() == "404: Not Found"


async def test_a_wrong_method_is_405(engine: RunningEngine) -> None:
    async with engine.session.delete("/api/queue") as answer:
        assert answer.status == 405


@pytest.mark.parametrize("path", ["/prompt", "/api/queue", "/nope"])
async def test_options_is_an_empty_200_that_allows_nothing(engine: RunningEngine, path: str) -> None:
    async with engine.session.options(path) as answer:
        assert answer.status == 200
        assert await answer.read() == b""
        assert not any(name.lower().startswith("access-control") for name in answer.headers)


@pytest.mark.parametrize("path", ["/prompt", "/queue", "/history", "/free", "/settings", "/settings/x"])
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b'{"a": NaN}', b'{"a": 1e999}', b"[" * 100_000],
    ids=["empty", "cut off", "no UTF-8", "NaN", "too large a number", "nested too deep"],
)
async def test_malformed_json_is_400(engine: RunningEngine, path: str, body: bytes) -> None:
    async with engine.session.post(path, data=body) as answer:
        assert answer.status == 400


async def test_malformed_json_for_prompt_comes_back_in_comfyuis_envelope(engine: RunningEngine) -> None:
    async with engine.session.post("/prompt", data=b"{") as answer:
        document = await answer.json()
    assert document["error"]["type"] == "invalid_prompt"
    assert document["node_errors"] == {}


@pytest.mark.parametrize("path", ["/queue", "/history", "/free", "/settings"])
async def test_a_body_that_is_no_object_is_400(engine: RunningEngine, path: str) -> None:
    async with engine.session.post(path, data=b"[]") as answer:
        assert answer.status == 400


@pytest.mark.parametrize("path", ["/queue", "/history", "/free", "/interrupt"])
async def test_an_empty_object_changes_nothing(engine: RunningEngine, path: str) -> None:
    async with engine.session.post(path, json={}) as answer:
        assert answer.status == 200
        assert await answer.read() == b""


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b'{"prompt_id": "unknown"}', b'{"prompt_id": {}}']
)
async def test_an_interrupt_is_accepted_whatever_its_body(engine: RunningEngine, body: bytes) -> None:
    async with engine.session.post("/interrupt", data=body) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("path", ["/queue", "/history"])
async def test_ids_to_delete_must_be_a_list_and_may_be_anything(engine: RunningEngine, path: str) -> None:
    async with engine.session.post(path, json={"delete": "abc"}) as answer:
        assert answer.status == 400
    async with engine.session.post(path, json={"delete": ["unknown", 7, None, {}]}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("query", ["max_items=abc", "max_items=", "offset=x"])
async def test_a_history_page_that_is_no_number_is_400(engine: RunningEngine, query: str) -> None:
    async with engine.session.get(f"/history?{query}") as answer:
        assert answer.status == 400


async def test_a_workflow_beyond_the_limit_is_413(engine: RunningEngine) -> None:
    async with engine.session.post("/prompt", data=io.BytesIO(bytes(16 * 1024 * 1024 + 1))) as answer:
        assert answer.status == 413


async def test_a_body_without_a_length_is_cut_off_at_the_limit_too(start_engine: EngineStarter) -> None:
    async def endless() -> object:
        while True:
            yield b"x" * 65536

    async with (
        start_engine(max_upload_size=1024 * 1024) as engine,
        engine.session.post("/userdata/endless.json", data=endless()) as answer,
    ):
        assert answer.status == 413


async def test_a_file_beyond_the_limit_is_413(start_engine: EngineStarter) -> None:
    async with (
        start_engine(max_upload_size=1024 * 1024) as engine,
        engine.session.post("/upload/image", data={"image": io.BytesIO(bytes(1024 * 1024 + 1))}) as answer,
    ):
        assert answer.status == 413
