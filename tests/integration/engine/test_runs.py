"""What is said while jobs run, in ComfyUI's order, and what can be read when it is said."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse

from atelier.schemas import frames
from tests.integration.engine.conftest import DEADLINE, EngineStarter, RunningEngine
from tests.integration.engine.workflows import (
    drawing,
    failing_picture,
    next_message,
    plain_picture,
    until,
    until_end,
)

#: Recorded from ComfyUI 0.3.64: alice owns the jobs except the failing one, bob and anon look on.
RECORDED: dict[str, dict[str, list[Any]]] = json.loads(
    (Path(__file__).parents[2] / "reference" / "comfyui" / "websocket-messages.json").read_text()
)


def normalised(value: Any, key: str = "") -> Any:
    """Replace what differs from run to run, as in the recording."""
    if isinstance(value, dict):
        return {name: normalised(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [normalised(each) for each in value]
    if key in ("prompt_id", "timestamp"):
        return {"prompt_id": "<prompt>", "timestamp": "<time>"}[key]
    if key == "filename":
        return re.sub(r"_[a-z]{5}_", "_<letters>_", re.sub(r"\d{5}", "<number>", value))
    return value


async def heard(socket: ClientWebSocketResponse, count: int) -> list[Any]:
    messages = []
    for _ in range(count):
        message = await next_message(socket)
        data = "<error>" if message["type"] == "execution_error" else normalised(message["data"])
        messages.append([message["type"], data])
    return messages


async def test_every_socket_hears_what_the_real_server_says_in_its_order(engine: RunningEngine) -> None:
    simple = plain_picture()
    partial = simple | {
        "3": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
        "4": {"class_type": "PreviewImage", "inputs": {"images": ["3", 0]}},
    }
    runs = {
        "simple": (simple, "alice"),
        "cached": (simple, "alice"),
        "partially cached": (partial, "alice"),
        "failing": (failing_picture(), "bob"),
        "nobody listening": (plain_picture(1), "zed"),
    }
    sockets: dict[str, ClientWebSocketResponse] = {}
    for name, query in (("alice", "?clientId=alice"), ("bob", "?clientId=bob"), ("anon", "")):
        sockets[name] = await engine.session.ws_connect(f"/ws{query}")
        await sockets[name].receive()
    for scenario, (graph, owner) in runs.items():
        await engine.submit(graph, client_id=owner)
        expected = RECORDED[scenario]
        for name, socket in sockets.items():
            assert await heard(socket, len(expected[name])) == expected[name], (scenario, name)
    for socket in sockets.values():
        await socket.close()


async def test_without_a_client_id_everybody_hears_progress_and_nobody_the_rest(
    engine: RunningEngine,
) -> None:
    async with engine.session.ws_connect("/ws") as socket:
        await socket.receive()
        await engine.submit(plain_picture())
        types = [(await next_message(socket))["type"] for _ in range(7)]
    assert types == ["status", "status", *["progress_state"] * 4, "status"]


async def test_whoever_hears_of_success_finds_the_history_written(engine: RunningEngine) -> None:
    async with engine.session.ws_connect("/ws?clientId=alice") as socket:
        for color in range(20):
            prompt_id = (await engine.submit(plain_picture(color), client_id="alice"))["prompt_id"]
            await until(socket, "execution_success", prompt_id=prompt_id)
            async with engine.session.get(f"/history/{prompt_id}") as answer:
                entry = (await answer.json())[prompt_id]
            assert entry["status"]["completed"] is True
            [image] = entry["outputs"]["2"]["images"]
            async with engine.session.get("/view", params=image) as answer:
                assert answer.status == 200


async def test_a_new_socket_of_the_owner_is_told_which_node_runs(engine: RunningEngine) -> None:
    async with engine.session.ws_connect("/ws?clientId=alice") as first:
        await engine.submit(drawing(steps=10_000), client_id="alice", prompt_id="long")
        await until(first, "progress", value=1)
        async with engine.session.ws_connect("/ws?clientId=alice") as second:
            assert (await next_message(second))["type"] == "status"
            assert await next_message(second) == {"type": "executing", "data": {"node": "5"}}
            async with engine.session.ws_connect("/ws?clientId=bob") as foreign:
                assert (await next_message(foreign))["type"] == "status"
                await engine.session.post("/interrupt", json={"prompt_id": "other"})
                await until(second, "progress")
                await engine.session.post("/interrupt", json={"prompt_id": "long"})
                await until(second, "execution_interrupted", prompt_id="long", node_id="5")
                assert (await next_message(foreign))["type"] == "status"
    async with engine.session.get("/history/long") as answer:
        status = (await answer.json())["long"]["status"]
    assert (status["status_str"], status["completed"]) == ("error", False)


async def test_a_stop_of_the_engine_does_not_wait_for_a_long_job(start_engine: EngineStarter) -> None:
    async with asyncio.timeout(DEADLINE):
        async with start_engine() as engine:
            socket = await engine.session.ws_connect("/ws?clientId=alice")
            # Larger, so that it would take longer than the deadline.
            await engine.submit(drawing(steps=10_000, size=256), client_id="alice")
            await until(socket, "progress", value=1)


@pytest.mark.parametrize("wants_metadata", [True, False])
async def test_previews_come_in_the_layout_that_was_asked_for_and_in_comfyuis_order(
    start_engine: EngineStarter, wants_metadata: bool
) -> None:
    async with (
        start_engine(preview_method="latent2rgb") as engine,
        engine.session.ws_connect("/ws?clientId=alice") as socket,
    ):
        await socket.receive()
        if wants_metadata:
            await socket.send_json({"type": "feature_flags", "data": {"supports_preview_metadata": True}})
            await until(socket, "feature_flags")
        prompt_id = (await engine.submit(drawing(steps=2), client_id="alice"))["prompt_id"]
        messages = await until_end(socket)
    kinds = ["preview" if isinstance(each, bytes) else each["type"] for each in messages]
    previews = [frames.parse(each) for each in messages if isinstance(each, bytes)]
    if wants_metadata:
        step = ["progress_state", "preview", "progress"]
        for preview in previews:
            assert isinstance(preview, frames.Preview)
            about = {"node_id": "5", "display_node_id": "5", "real_node_id": "5", "parent_node_id": None}
            assert preview.metadata == {**about, "prompt_id": prompt_id, "image_type": "image/jpeg"}
    else:
        step = ["progress_state", "progress", "preview"]
        assert all(isinstance(each, frames.LegacyPreview) for each in previews)
    first = kinds.index("progress") - step.index("progress")
    assert kinds[first : first + 6] == step * 2
    assert len(previews) == 2


async def test_no_previews_come_unless_asked_for(engine: RunningEngine) -> None:
    async with engine.session.ws_connect("/ws?clientId=alice") as socket:
        await engine.submit(drawing(steps=2), client_id="alice")
        assert not any(isinstance(each, bytes) for each in await until_end(socket))


async def test_thirty_clients_each_hear_their_own_job_and_no_other(engine: RunningEngine) -> None:
    async def one(name: str, color: int) -> None:
        async with engine.session.ws_connect(f"/ws?clientId={name}") as socket:
            answer = await engine.submit(plain_picture(color, prefix=name), client_id=name)
            messages = [each for each in await until_end(socket) if isinstance(each, dict)]
            mine = [each for each in messages if each["type"] != "status"]
            assert {each["data"]["prompt_id"] for each in mine} == {answer["prompt_id"]}
            assert mine[0]["type"] == "execution_start"
            assert mine[-2]["type"] == "execution_success"

    async with asyncio.timeout(DEADLINE):
        await asyncio.gather(*(one(f"student-{number}", number) for number in range(30)))
    assert len(list(engine.folders.output.glob("student-*.png"))) == 30


@pytest.mark.parametrize("client_id", [None, 7, True, ["x"], {"x": 1}, "", "x" * 5000, "\ud800", "zed\0"])
@pytest.mark.parametrize("inside", [False, True], ids=["body", "extra_data"])
async def test_an_odd_client_id_never_harms_the_engine(
    engine: RunningEngine, client_id: object, inside: bool
) -> None:
    fields: dict[str, Any] = {"client_id": client_id}
    body = {"prompt": plain_picture(), **({"extra_data": fields} if inside else fields)}
    async with engine.session.post("/prompt", json=body) as answer:
        assert answer.status in (200, 400)
    async with engine.session.ws_connect("/ws?clientId=alice") as socket:
        await engine.submit(plain_picture(1), client_id="alice")
        await until(socket, "execution_success")


@pytest.mark.parametrize(
    "fields",
    [
        {"extra_data": None},
        {"extra_data": []},
        {"number": "abc"},
        {"number": None},
        {"prompt": None},
        {"prompt": "x"},
        {"prompt": {"1": None}},
        {"partial_execution_targets": 7},
        {"prompt_id": {"a": 1}},
        {"prompt_id": None},
    ],
    ids=str,
)
async def test_odd_fields_never_harm_the_engine(engine: RunningEngine, fields: dict[str, Any]) -> None:
    async with engine.session.post("/prompt", json={"prompt": plain_picture(), **fields}) as answer:
        assert answer.status in (200, 400)
        json.loads(await answer.read())
    async with engine.session.ws_connect("/ws?clientId=alice") as socket:
        await engine.submit(plain_picture(1), client_id="alice")
        await until(socket, "execution_success")


async def test_a_body_that_is_no_object_has_no_prompt(engine: RunningEngine) -> None:
    for body in (b"[]", b"7", b'"x"', b"null"):
        async with engine.session.post(
            "/prompt", data=body, headers={"Content-Type": "text/plain"}
        ) as answer:
            assert answer.status == 400
            assert (await answer.json())["error"]["type"] == "no_prompt"


async def test_waiting_jobs_are_shown_and_can_be_dropped(engine: RunningEngine) -> None:
    async with engine.session.ws_connect("/ws?clientId=alice") as socket:
        await engine.submit(drawing(steps=10_000), client_id="alice", prompt_id="long")
        await until(socket, "progress", value=1)
        for name in ("a", "b", "c"):
            await engine.submit(plain_picture(), client_id="alice", prompt_id=name, extra_data={"x": name})
        async with engine.session.get("/api/queue") as answer:
            queue = await answer.json()
        assert [each[1] for each in queue["queue_running"]] == ["long"]
        assert [each[1] for each in queue["queue_pending"]] == ["a", "b", "c"]
        number, _, graph, extra_data, outputs = queue["queue_pending"][0]
        assert (number, graph, outputs) == (1, plain_picture(), ["2"])
        assert extra_data == {"x": "a", "client_id": "alice"}
        async with engine.session.get("/prompt") as answer:
            assert await answer.json() == {"exec_info": {"queue_remaining": 4}}
        await engine.session.post("/queue", json={"delete": ["b", "long", "unknown"]})
        async with engine.session.get("/queue") as answer:
            assert [each[1] for each in (await answer.json())["queue_pending"]] == ["a", "c"]
        await engine.session.post("/queue", json={"clear": True})
        async with engine.session.get("/prompt") as answer:
            assert await answer.json() == {"exec_info": {"queue_remaining": 1}}
        await engine.session.post("/interrupt")
        await until(socket, "execution_interrupted", prompt_id="long")


async def test_the_history_comes_in_pages_and_can_be_trimmed(engine: RunningEngine) -> None:
    async with engine.session.ws_connect("/ws?clientId=alice") as socket:
        for name in "abcd":
            await engine.submit(plain_picture(), client_id="alice", prompt_id=name)
            await until_end(socket)

    async def names(query: str) -> str:
        async with engine.session.get(f"/history{query}") as answer:
            assert answer.status == 200
            return "".join(await answer.json())

    assert await names("") == "abcd"
    assert await names("?max_items=2") == "cd"
    assert await names("?max_items=2&offset=1") == "bc"
    assert await names("?offset=3") == "d"
    assert await names("/b") == "b"
    await engine.session.post("/history", json={"delete": ["b", "unknown"]})
    assert await names("") == "acd"
    await engine.session.post("/history", json={"clear": True})
    assert await names("") == ""


async def test_freeing_memory_makes_the_same_workflow_run_again(engine: RunningEngine) -> None:
    async with engine.session.ws_connect("/ws?clientId=alice") as socket:
        for expected in ([], ["1", "2"], []):
            await engine.submit(plain_picture(), client_id="alice")
            assert (await until(socket, "execution_cached"))["data"]["nodes"] == expected
            await until_end(socket)
            if expected:
                await engine.session.post("/free", json={"unload_models": True, "free_memory": True})
