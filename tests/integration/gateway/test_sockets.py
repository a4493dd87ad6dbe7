"""Who hears what over WebSockets: one's own jobs, whoever else uses the same client id."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from atelier.gateway.grants import FRESH
from atelier.gateway.sockets import MOST_OF_ONE, RECHECK
from atelier.providers.messages import Message
from atelier.schemas import frames
from atelier.storage.job import Job
from tests.integration.gateway.conftest import DEADLINE, House, add_token

Socket = aiohttp.ClientWebSocketResponse

#: Seconds within which a revocation must be felt.
FELT = 5.0

PREVIEW = frames.Preview(
    image=b"\xff\xd8\xffpicture", metadata={"image_type": "image/jpeg", "node_id": "1", "prompt_id": "p"}
)


@asynccontextmanager
async def socket(
    house: House, name: str, client_id: str | None = None, *, path: str = "/ws"
) -> AsyncIterator[tuple[Socket, dict[str, Any]]]:
    """Open a socket as somebody; gives the first message's data too."""
    params = {} if client_id is None else {"clientId": client_id}
    async with house.as_(name).ws_connect(path, params=params) as opened:
        yield opened, await hear(opened, "status")


async def hear(opened: Socket, type_: str) -> dict[str, Any]:
    """Return the data of the next message, which must be of this type."""
    message = await (opened.receive(timeout=DEADLINE) if type_ == "status" else next_of(opened))
    assert message.type is aiohttp.WSMsgType.TEXT, message
    document = json.loads(message.data)
    assert document["type"] == type_, document
    data: dict[str, Any] = document["data"]
    return data


async def next_of(opened: Socket) -> aiohttp.WSMessage:
    """Return the next message but for what tells of the queue, which comes whenever it has changed."""
    while True:
        message = await opened.receive(timeout=DEADLINE)
        if message.type is not aiohttp.WSMsgType.TEXT or "exec_info" not in message.data:
            return message


async def job_of(house: House, name: str, client_id: str | None = "shared") -> Job:
    """Store a job of somebody's and return it as if it ran."""
    public_id = await house.submit(name, client_id=client_id)
    job = await house.storage.jobs.find(f"account-{name}", public_id)
    assert job is not None
    return job


def said(node: str | None, job: Job) -> Message:
    return Message(type="executing", data={"node": node, "prompt_id": job.public_id})


def tell_status(house: House, name: str, mark: str) -> None:
    """Tell somebody's sockets something that only they hear, after all that was told before."""
    house.gateway.hub.tell_status(f"account-{name}", {"mark": mark})


async def hears_only(opened: Socket, mark: str) -> None:
    """Read up to the mark; nothing but statuses may come before."""
    while (await hear(opened, "status")).get("mark") != mark:
        pass


async def test_the_gateway_gives_a_client_id_to_whoever_has_none(house: House) -> None:
    async with socket(house, "ada") as (_, first), socket(house, "ada", path="/api/ws") as (_, second):
        assert first["status"] == {"exec_info": {"queue_remaining": 0}}
        assert len(first["sid"]) == 32
        assert first["sid"] != second["sid"]


async def test_a_client_keeps_the_id_that_it_comes_back_with(house: House) -> None:
    async with socket(house, "ada", "mine") as (_, data):
        assert data["sid"] == "mine"


async def test_a_foreign_client_id_hears_nothing_and_takes_nothing_away(house: House) -> None:
    async with socket(house, "ada", "shared") as (hers, _), socket(house, "bob", "shared") as (his, _):
        job = await job_of(house, "ada")
        house.gateway.hub.announce(job, said("1", job))
        house.gateway.hub.announce(job, PREVIEW)
        tell_status(house, "bob", "end")
        await hears_only(his, "end")
        assert (await hear(hers, "executing"))["prompt_id"] == job.public_id
        assert (await next_of(hers)).type is aiohttp.WSMsgType.BINARY
    async with socket(house, "ada", "shared") as (hers, _):
        assert (await hear(hers, "executing"))["prompt_id"] == job.public_id


