"""What the registry knows of an engine, and what an engine takes and does not take."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from atelier.schemas.needs import Needs
from atelier.storage.job import JobState
from atelier.worker.bell import wait_for_any
from atelier.worker.worker import Worker
from tests.integration.client.tiny_server import TinyServer, answers, answers_json, tiny_server
from tests.integration.worker.house import PATIENCE, House
from tests.integration.worker.scripted import draws_at_once, png, shows

BIG = Needs(
    node_classes=frozenset({"UNETLoader"}),
    models=frozenset({("diffusion_models", "big.safetensors")}),
    model="big.safetensors",
    kind="big",
)


def has(*files: str) -> dict[str, Any]:
    """Return an object_info of an engine with these diffusion models."""
    return {"UNETLoader": {"input": {"required": {"unet_name": [list(files)]}}, "output": ["MODEL"]}}


@pytest.fixture(autouse=True)
def draws(server: TinyServer) -> None:
    server.always("GET /view", shows(png()))
    server.always("POST /prompt", draws_at_once(server))


async def listed(house: House, condition: Callable[[Mapping[str, Any]], bool], *, name: str = "one") -> None:
    """Wait until the registry says something of an engine."""
    async with asyncio.timeout(PATIENCE):
        while True:
            engines = {each["name"]: each for each in await house.storage.engines.list()}
            if name in engines and condition(engines[name]):
                return
            await wait_for_any(asyncio.Event().wait(), timeout=0.02)


async def changed(worker: Worker, condition: Callable[[], bool]) -> None:
    """Wait until something holds of a worker's engine."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await wait_for_any(worker.health.changed.rung.wait(), timeout=0.1)


async def test_an_engine_is_reported_as_it_comes_works_and_goes(house: House, server: TinyServer) -> None:
    server.always("GET /object_info", answers_json(has("big.safetensors")))
    async with house.worker(server.url) as worker:
        await listed(house, lambda each: each["state"] == "live" and each["idle"])
        await house.ended(await house.submit(needs=BIG))
        await listed(house, lambda each: each["model"] == "big.safetensors" and each["idle"])
        server.always("GET /object_info", answers(503, "starting"))
        server.cut()
        await listed(house, lambda each: each["state"] == "down" and "503" in each["detail"])
        assert not worker.live


async def test_node_classes_are_read_again_after_every_reconnection(house: House, server: TinyServer) -> None:
    async with house.worker(server.url) as worker:
        await server.until(lambda: server.sockets and worker.live)
        assert "UNETLoader" not in worker.catalogue
        server.always("GET /object_info", answers_json(has("big.safetensors")))
        server.cut()
        await changed(worker, lambda: "UNETLoader" in worker.catalogue)


async def test_a_drained_engine_finishes_and_takes_no_more_until_it_is_taken_back(
    house: House, server: TinyServer
) -> None:
    server.mend()
    server.always("GET /view", shows(png()))
    async with house.worker(server.url) as worker:
        running = await house.submit()
        await server.until(lambda: server.running)
        await house.storage.engines.drain("one", draining=True)
        waiting = await house.submit()
        server.put_into_history(running.id)
        assert (await house.ended(running)).state is JobState.SUCCEEDED
        await listed(house, lambda each: each["state"] == "draining")
        assert not worker.live
        assert (await house.job(waiting)).state is JobState.QUEUED
        server.always("POST /prompt", draws_at_once(server))
        await house.storage.engines.drain("one", draining=False)
        assert (await house.ended(waiting)).state is JobState.SUCCEEDED


async def test_a_job_goes_to_the_engine_that_has_what_it_needs(house: House, server: TinyServer) -> None:
    async with tiny_server() as other:
        other.always("GET /view", shows(png()))
        other.always("POST /prompt", draws_at_once(other))
        server.always("GET /object_info", answers_json(has("small.safetensors")))
        other.always("GET /object_info", answers_json(has("big.safetensors")))
        async with house.worker(server.url), house.worker(other.url, name="two"):
            ended = [await house.ended(await house.submit(needs=BIG)) for _ in range(3)]
    assert {(each.state, each.engine, each.attempt) for each in ended} == {(JobState.SUCCEEDED, "two", 1)}
    assert server.submitted == []


async def test_a_job_runs_once_its_model_has_arrived(house: House, server: TinyServer) -> None:
    server.always("GET /object_info", answers_json(has()))
    house.hurry(refresh=0.1)
    async with house.worker(server.url) as worker:
        job = await house.submit(needs=BIG)
        await changed(worker, lambda: worker.live)
        await server.until(lambda: server.requests.count("GET /object_info") >= 3)
        assert (await house.job(job)).state is JobState.QUEUED
        server.always("GET /object_info", answers_json(has("big.safetensors")))
        ended = await house.ended(job)
    assert (ended.state, ended.attempt) == (JobState.SUCCEEDED, 1)
