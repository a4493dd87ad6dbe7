"""Everything of one pupil's, tried as another: every route, every id, every way to name it."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from atelier.gateway.guard import declared
from atelier.storage.file import Area
from atelier.storage.job import End, Job, JobState
from tests.integration.gateway.conftest import House

#: Stands in everything that is Ada's.
MARK = "adas-secret"
#: The same in form, and nobody's.
NEVER = "never-existed"


@dataclass(frozen=True, kw_only=True)
class World:
    """What Ada has."""

    waiting: str
    running: str
    done: str
    #: Every id and name of it.
    names: tuple[str, ...]


async def ended_job(house: House, name: str, picture: bytes, *, given: str) -> Job:
    """Run a job of somebody's to its end by hand, with one picture."""
    public_id = await house.submit(name, workflow(given), prompt_id=given, client_id=f"{MARK}-client")
    job = await claim(house, f"w-{given}")
    assert job.public_id == public_id
    artifact = await house.artifacts.put_bytes(picture)
    file = await house.storage.files.put(
        job.account_id, Area.OUTPUT, "", f"{MARK}.png", artifact, media_type="image/png", job_id=job.id
    )
    outputs = {"1": {"images": [{"filename": file.filename, "subfolder": "", "type": "output"}]}}
    end = End(state=JobState.SUCCEEDED, engine_seconds=1.0, images=1, outputs=outputs)
    ended = await house.storage.jobs.finish(job.id, f"w-{given}", end)
    assert ended is not None
    return ended


async def claim(house: House, worker: str) -> Job:
    """Claim the job that waits."""
    job = await house.storage.jobs.claim("first", worker, unable=(), lease=60, defaults={})
    assert job is not None
    return job


def workflow(text: str) -> dict[str, Any]:
    return {"1": {"class_type": "PreviewAny", "inputs": {"source": f"{MARK} {text}"}}}


@pytest.fixture
async def world(house: House, picture: bytes) -> World:
    done = await ended_job(house, "ada", picture, given=f"{MARK}-done")
    running = await house.submit("ada", workflow("running"), prompt_id=f"{MARK}-running")
    assert await house.storage.jobs.claim("first", "w", unable=(), lease=60, defaults={})
    waiting = await house.submit("ada", workflow("waiting"), prompt_id=f"{MARK}-waiting")
    await house.upload("ada", picture, f"{MARK}.png")
    await house.upload("ada", picture, f"{MARK}.png", subfolder=MARK)
    async with house.as_("ada").post(f"/userdata/workflows%2F{MARK}.json", data=MARK) as answer:
        assert answer.status == 200
    async with house.as_("ada").post(f"/settings/{MARK}", json=MARK) as answer:
        assert answer.status == 200
    async with house.as_("ada").post("/atelier/api/ticket") as answer:
        assert answer.status == 200
    inner = await house.storage.jobs.find("account-ada", running)
    assert inner is not None
    names = (
        done.public_id,
        running,
        waiting,
        inner.id,
        f"{MARK}/{MARK}.png",
        f"workflows/{MARK}.json",
        MARK,
        "account-ada",
    )
    return World(waiting=waiting, running=running, done=done.public_id, names=names)


async def snapshot(house: House) -> str:
    """Return all that Ada sees of her own."""
    paths = ("/queue", "/history", "/settings", "/v2/userdata")
    seen: list[Any] = [await house.get("ada", path) for path in paths]
    seen += [repr(await house.storage.files.list("account-ada", area)) for area in Area]
    return json.dumps(seen, default=str)


def queries(name: str) -> list[dict[str, str]]:
    """Return the ways to name something in a query."""
    folder, _, last = name.rpartition("/")
    return [
        {},
        {"filename": f"{name} [input]"},
        {"filename": f"../account-ada/{name}"},
        {
            "filename": last,
            "subfolder": folder,
            "type": "input",
            "dir": folder or name,
            "recurse": "true",
            "full_info": "true",
            "path": folder or name,
            "clientId": name,
            "prompt_id": name,
            "user": "account-ada",
            "max_items": "1000",
            "offset": "0",
        },
    ]


def bodies(name: str) -> list[Any]:
    """Return the ways to name something in a body."""
    return [
        None,
        {"prompt_id": name},
        {"delete": [name], "clear": True, "unload_models": True, "free_memory": True},
    ]


def answer_without(text: str, name: str) -> str:
    """Return an answer with what was asked for, request ids and times taken out."""
    text = text.replace(name, "NAME").replace(json.dumps(name)[1:-1], "NAME")
    text = re.sub(r'"request_id":"[0-9a-f]+"', "", text)
    return re.sub(r"\d{10}\.\d+", "TIME", text)


