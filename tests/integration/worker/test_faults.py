"""Whatever an engine does, a job ends once, rightly, and with its outputs."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp import web

from atelier.errors import LeaseLost
from atelier.providers.comfyui import ComfyUI
from atelier.schemas import frames
from atelier.storage.file import Area
from atelier.storage.job import Cancellation, End, Job, JobState
from atelier.worker.attempt import Attempt, Parts
from atelier.worker.bell import Bell
from atelier.worker.lease import Lease
from atelier.worker.worker import Worker
from atelier.workflows.object_info import NodeCatalogue
from tests.integration.client.tiny_server import (
    Handler,
    TinyServer,
    answers,
    answers_json,
    breaks_off,
    hangs,
    tiny_server,
)
from tests.integration.worker.house import HURRY, PATIENCE, House, workflow
from tests.integration.worker.scripted import (
    draws_at_once,
    drops_a_part,
    interrupted,
    mute_socket,
    png,
    shows,
)


@pytest.fixture(autouse=True)
def pictures(server: TinyServer) -> None:
    server.always("GET /view", shows(png()))


async def reasons(house: House, job: Job) -> list[str]:
    return [each.reason or "" for each in await house.storage.jobs.attempts(job.id)]


async def reopened(house: House) -> House:
    """Start the service anew on its directory, as after a crash."""
    await house.storage.close()
    return House(house.directory)


# --- refusals and garbage ---


async def test_an_answer_of_200_with_node_errors_is_a_refusal(house: House, server: TinyServer) -> None:
    server.always("POST /prompt", drops_a_part(server))
    async with house.worker(server.url):
        job = await house.submit()
        ended = await house.ended(job)
    assert (ended.state, ended.attempt) == (JobState.FAILED, 1)
    assert ended.extra["node_errors"]["9"]["errors"][0]["type"] == "value_not_in_list"
    assert job.id in server.deleted


@pytest.mark.parametrize("handler", [answers(200, "<html>"), answers(500, "oops"), answers_json([1, 2])])
async def test_garbage_at_the_sending_is_a_lost_attempt_and_three_are_the_end(
    house: House, server: TinyServer, handler: Handler
) -> None:
    server.always("POST /prompt", handler)
    async with house.worker(server.url):
        job = await house.submit()
        ended = await house.ended(job)
    assert (ended.state, ended.attempt) == (JobState.FAILED, 3)
    assert ended.failure is not None
    assert "All 3 attempts were lost" in ended.failure
    assert server.url not in ended.failure
    assert house.notes.types(job) == ["execution_error", "executing"]


async def test_garbage_while_a_job_runs_is_borne_for_a_while(house: House, server: TinyServer) -> None:
    async with house.worker(server.url):
        job = await house.submit()
        await server.until(lambda: server.running)
        server.once(f"GET /history/{job.id}", answers(200, "<html>"), answers_json({job.id: 7}), breaks_off)
        server.cut()
        server.put_into_history(job.id)
        ended = await house.ended(job)
    assert (ended.state, ended.attempt) == (JobState.SUCCEEDED, 1)


async def test_a_file_that_is_no_picture_is_never_a_success(house: House, server: TinyServer) -> None:
    house.hurry(unreachable=0.1)
    server.always("GET /view", answers(200, "<html>not found, dear user</html>"))
    server.always("POST /prompt", draws_at_once(server))
    async with house.worker(server.url):
        job = await house.submit()
        ended = await house.ended(job)
    assert (ended.state, ended.attempt) == (JobState.FAILED, 3)
    assert await house.names() == []


async def test_a_damaged_picture_is_fetched_again(house: House, server: TinyServer) -> None:
    server.once("GET /view", shows(png()[:-8]))
    server.always("POST /prompt", draws_at_once(server))
    async with house.worker(server.url):
        ended = await house.ended(await house.submit())
    assert (ended.state, ended.attempt) == (JobState.SUCCEEDED, 1)


async def test_a_picture_that_the_engine_lost_is_drawn_again(house: House, server: TinyServer) -> None:
    server.once("GET /view", answers(404))
    server.always("POST /prompt", draws_at_once(server))
    async with house.worker(server.url):
        job = await house.submit()
        ended = await house.ended(job)
    assert (ended.state, ended.attempt) == (JobState.SUCCEEDED, 2)
    assert len(server.submitted) == 2
    prefixes = [each["prompt"]["9"]["inputs"]["filename_prefix"] for each in server.submitted]
    assert prefixes == [f"atelier/{job.id}/{n}/fox" for n in (1, 2)]


@pytest.mark.parametrize(
    "entry",
    [
        {"filename": "a.png", "subfolder": "atelier/other-job/1", "type": "output"},
        {"filename": "a.png", "subfolder": "x/../../atelier/other-job/1", "type": "temp"},
        {"filename": "../other-job/a.png", "subfolder": "", "type": "output"},
        {"filename": "a.png", "subfolder": "atelier/bert", "type": "input"},
    ],
)
async def test_another_job_s_file_is_never_handed_out(
    house: House, server: TinyServer, entry: dict[str, str]
) -> None:
    house.hurry(unreachable=0.1)
    async with house.worker(server.url):
        job = await house.submit()
        await server.until(lambda: server.running)
        server.put_into_history(job.id, outputs={"9": {"images": [entry]}})
        server.always("POST /prompt", answers(500))
        ended = await house.ended(job)
    assert ended.state is JobState.FAILED
    assert ended.outputs == {}
    assert await house.names() == await house.names(area=Area.TEMP) == []


async def test_an_input_that_the_engine_shows_comes_back_under_the_account_s_name(
    house: House, server: TinyServer
) -> None:
    await house.upload(png(3), "dog.png", subfolder="private")
    graph = workflow()
    graph["1"] = {"class_type": "LoadImage", "inputs": {"image": "private/dog.png"}}
    async with house.worker(server.url):
        job = await house.submit(graph)
        await server.until(lambda: server.running)
        subfolder, _, name = server.uploaded[0].rpartition("/")
        entry = {"filename": name, "subfolder": subfolder, "type": "input"}
        server.put_into_history(job.id, outputs={"1": {"images": [entry], "text": [f"read {name}"]}})
        ended = await house.ended(job)
    assert ended.outputs["1"] == {
        "images": [{"filename": "dog.png", "subfolder": "private", "type": "input"}],
        "text": ["read private/dog.png"],
    }


# --- an engine that comes and goes ---


async def test_an_engine_that_is_gone_before_the_sending_costs_no_attempt(
    house: House, server: TinyServer
) -> None:
    server.always("POST /prompt", draws_at_once(server))
    async with house.worker(server.url) as worker:
        await server.until(lambda: worker.live)
        await server.stop()
        job = await house.submit()
        async with asyncio.timeout(PATIENCE):
            while worker.live:
                await worker.health.changed.rung.wait()
        await server.start()
        ended = await house.ended(job)
    assert (ended.state, ended.attempt) == (JobState.SUCCEEDED, 1)
    assert "claimed" in house.milestones[:1]
    assert len(server.submitted) == 1


async def test_an_engine_that_breaks_off_each_time_is_not_tried_for_ever(
    house: House, server: TinyServer
) -> None:
    job = await house.submit()
    server.always(f"GET /history/{job.id}", breaks_off)
    async with house.worker(server.url):
        ended = await house.ended(job)
    assert (ended.state, ended.attempt, server.submitted) == (JobState.FAILED, 3, [])


async def test_an_engine_that_wants_another_token_is_left_alone_and_the_job_waits(
    house: House, server: TinyServer
) -> None:
    job = await house.submit()
    server.once(f"GET /history/{job.id}", answers(401))
    server.always("POST /prompt", draws_at_once(server))
    async with house.worker(server.url):
        ended = await house.ended(job)
    assert (ended.state, ended.attempt) == (JobState.SUCCEEDED, 1)


async def test_a_job_waits_for_an_engine_that_is_down(house: House, server: TinyServer) -> None:
    server.always("GET /object_info", answers(503))
    server.always("POST /prompt", draws_at_once(server))
    async with house.worker(server.url) as worker:
        job = await house.submit()
        await server.until(lambda: server.requests.count("GET /object_info") >= 2)
        assert (await house.job(job)).state is JobState.QUEUED
        assert worker.state == "down"
        server.mend()
        server.always("GET /view", shows(png()))
        server.always("POST /prompt", draws_at_once(server))
        ended = await house.ended(job)
    assert ended.state is JobState.SUCCEEDED


async def test_a_lost_answer_is_looked_up_before_the_job_is_sent_again(
    house: House, server: TinyServer
) -> None:
    async def queues_and_breaks_off(request: web.Request) -> web.StreamResponse:
        document = await request.json()
        server.queue(document)
        server.put_into_history(document["prompt_id"])
        return await breaks_off(request)

    server.once("POST /prompt", queues_and_breaks_off)
    async with house.worker(server.url):
        ended = await house.ended(await house.submit())
    assert (ended.state, ended.attempt) == (JobState.SUCCEEDED, 1)
    assert len(server.submitted) == 1


async def test_a_wiped_history_is_a_lost_attempt_and_never_a_success(
    house: House, server: TinyServer
) -> None:
    async with house.worker(server.url):
        job = await house.submit()
        await server.until(lambda: server.running)
        server.forget()
        server.always("POST /prompt", draws_at_once(server))
        ended = await house.ended(job)
    assert (ended.state, ended.attempt) == (JobState.SUCCEEDED, 2)
    assert "no longer knew the job" in (await reasons(house, job))[0]
    assert [each["prompt_id"] for each in server.submitted] == [job.id] * 2


async def test_a_job_that_is_lost_three_times_fails_with_the_reasons(
    house: House, server: TinyServer
) -> None:
    async def forgets(request: web.Request) -> web.StreamResponse:
        answer = await server.regular(request)
        server.forget()
        return answer

    server.always("POST /prompt", forgets)
    async with house.worker(server.url):
        job = await house.submit()
        ended = await house.ended(job)
    assert (ended.state, len(server.submitted)) == (JobState.FAILED, 3)
    assert ended.failure is not None
    assert ended.failure.count("no longer knew the job") == 3


async def test_an_engine_that_stops_answering_is_given_up_after_a_while(
    house: House, server: TinyServer
) -> None:
    house.hurry(unreachable=0.2)
    async with house.worker(server.url):
        job = await house.submit()
        await server.until(lambda: server.running)
        server.always(f"GET /history/{job.id}", answers(502))
        await house.until(job, JobState.QUEUED, JobState.FAILED)
        server.mend()
        server.always("GET /view", shows(png()))
        server.put_into_history(job.id)
        ended = await house.ended(job)
    assert ended.state is JobState.SUCCEEDED
    assert len(server.submitted) == 1  # found there by the next attempt


async def test_a_cut_socket_is_opened_again_under_a_fresh_id(house: House, server: TinyServer) -> None:
    async with house.worker(server.url):
        job = await house.submit()
        await server.until(lambda: server.running and server.sockets)
        server.cut()
        await server.until(lambda: len(server.client_ids) >= 2)
        server.put_into_history(job.id)
        ended = await house.ended(job)
    assert ended.state is JobState.SUCCEEDED
    assert len(set(server.client_ids)) == len(server.client_ids)
    assert house.notes.types(job) == ["execution_start", "executed", "execution_success", "executing"]


async def test_a_frozen_socket_is_noticed_by_its_silence(house: House, server: TinyServer) -> None:
    server.once("GET /ws", mute_socket)
    async with house.worker(server.url):
        job = await house.submit()
        await server.until(lambda: server.running)
        await server.until(lambda: server.client_ids)  # the second socket, an answering one
        server.put_into_history(job.id)
        ended = await house.ended(job)
    assert ended.state is JobState.SUCCEEDED
    assert server.requests.count("GET /ws") >= 2


async def test_a_socket_that_never_opens_is_done_without(house: House, server: TinyServer) -> None:
    server.always("GET /ws", answers(403))
    server.always("POST /prompt", draws_at_once(server))
    async with house.worker(server.url):
        ended = await house.ended(await house.submit())
    assert ended.state is JobState.SUCCEEDED


async def test_somebody_else_s_interruption_is_a_lost_attempt(house: House, server: TinyServer) -> None:
    async with house.worker(server.url):
        job = await house.submit()
        await server.until(lambda: server.running)
        server.put_into_history(job.id, **interrupted(job.id))
        server.always("POST /prompt", draws_at_once(server))
        ended = await house.ended(job)
    assert (ended.state, ended.attempt) == (JobState.SUCCEEDED, 2)
    assert "interrupted" in (await reasons(house, job))[0]


async def test_events_are_relayed_and_the_end_comes_after_the_outputs(
    house: House, server: TinyServer
) -> None:
    async with house.worker(server.url):
        await server.until(lambda: server.sockets)
        job = await house.submit(given_id="mine")
        await server.until(lambda: server.running)
        id = job.id
        await server.say("execution_start", prompt_id=id, timestamp=1000)
        await server.say("progress", prompt_id=id, node="3", value=1, max=2)
        metadata = {"prompt_id": id, "node_id": "3", "image_type": "image/jpeg"}
        await server.say_bytes(frames.build(frames.Preview(image=b"jpeg", metadata=metadata)))
        await server.say_bytes(frames.build(frames.LegacyPreview(image=b"old", media_type="image/jpeg")))
        await server.say_text("no json")
        await server.say("progress", prompt_id="somebody-else", node="3", value=1, max=2)
        await server.succeed(id)
        ended = await house.ended(job)
    assert ended.state is JobState.SUCCEEDED
    assert [each.type for each in house.notes.messages(job)] == [
        "execution_start",
        "progress",
        "executed",
        "execution_success",
        "executing",
    ]
    previews = [each for _, each in house.notes.all if isinstance(each, frames.Preview)]
    assert [(each.image, each.metadata["prompt_id"]) for each in previews] == [
        (b"jpeg", "mine"),
        (b"old", "mine"),
    ]
    told_when = [of.state for of, each in house.notes.all if of.id == id]
    assert told_when[-2:] == [JobState.SUCCEEDED] * 2
    assert set(told_when[:-2]) == {JobState.RUNNING}


# --- cancelling ---


async def cancel(house: House, job: Job) -> Cancellation:
    answer = await house.storage.jobs.cancel(job.account_id, job.public_id)
    house.surroundings.bells.stopping.ring()
    return answer


async def test_a_job_that_waits_in_the_engine_s_queue_is_taken_out(house: House, server: TinyServer) -> None:
    server.starts_at_once = False
    async with house.worker(server.url):
        job = await house.submit()
        await server.until(lambda: server.pending)
        assert await cancel(house, job) is Cancellation.REQUESTED
        ended = await house.ended(job)
    assert ended.state is JobState.CANCELLED
    assert server.deleted[0] == job.id
    assert server.interrupted == []
    assert house.notes.types(job) == ["execution_interrupted", "executing"]


async def test_a_running_job_is_interrupted_by_its_id_and_seen_to_stop(
    house: House, server: TinyServer
) -> None:
    async with house.worker(server.url):
        job = await house.submit()
        await server.until(lambda: server.running)
        await cancel(house, job)
        await server.until(lambda: server.interrupted)
        assert (await house.job(job)).state is JobState.RUNNING
        server.put_into_history(job.id, **interrupted(job.id))
        ended = await house.ended(job)
    assert ended.state is JobState.CANCELLED
    assert set(server.interrupted) == {job.id}
    assert ended.engine_seconds == 0.001


async def test_a_job_that_was_done_before_its_cancellation_keeps_its_outputs(
    house: House, server: TinyServer
) -> None:
    async with house.worker(server.url):
        job = await house.submit()
        await server.until(lambda: server.running)
        server.put_into_history(job.id)
        await cancel(house, job)
        ended = await house.ended(job)
    assert ended.state is JobState.SUCCEEDED
    assert await house.names() == ["a.png"]


async def test_a_job_that_does_not_stop_is_cancelled_all_the_same(house: House, server: TinyServer) -> None:
    house.hurry(stop=0.2)
    async with house.worker(server.url):
        job = await house.submit()
        await server.until(lambda: server.running)
        await cancel(house, job)
        ended = await house.ended(job)
    assert ended.state is JobState.CANCELLED


async def test_a_job_that_is_cancelled_before_the_sending_is_never_sent(
    house: House, server: TinyServer
) -> None:
    await house.submit()
    job = await house.taken()
    async with ComfyUI(server.url) as engine:
        parts = Parts(
            worker="gone",
            engine_name="one",
            engine=engine,
            storage=house.storage,
            artifacts=house.artifacts,
            announcer=house.notes,
            at_milestone=house.milestones.append,
            pace=HURRY,
            clock=house.clock,
        )
        lease = Lease(house.storage.jobs, job.id, "gone", pace=HURRY, stopping=Bell())
        await cancel(house, job)
        await lease.renew()
        end = await Attempt(job, parts, lease, catalogue=NodeCatalogue(), adopted=False).run()
    assert isinstance(end, End)
    assert end.state is JobState.CANCELLED
    assert server.submitted == []


async def test_a_job_that_takes_too_long_is_stopped_and_says_so(house: House, server: TinyServer) -> None:
    house.hurry(longest=0.2)
    async with house.worker(server.url):
        job = await house.submit()
        await server.until(lambda: server.interrupted)
        server.put_into_history(job.id, **interrupted(job.id))
        ended = await house.ended(job)
    assert ended.state is JobState.FAILED
    assert ended.failure is not None
    assert "did not end within 0.2 s" in ended.failure


# --- stopping and starting ---


async def test_a_stop_lets_the_running_job_end(house: House, server: TinyServer) -> None:
    async with house.worker(server.url) as worker:
        job = await house.submit()
        await server.until(lambda: server.running)
        worker.stop(30.0)
        server.put_into_history(job.id)
        ended = await house.ended(job)
    assert ended.state is JobState.SUCCEEDED


async def test_a_stop_gives_back_what_does_not_end_in_time_and_it_is_found_again(
    house: House, server: TinyServer
) -> None:
    async with house.worker(server.url, grace=0.0):
        job = await house.submit()
        await server.until(lambda: server.running)
    given_back = await house.job(job)
    assert (given_back.state, given_back.attempt) == (JobState.QUEUED, 0)
    assert house.notes.types(job) == []
    async with house.worker(server.url):
        await house.until(job, JobState.RUNNING)
        server.put_into_history(job.id)
        ended = await house.ended(job)
    assert (ended.state, ended.attempt, len(server.submitted)) == (JobState.SUCCEEDED, 1, 1)


async def test_a_cancelled_worker_gives_its_job_back(house: House, server: TinyServer) -> None:
    async with ComfyUI(server.url) as engine:
        running = asyncio.create_task(Worker("one", engine, house.surroundings).run())
        job = await house.submit()
        await server.until(lambda: server.running)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert (await house.job(job)).state is JobState.QUEUED
    assert server.deleted == []


async def test_after_a_crash_a_finished_job_is_collected(house: House, server: TinyServer) -> None:
    job = await house.submit()
    await house.taken()
    server.put_into_history(job.id)
    house = await reopened(house)
    async with house.worker(server.url):
        ended = await house.ended(job)
    assert (ended.state, ended.attempt) == (JobState.SUCCEEDED, 1)
    assert server.submitted == []
    assert await house.names() == ["a.png"]
    await house.storage.close()


async def test_engine_time_is_measured_where_the_engine_does_not_tell_it(
    house: House, server: TinyServer
) -> None:
    job = await house.submit()
    await house.taken()
    server.put_into_history(job.id)
    house = await reopened(house)
    house.ahead = 7.0
    async with house.worker(server.url):
        ended = await house.ended(job)
    assert ended.engine_seconds is not None
    assert 7.0 <= ended.engine_seconds < 7.0 + PATIENCE
    await house.storage.close()


async def test_after_a_crash_a_running_job_is_watched_again(house: House, server: TinyServer) -> None:
    job = await house.submit()
    await house.taken()
    server.running.append(job.id)
    house = await reopened(house)
    async with house.worker(server.url):
        await server.until(lambda: server.requests.count(f"GET /history/{job.id}") >= 2)
        server.put_into_history(job.id)
        ended = await house.ended(job)
    assert (ended.state, ended.attempt, server.submitted) == (JobState.SUCCEEDED, 1, [])
    await house.storage.close()


async def test_after_a_crash_a_job_that_the_engine_does_not_know_is_run_again(
    house: House, server: TinyServer
) -> None:
    job = await house.submit()
    await house.taken()
    house = await reopened(house)
    server.always("POST /prompt", draws_at_once(server))
    async with house.worker(server.url):
        ended = await house.ended(job)
    assert (ended.state, ended.attempt, len(server.submitted)) == (JobState.SUCCEEDED, 2, 1)
    await house.storage.close()


async def test_a_crash_amid_the_collection_leaves_one_set_of_outputs(
    house: House, server: TinyServer
) -> None:
    job = await house.submit()
    await house.taken()
    for name, content in (("a.png", png()), ("b.png", png(9))):
        artifact = await house.artifacts.put_bytes(content)
        await house.storage.files.put(
            "anna", Area.OUTPUT, "", name, artifact, media_type="image/png", job_id=job.id, worker="gone"
        )
    server.put_into_history(job.id)
    house = await reopened(house)
    async with house.worker(server.url):
        ended = await house.ended(job)
    assert ended.outputs["9"]["images"][0]["filename"] == "a.png"
    assert await house.names() == ["a.png"]
    with pytest.raises(LeaseLost):
        await house.storage.files.put(
            "anna", Area.OUTPUT, "", "c.png", artifact, media_type="image/png", job_id=job.id, worker="gone"
        )
    await house.storage.close()


async def test_what_ended_while_the_engine_was_away_is_taken_off_it(house: House, server: TinyServer) -> None:
    job = await house.submit()
    await cancel(house, job)
    server.running += [job.id, "somebody-else"]
    async with house.worker(server.url):
        await server.until(lambda: server.interrupted)
    assert server.interrupted == [job.id]


# --- many workers, and the clock ---


async def test_two_workers_never_run_the_same_job(house: House, server: TinyServer) -> None:
    async with tiny_server() as other:
        for each in (server, other):
            each.always("POST /prompt", draws_at_once(each))
            each.always("GET /view", shows(png()))
        async with house.worker(server.url), house.worker(other.url, name="two"):
            jobs = [await house.submit() for _ in range(20)]
            ended = [await house.ended(job) for job in jobs]
    assert {each.state for each in ended} == {JobState.SUCCEEDED}
    sent = [each["prompt_id"] for each in (*server.submitted, *other.submitted)]
    assert sorted(sent) == sorted(job.id for job in jobs)


async def test_a_worker_whose_lease_was_lost_writes_nothing_down(house: House, server: TinyServer) -> None:
    async with house.worker(server.url):
        job = await house.submit()
        await server.until(lambda: server.running)
        house.ahead = 1000.0
        (reclaimed,) = await house.storage.jobs.reclaim()
        assert reclaimed.state is JobState.QUEUED
        house.surroundings.bells.stopping.ring()
        server.put_into_history(job.id)
        ended = await house.ended(job)
    assert (ended.state, ended.attempt, len(server.submitted)) == (JobState.SUCCEEDED, 2, 1)
    assert house.notes.types(job) == ["execution_start", "executed", "execution_success", "executing"]
    assert await house.names() == ["a.png"]


async def test_a_worker_that_lost_its_job_to_another_takes_it_off_its_engine(
    house: House, server: TinyServer
) -> None:
    async with tiny_server() as other, house.worker(server.url):
        other.always("GET /view", shows(png()))
        other.always("POST /prompt", draws_at_once(other))
        job = await house.submit()
        await server.until(lambda: server.running)
        house.ahead = 1000.0
        await house.storage.jobs.reclaim()
        async with house.worker(other.url, name="two"):
            ended = await house.ended(job)
        house.surroundings.bells.stopping.ring()
        await server.until(lambda: server.interrupted)
    assert (ended.state, ended.engine, server.interrupted) == (JobState.SUCCEEDED, "two", [job.id])
    assert house.notes.types(job).count("executing") == 1


async def test_hanging_engines_do_not_hold_a_stop(house: House, server: TinyServer) -> None:
    arrived = asyncio.Event()

    async def hangs_on_arrival(request: web.Request) -> web.StreamResponse:
        arrived.set()
        return await hangs(request)

    server.always("POST /prompt", hangs_on_arrival)
    async with house.worker(server.url, grace=0.0):
        job = await house.submit()
        await asyncio.wait_for(arrived.wait(), PATIENCE)
    assert (await house.job(job)).state is JobState.QUEUED


async def test_what_is_sent_tells_the_engine_nothing_of_the_account(house: House, server: TinyServer) -> None:
    server.always("POST /prompt", draws_at_once(server))
    await house.upload(png(3), "me and my dog.png", subfolder="private")
    graph = workflow("holiday/dog")
    graph["1"] = {"class_type": "LoadImage", "inputs": {"image": "private/me and my dog.png"}}
    async with house.worker(server.url):
        job = await house.submit(graph, given_id="my job")
        await house.ended(job)
    (sent,) = server.submitted
    text = json.dumps(sent)
    assert "me and my dog" not in text
    assert "my job" not in text
    assert server.uploaded[0].startswith("atelier/anna/")
    assert sent["prompt"]["1"]["inputs"]["image"] == server.uploaded[0]
    assert sent["client_id"] in server.client_ids