async def test_several_sockets_of_one_client_all_hear_and_none_mutes_the_other(house: House) -> None:
    job = await job_of(house, "ada")
    async with socket(house, "ada", "shared") as (first, _):
        async with socket(house, "ada", "shared") as (second, _):
            house.gateway.hub.announce(job, said("1", job))
            for each in (first, second):
                assert (await hear(each, "executing"))["node"] == "1"
        async with asyncio.timeout(DEADLINE):
            while house.gateway.hub.count("account-ada") > 1:  # noqa: ASYNC110 -- the server tells nobody
                await asyncio.sleep(0.01)
        house.gateway.hub.announce(job, said("2", job))
        assert (await hear(first, "executing"))["node"] == "2"


async def test_a_job_without_a_client_id_is_told_to_nobody(house: House) -> None:
    job = await job_of(house, "ada", client_id=None)
    async with socket(house, "ada", "any") as (opened, _):
        house.gateway.hub.announce(job, said("1", job))
        house.gateway.hub.announce(job, PREVIEW)
        tell_status(house, "ada", "end")
        await hears_only(opened, "end")


@pytest.mark.parametrize("wanted", [True, False])
async def test_previews_come_with_metadata_to_those_who_asked_for_it(house: House, wanted: bool) -> None:
    job = await job_of(house, "ada")
    async with socket(house, "ada", "shared") as (opened, _):
        flags = {"type": "feature_flags", "data": {"supports_preview_metadata": wanted}}
        await opened.send_str("no JSON")
        await opened.send_json(flags)
        promised = await hear(opened, "feature_flags")
        assert promised == {
            "supports_preview_metadata": True,
            "max_upload_size": house.config.uploads.max_bytes,
        }
        # Only the first message counts.
        await opened.send_json({**flags, "data": {"supports_preview_metadata": not wanted}})
        house.gateway.hub.announce(job, PREVIEW)
        frame = frames.parse((await next_of(opened)).data)
        assert isinstance(frame, frames.Preview if wanted else frames.LegacyPreview)
        assert frame.image == PREVIEW.image


async def test_previews_are_thinned_out_and_results_are_not(house: House) -> None:
    job = await job_of(house, "ada")
    png = frames.Preview(image=b"\x89PNG", metadata={"image_type": "image/png"})
    async with socket(house, "ada", "shared") as (opened, _):
        for _ in range(3):
            house.gateway.hub.announce(job, PREVIEW)
            house.gateway.hub.announce(job, png)
        tell_status(house, "ada", "end")
        images = []
        while (message := await next_of(opened)).type is aiohttp.WSMsgType.BINARY:
            images.append(frames.parse(message.data))
        kinds = [each.media_type for each in images if isinstance(each, frames.LegacyPreview)]
        assert kinds == ["image/jpeg", "image/png", "image/png", "image/png"]


async def test_who_comes_back_learns_where_the_running_job_is(house: House) -> None:
    job = await job_of(house, "ada")
    progress = Message(type="progress_state", data={"prompt_id": job.public_id, "nodes": {"1": {"value": 3}}})
    for each in (
        Message(type="execution_start", data={"prompt_id": job.public_id}),
        progress,
        said("1", job),
    ):
        house.gateway.hub.announce(job, each)
    async with socket(house, "ada", "shared") as (opened, _):
        assert (await hear(opened, "progress_state"))["nodes"] == {"1": {"value": 3}}
        assert await hear(opened, "executing") == {"node": "1", "prompt_id": job.public_id}
    async with socket(house, "bob", "shared") as (opened, _):
        tell_status(house, "bob", "end")
        await hears_only(opened, "end")