async def test_every_route_and_every_id_of_a_pupil_s_tried_as_another(house: House, world: World) -> None:
    before = await snapshot(house)
    routes = [
        each
        for each in declared(house.gateway.api.router.routes)
        if each.methods != {"WEBSOCKET"} and not each.path.startswith("/atelier/")
    ]
    assert len(routes) > 60
    bob = house.as_("bob")

    async def ask(method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, str]:
        async with bob.request(method, path, params=query, json=body, allow_redirects=False) as answer:
            return answer.status, (await answer.read()).decode("latin-1")

    tried = 0
    for route in routes:
        # Under /api the same handlers answer, and the page's files are an engine's and nobody's.
        if route.path.startswith("/api/") or (route.scope == "page:use" and "settings" not in route.path):
            continue
        parameters = re.findall(r"\{(\w+)[^}]*\}", route.path)
        for method in route.methods - {"HEAD"}:
            for name, query, body in ways(method, world.names, in_path=bool(parameters)):
                path = re.sub(r"\{[^}]*\}", name.replace("/", "%2F"), route.path)
                status, text = await ask(method, path, query, body)
                tried += 1
                left = answer_without(text, name)
                assert MARK not in left, f"{method} {path} {query} {body}"
                # 502 is where an engine would be asked, of which there is none here.
                assert status < 500 or status == 502, f"{method} {path} {query} {body}: {status}"
    assert tried > 300
    assert await snapshot(house) == before


def ways(method: str, names: tuple[str, ...], *, in_path: bool) -> Iterator[tuple[str, dict[str, str], Any]]:
    """Yield the ways to name each thing to a route: its name, a query, a body."""
    for name in names:
        if in_path:
            yield name, {}, None
        elif method == "GET":
            yield from ((name, query, None) for query in queries(name))
        else:
            yield from ((name, {}, body) for body in bodies(name))


async def test_another_s_job_answers_as_one_that_never_was(house: House, world: World) -> None:
    for name in (world.done, world.running, world.waiting):
        for path in ("/history/{}", "/api/history/{}"):
            theirs = await house.get("bob", path.format(name))
            nobodys = await house.get("bob", path.format(NEVER))
            assert theirs == nobodys == (200, {})


async def test_another_s_files_answer_as_those_that_never_were(house: House, world: World) -> None:
    del world
    for area, subfolder in itertools.product(("input", "output", "temp"), ("", MARK)):
        answers = []
        for name in (f"{MARK}.png", f"{NEVER}.png"):
            query = {"filename": name, "type": area, "subfolder": subfolder}
            async with house.as_("bob").get("/view", params=query) as answer:
                answers.append((answer.status, answer_without(await answer.text(), name)))
        assert answers[0] == answers[1]
        assert answers[0][0] == 404
    for method in ("GET", "DELETE"):
        async with house.as_("bob").request(method, f"/userdata/workflows%2F{MARK}.json") as answer:
            assert answer.status == 404


async def test_the_same_given_id_is_another_job_for_another_account(house: House, world: World) -> None:
    mine = await house.submit("bob", prompt_id=world.waiting)
    assert mine == world.waiting
    _, queue = await house.get("bob", "/queue")
    assert [item[1] for item in queue["queue_pending"]] == [world.waiting]
    async with house.as_("bob").post("/queue", json={"clear": True}) as answer:
        assert answer.status == 200
    _, queue = await house.get("ada", "/queue")
    assert [item[1] for item in queue["queue_pending"]] == [world.waiting]


async def test_interrupting_stops_only_one_s_own(house: House, world: World) -> None:
    for body in (b"", b"{}", json.dumps({"prompt_id": world.running}).encode()):
        async with house.as_("bob").post("/interrupt", data=body) as answer:
            assert answer.status == 200
    job = await house.storage.jobs.find("account-ada", world.running)
    assert job is not None
    assert not job.cancel_requested
    async with house.as_("ada").post("/interrupt") as answer:
        assert answer.status == 200
    job = await house.storage.jobs.find("account-ada", world.running)
    assert job is not None
    assert job.cancel_requested


async def test_the_same_picture_of_two_pupils_is_two_files(house: House, picture: bytes) -> None:
    for name in ("ada", "bob"):
        await house.upload(name, picture, "same.png")
    async with house.as_("bob").post("/userdata/x.json", data=b"{}") as answer:
        assert answer.status == 200
    assert await house.storage.files.delete("account-ada", Area.INPUT, "", "same.png")
    async with house.as_("bob").get("/view", params={"filename": "same.png", "type": "input"}) as answer:
        assert await answer.read() == picture
    async with house.as_("ada").get("/view", params={"filename": "same.png", "type": "input"}) as answer:
        assert answer.status == 404
