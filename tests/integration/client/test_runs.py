"""One run as one stream of events, from the opening of the socket to the outputs in the history."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from atelier.client import (
    Accepted,
    AsyncComfyUIClient,
    Cached,
    Event,
    NodeDone,
    NodeStarted,
    NodeText,
    NoticeEvent,
    Preview,
    Progress,
    QueuePosition,
    Run,
    Started,
    Succeeded,
)
from atelier.client._lookup import Finished, look_up
from atelier.client._transport import Transport
from atelier.errors import JobFailed, JobInterrupted, PromptRejected, UsageError
from atelier.schemas import frames
from atelier.schemas.notices import Notice
from tests.integration.client.conftest import WORKFLOW, MakeClient, first
from tests.integration.client.tiny_server import TinyServer, answers, answers_json


async def started(server: TinyServer, run: Run) -> None:
    """Bring a run so far that the server has begun with it."""
    await first(run, Accepted)
    await server.say("execution_start", prompt_id=run.job_id, timestamp=0)
    await first(run, Started)


async def test_a_run_tells_everything_in_order(server: TinyServer, client: AsyncComfyUIClient) -> None:
    run = client.run(WORKFLOW)
    job = run.job_id

    async def play() -> None:
        await server.until(lambda: server.submitted)
        await server.say("execution_start", prompt_id=job, timestamp=0)
        await server.say("execution_cached", nodes=["1"], prompt_id=job, timestamp=0)
        await server.say("executing", node="3", display_node="3", prompt_id=job)
        await server.say("progress_state", prompt_id=job, nodes={})
        await server.say("progress", value=1, max=2, prompt_id=job, node="3")
        metadata = {"prompt_id": job, "node_id": "3", "image_type": "image/png"}
        await server.say_bytes(frames.build(frames.Preview(image=b"P", metadata=metadata)))
        await server.say_bytes(frames.build(frames.LegacyPreview(image=b"J", media_type="image/jpeg")))
        await server.say_bytes(frames.build(frames.Text(node_id="3", text="half")))
        output = {"images": [{"filename": "a.png", "subfolder": "", "type": "output"}]}
        await server.say("executed", node="9", display_node="9", output=output, prompt_id=job)
        await server.succeed(job)

    playing = asyncio.create_task(play())
    events = [event async for event in run]
    await playing
    result = await run.result()
    output = {"images": [{"filename": "a.png", "subfolder": "", "type": "output"}]}
    assert events == [
        Accepted(job_id=job, number=1),
        Started(job_id=job),
        Cached(job_id=job, nodes=("1",)),
        NodeStarted(job_id=job, node="3"),
        Progress(job_id=job, value=1, max=2, node="3"),
        Preview(job_id=job, image=b"P", media_type="image/png", node="3"),
        Preview(job_id=job, image=b"J", media_type="image/jpeg", node=None),
        NodeText(job_id=job, node="3", text="half"),
        NodeDone(job_id=job, node="9", outputs=output),
        Succeeded(job_id=job, result=result),
    ]
    assert [image.filename for image in result.images] == ["a.png"]
    assert [picture.data for picture in await run.images()] == [b"a.png"]


async def test_the_socket_is_open_before_the_workflow_is_sent(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    await first(client.run(WORKFLOW), Accepted)
    assert server.requests.index("socket open") < server.requests.index("POST /prompt")
    assert server.submitted[0]["client_id"] == server.client_ids[0]
    await server.until(lambda: server.hellos)
    assert server.hellos[0] == {"type": "feature_flags", "data": {"supports_preview_metadata": True}}


async def test_runs_of_one_client_share_a_socket_and_do_not_mix(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    one, other = client.run(WORKFLOW), client.run(WORKFLOW)
    await first(one, Accepted)
    await first(other, Accepted)
    assert len(server.client_ids) == 1
    await server.say("executing", node="3", prompt_id=other.job_id)
    await server.say("executing", node="1", prompt_id=one.job_id)
    assert await first(one, NodeStarted) == NodeStarted(job_id=one.job_id, node="1")
    assert await first(other, NodeStarted) == NodeStarted(job_id=other.job_id, node="3")


async def test_success_alone_is_not_the_end(server: TinyServer, make_client: MakeClient) -> None:
    run = make_client(poll_interval=0.05).run(WORKFLOW)
    await started(server, run)
    await server.say("execution_success", prompt_id=run.job_id, timestamp=0)
    waiting = asyncio.create_task(run.result())
    looks = server.requests.count("GET /queue")
    await server.until(lambda: server.requests.count("GET /queue") >= looks + 2)
    assert not waiting.done()
    server.put_into_history(run.job_id)
    assert [image.filename for image in (await waiting).images] == ["a.png"]


async def test_a_history_entry_that_comes_late_is_waited_for(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    run = client.run(WORKFLOW)
    await started(server, run)
    server.running.clear()
    await server.say("executing", node=None, prompt_id=run.job_id)
    waiting = asyncio.create_task(run.result())
    await server.until(lambda: server.requests.count(f"GET /history/{run.job_id}") >= 3)
    server.put_into_history(run.job_id)
    assert (await waiting).images


async def test_a_fully_cached_run_has_its_pictures(server: TinyServer, client: AsyncComfyUIClient) -> None:
    run = client.run(WORKFLOW)
    await first(run, Accepted)
    await server.say("execution_start", prompt_id=run.job_id, timestamp=0)
    await server.say("execution_cached", nodes=["1", "9"], prompt_id=run.job_id, timestamp=0)
    await server.succeed(run.job_id)
    assert [image.filename for image in (await run.result()).images] == ["a.png"]


async def test_outputs_that_the_socket_did_not_tell_are_told_from_the_history(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    run = client.run(WORKFLOW)
    await started(server, run)
    await server.succeed(run.job_id)
    assert await first(run, NodeDone) == NodeDone(
        job_id=run.job_id,
        node="9",
        outputs={"images": [{"filename": "a.png", "subfolder": "", "type": "output"}]},
    )


async def test_a_notice_is_told_once_whether_by_socket_or_history(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    told = Notice(code="unknown_words", message="Unknown: zeppelin.", node_id="2", items=("zeppelin",))
    missed = Notice(code="text_truncated", message="Too long.", node_id="2")
    run = client.run(WORKFLOW)
    await started(server, run)
    await server.say("atelier.notice", prompt_id=run.job_id, **told.to_json())
    server.put_into_history(run.job_id, **{"atelier.notice": [told.to_json(), missed.to_json()]})
    await server.say("executing", node=None, prompt_id=run.job_id)
    notices = [event.notice async for event in run if isinstance(event, NoticeEvent)]
    assert notices == [told, missed]
    assert (await run.result()).notices == (told, missed)


async def test_a_job_that_ends_between_two_questions_is_not_lost(server: TinyServer) -> None:
    server.put_into_history("mine")
    server.once("GET /history/mine", answers_json({}))
    async with Transport(server.url, token=None, request_timeout=30.0, answer_limit=10_000) as transport:
        assert isinstance(await look_up(transport, "mine"), Finished)


async def test_the_place_in_the_queue_is_told_when_the_queue_moves(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    server.starts_at_once = False
    server.running, server.pending = ["theirs"], ["theirs too"]
    run = client.run(WORKFLOW)
    assert await first(run, QueuePosition) == QueuePosition(job_id=run.job_id, ahead=2)
    server.running, server.pending = ["theirs too"], [run.job_id]
    await server.say("status", status={"exec_info": {"queue_remaining": 2}})
    assert await first(run, QueuePosition) == QueuePosition(job_id=run.job_id, ahead=1)


async def test_a_failed_node_is_named(server: TinyServer, client: AsyncComfyUIClient) -> None:
    run = client.run(WORKFLOW)
    await started(server, run)
    await server.say(
        "execution_error",
        prompt_id=run.job_id,
        node_id="1",
        node_type="EmptyImage",
        exception_message="no paper left\n",
        exception_type="builtins.RuntimeError",
    )
    with pytest.raises(JobFailed, match=r"node 1 \(EmptyImage\): no paper left \(RuntimeError\)") as caught:
        await run.result()
    assert (caught.value.node_id, caught.value.node_type) == ("1", "EmptyImage")
    assert server.deleted == server.interrupted == []


async def test_a_failure_is_not_a_success_the_second_time_it_is_asked_for(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    run = client.run(WORKFLOW)
    await started(server, run)
    await server.say("execution_error", prompt_id=run.job_id, node_id="1", node_type="EmptyImage")
    for _ in range(2):
        with pytest.raises(JobFailed):
            await run.result()
    with pytest.raises(JobFailed):
        async for _ in run:
            pass


async def test_an_interruption_by_somebody_is_told_as_one(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    run = client.run(WORKFLOW)
    await started(server, run)
    await server.say("execution_interrupted", prompt_id=run.job_id, node_id="1", node_type="EmptyImage")
    with pytest.raises(JobInterrupted):
        await run.result()


async def test_a_batch_keeps_its_order_and_its_bound(server: TinyServer, client: AsyncComfyUIClient) -> None:
    most = 0

    async def finish_newest_first() -> None:
        nonlocal most
        while len(server.history) < 6:
            await server.until(lambda: len(server.running) >= min(3, 6 - len(server.history)))
            most = max(most, len(server.running))
            await server.succeed(server.running[-1])

    finishing = asyncio.create_task(finish_newest_first())
    workflows = [{**WORKFLOW, "1": {**WORKFLOW["1"], "number": number}} for number in range(6)]
    results = await client.batch(workflows, concurrency=3)
    await finishing
    by_job = {each["prompt_id"]: each["prompt"]["1"]["number"] for each in server.submitted}
    assert [by_job[result.job_id] for result in results] == list(range(6))
    assert most == 3


async def test_the_first_failure_of_a_batch_cancels_the_others(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    batch = asyncio.create_task(client.batch([WORKFLOW, WORKFLOW], concurrency=2))
    await server.until(lambda: len(server.running) == 2)
    fails, goes_on = server.running
    await server.say("execution_error", prompt_id=fails, node_id="1", node_type="EmptyImage")
    with pytest.raises(JobFailed):
        await batch
    assert server.interrupted == [goes_on]


async def test_an_empty_batch_is_no_work(server: TinyServer, client: AsyncComfyUIClient) -> None:
    assert await client.batch([]) == []
    with pytest.raises(UsageError):
        await client.batch([WORKFLOW], concurrency=0)


async def test_a_queued_prompt_can_be_waited_for_later(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    job = await client.queue_prompt(WORKFLOW, job_id="mine", extra_data={"extra_pnginfo": {"workflow": {}}})
    assert job == "mine"
    assert server.submitted[0]["extra_data"] == {"extra_pnginfo": {"workflow": {}}}
    events: list[Event] = []
    waiting = asyncio.create_task(client.wait_for_completion(job, on_event=events.append))
    await server.until(lambda: "GET /queue" in server.requests)
    server.put_into_history(job)
    assert (await waiting).job_id == job
    assert isinstance(events[-1], Succeeded)


async def test_outputs_that_the_server_would_leave_out_are_a_rejection_and_the_rest_is_not_run(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    errors = [{"type": "required_input_missing", "message": "Required input is missing", "details": "images"}]
    report = {"errors": errors, "class_type": "SaveImage", "dependent_outputs": ["9"]}

    async def partly(request: Any) -> Any:
        document = await request.json()
        server.queue(document)
        return await answers_json(
            {"prompt_id": document["prompt_id"], "number": 1, "node_errors": {"9": report}}
        )(request)

    server.always("POST /prompt", partly)
    run = client.run(WORKFLOW)
    with pytest.raises(PromptRejected, match="leave out") as caught:
        await run.result()
    assert [finding.node_id for finding in caught.value.findings] == ["9"]
    assert server.interrupted == [run.job_id]

    allowed = client.run(WORKFLOW, allow_partial=True)
    accepted = await first(allowed, Accepted)
    assert isinstance(accepted, Accepted)
    assert [finding.node_id for finding in accepted.findings] == ["9"]
    await server.succeed(allowed.job_id)
    assert (await allowed.result()).images


async def test_a_rejection_stays_one_when_the_rest_cannot_be_taken_back(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    async def partly(request: Any) -> Any:
        document = await request.json()
        server.queue(document)
        report = {"errors": [{"type": "required_input_missing"}], "class_type": "SaveImage"}
        return await answers_json(
            {"prompt_id": document["prompt_id"], "number": 1, "node_errors": {"9": report}}
        )(request)

    server.always("POST /prompt", partly)
    server.always("POST /queue", answers(500))
    with pytest.raises(PromptRejected) as caught:
        await client.run(WORKFLOW).result()
    assert "may run" in caught.value.__notes__[0]


async def test_an_interrupt_names_its_job_unless_it_is_meant_for_whoever_runs(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    await client.interrupt("mine")
    await client.interrupt()
    assert server.interrupted == ["mine", None]


@pytest.mark.parametrize("job_id", ["", "..", "a/b", "a b", "x" * 201])
async def test_a_job_id_that_cannot_stand_in_an_address_is_refused(
    client: AsyncComfyUIClient, job_id: str
) -> None:
    with pytest.raises(UsageError):
        client.run(WORKFLOW, job_id=job_id)


@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan")])
async def test_every_wait_has_an_end(client: AsyncComfyUIClient, timeout: float) -> None:
    with pytest.raises(UsageError, match="every wait has an end"):
        client.run(WORKFLOW, timeout=timeout)


async def test_a_workflow_that_is_no_json_is_refused_before_it_is_sent(
    server: TinyServer, client: AsyncComfyUIClient
) -> None:
    with pytest.raises(UsageError, match="JSON"):
        await client.run({"1": {"class_type": "X", "inputs": {"value": float("nan")}}}).result()
    assert "POST /prompt" not in server.requests