async def test_status_is_about_one_s_own_jobs(house: House) -> None:
    async with socket(house, "ada") as (opened, _):
        for _ in range(3):
            await house.submit("bob")
        mine = await house.submit("ada")
        status = (await hear(opened, "status"))["status"]
        assert status["exec_info"] == {"queue_remaining": 1}
        assert status["atelier"]["next"]["prompt_id"] == mine
        assert status["atelier"]["next"]["position"] >= 1
        assert "sid" not in status


async def test_without_a_token_no_socket_opens(house: House) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await house.session().ws_connect("/ws", params={"clientId": "x", "token": house.tokens["ada"]})
    assert refused.value.status == 401


async def test_a_ticket_opens_a_socket(house: House) -> None:
    async with house.as_("ada").post("/atelier/api/ticket") as answer:
        ticket = (await answer.json())["ticket"]
    async with house.session().ws_connect("/ws", params={"ticket": ticket}) as opened:
        await hear(opened, "status")


async def test_a_session_s_socket_opens_from_our_own_pages_only(house: House) -> None:
    session = house.session()
    data = {"token": house.tokens["ada"]}
    async with session.post("/atelier/sign-in", data=data, headers={"Origin": house.url}) as answer:
        assert answer.status == 502  # the page itself, of which there is no engine here
    headers: Mapping[str, str]
    for headers in ({"Origin": "https://evil.example"}, {}):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect("/ws", headers=headers)
        assert refused.value.status == 403
    async with session.ws_connect("/ws", headers={"Origin": house.url}) as opened:
        await hear(opened, "status")


async def closes(opened: Socket) -> int | None:
    """Read until the socket closes and return the close code."""
    async for _ in opened:
        pass
    return opened.close_code


@pytest.fixture
def no_look_without_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the house is built: let open sockets be looked at only after a change in this process."""
    monkeypatch.setattr("atelier.gateway.sockets.RECHECK", 3600.0)


@pytest.mark.usefixtures("no_look_without_a_change")
async def test_a_revocation_here_is_felt_by_an_open_socket_at_once(house: House) -> None:
    secret = await add_token(house.storage, "ada", id="lost")
    session = house.session({"Authorization": f"Bearer {secret}"})
    async with session.ws_connect("/ws") as opened, socket(house, "ada") as (other, _):
        await hear(opened, "status")
        async with house.as_("root").delete("/atelier/api/tokens/lost") as answer:
            assert answer.status < 300, await answer.text()
        async with asyncio.timeout(DEADLINE):
            assert await closes(opened) == 1008
        tell_status(house, "ada", "still here")
        await hears_only(other, "still here")


async def test_a_revocation_elsewhere_is_felt_within_five_seconds(house: House) -> None:
    # A grant that was read just before is good until it is stale, and the next look comes after that.
    assert FRESH + RECHECK < FELT
    secret = await add_token(house.storage, "ada", id="lost")
    session = house.session({"Authorization": f"Bearer {secret}"})
    async with session.ws_connect("/ws") as opened:
        await hear(opened, "status")
        await house.storage.tokens.revoke("lost")
        async with asyncio.timeout(DEADLINE):
            assert await closes(opened) == 1008
        async with session.get("/queue") as answer:
            assert answer.status == 401


@pytest.mark.usefixtures("no_look_without_a_change")
async def test_an_account_that_is_switched_off_hears_no_more(house: House) -> None:
    async with socket(house, "bob") as (opened, _):
        async with house.as_("root").patch("/atelier/api/accounts/bob", json={"disabled": True}) as answer:
            assert answer.status == 200, await answer.text()
        async with asyncio.timeout(DEADLINE):
            assert await closes(opened) == 1008


async def test_one_account_cannot_open_sockets_without_end(house: House) -> None:
    opened = [await house.as_("ada").ws_connect("/ws") for _ in range(MOST_OF_ONE)]
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await house.as_("ada").ws_connect("/ws")
    assert refused.value.status == 503
    async with socket(house, "bob"):
        pass
    for each in opened:
        await each.close()
