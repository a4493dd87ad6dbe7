"""The blocking client: the same stream from ordinary code, also where another event loop runs."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from aiohttp import web

from atelier.client import (
    Accepted,
    ComfyUIClient,
    Event,
    NodeDone,
    Succeeded,
)
from atelier.errors import JobInterrupted, ServerUnreachable, UsageError
from tests.integration.client.conftest import WORKFLOW
from tests.integration.client.tiny_server import TinyServer, hangs

#: Seconds after which a wait that should have ended has failed.
PATIENCE = 30.0


def press_ctrl_c(event: Event) -> None:
    raise KeyboardInterrupt


def test_a_script_iterates_over_events_and_has_the_pictures(engine_url: str) -> None:
    with ComfyUIClient(engine_url) as client:
        run = client.run(WORKFLOW)
        events = list(run)
        assert isinstance(events[0], Accepted)
        assert isinstance(events[-1], Succeeded)
        assert {event.job_id for event in events} == {run.job_id}
        assert run.result().job_id == run.job_id
        (picture,) = run.images()
        assert picture.data.startswith(b"\x89PNG")


async def test_it_works_where_a_loop_already_runs_as_in_jupyter(engine_url: str) -> None:
    with ComfyUIClient(engine_url) as client:
        assert client.run(WORKFLOW).result().images


def test_a_callback_is_called_in_the_thread_that_waits(engine_url: str) -> None:
    threads = set()
    names = []

    def note(event: Event) -> None:
        threads.add(threading.current_thread())
        names.append(event.name)

    with ComfyUIClient(engine_url) as client:
        client.run(WORKFLOW).result(on_event=note)
        client.batch([WORKFLOW, WORKFLOW], on_event=note)
    assert threads == {threading.current_thread()}
    assert names.count("succeeded") == 3


def test_a_callback_may_use_the_client(engine_url: str) -> None:
    versions = []
    with ComfyUIClient(engine_url) as client:
        client.run(WORKFLOW).result(on_event=lambda event: versions.append(client.system_stats()))
    assert len(versions) >= 2


async def test_ctrl_c_during_a_wait_cancels_the_job(server: TinyServer) -> None:
    # A server that leaves the job alone: an engine could have ended it before the key was pressed.
    def script() -> None:
        with ComfyUIClient(server.url, poll_interval=100.0) as client:
            run = client.run(WORKFLOW)
            with pytest.raises(KeyboardInterrupt):
                run.result(on_event=press_ctrl_c)
            with pytest.raises(JobInterrupted):
                run.result()

    await asyncio.wait_for(asyncio.to_thread(script), PATIENCE)
    assert server.interrupted == [server.job]


def test_leaving_a_loop_and_closing_the_run_takes_the_job_off_the_server(engine_url: str) -> None:
    with ComfyUIClient(engine_url) as client:
        with client.run(WORKFLOW) as run:
            for event in run:
                assert isinstance(event, Accepted)
                break
        with pytest.raises(JobInterrupted):
            run.result()


def test_an_error_is_raised_here_with_its_own_type() -> None:
    with ComfyUIClient("http://127.0.0.1:1") as client, pytest.raises(ServerUnreachable):
        client.system_stats()


def test_a_closed_client_says_so(engine_url: str) -> None:
    client = ComfyUIClient(engine_url)
    client.close()
    client.close()
    with pytest.raises(UsageError, match="closed"):
        client.system_stats()


def test_a_forgotten_client_leaves_no_thread_behind(engine_url: str) -> None:
    client = ComfyUIClient(engine_url)
    client.system_stats()
    (thread,) = (each for each in threading.enumerate() if each.name == "atelier-client")
    del client
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_many_threads_share_a_client(engine_url: str) -> None:
    results = []
    with ComfyUIClient(engine_url) as client:

        def work() -> None:
            results.append(client.run(WORKFLOW).result())

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len({result.job_id for result in results}) == 8


def test_files_go_up_and_come_down(engine_url: str, tmp_path: Path) -> None:
    source = tmp_path / "été 100%.png"
    with ComfyUIClient(engine_url) as client:
        (picture,) = client.run(WORKFLOW).images()
        picture.save(source)
        by_path = client.upload(source)
        with source.open("rb") as file:
            by_file = client.upload(file)
        by_bytes = client.upload(picture.data, name=source.name, subfolder="a b/ç")
        assert by_path == by_file
        assert by_path.filename == source.name
        assert by_bytes.reference == f"a b/ç/{source.name}"
        for file_on_server in (by_path, by_bytes):
            assert client.download(file_on_server).data == picture.data
            load = {"class_type": "LoadImage", "inputs": {"image": file_on_server.reference}}
            done = [event for event in client.run({**WORKFLOW, "1": load}) if isinstance(event, NodeDone)]
            assert done
        with pytest.raises(UsageError, match="name="):
            client.upload(picture.data)
        with pytest.raises(UsageError, match="cannot be read"):
            client.upload(tmp_path / "missing.png")


def test_a_run_works_when_only_the_run_is_kept(engine_url: str) -> None:
    assert ComfyUIClient(engine_url).run(WORKFLOW).images()


async def test_closing_ends_the_wait_for_a_job_in_another_thread(server: TinyServer) -> None:
    client = ComfyUIClient(server.url, timeout=1000.0, poll_interval=100.0)
    waiting = asyncio.create_task(asyncio.to_thread(client.run(WORKFLOW).result))
    await server.until(lambda: server.submitted)
    await asyncio.to_thread(client.close)
    with pytest.raises(JobInterrupted, match="closed"):
        await asyncio.wait_for(waiting, PATIENCE)


async def test_closing_ends_a_request_in_another_thread(server: TinyServer) -> None:
    asked = asyncio.Event()

    async def hangs_once_asked(request: web.Request) -> web.StreamResponse:
        asked.set()
        return await hangs(request)

    server.always("GET /system_stats", hangs_once_asked)
    client = ComfyUIClient(server.url, request_timeout=1000.0)
    waiting = asyncio.create_task(asyncio.to_thread(client.system_stats))
    await asyncio.wait_for(asked.wait(), PATIENCE)
    await asyncio.to_thread(client.close)
    with pytest.raises((UsageError, ServerUnreachable)):
        await asyncio.wait_for(waiting, PATIENCE)
