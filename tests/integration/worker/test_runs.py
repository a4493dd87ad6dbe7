"""Jobs that go well, on the embedded engine: what comes back is the account's own, and nothing else."""

from __future__ import annotations

import io
import json
from typing import Any

from PIL import Image

from atelier.storage.file import Area
from atelier.storage.job import JobState
from atelier.workflows.picture_metadata import read_workflow
from tests.integration.worker.house import House, workflow


def png(color: int = 0, size: int = 16) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (size, size), (color, 0, 0)).save(target, "PNG")
    return target.getvalue()


async def test_a_job_runs_and_its_account_hears_of_it_in_comfyui_s_order(
    house: House, engine_url: str
) -> None:
    async with house.worker(engine_url):
        job = await house.submit(given_id="my-own-id")
        ended = await house.ended(job)
    assert ended.state is JobState.SUCCEEDED
    assert ended.outputs == {
        "9": {"images": [{"filename": "fox_00001_.png", "subfolder": "", "type": "output"}]}
    }
    assert [kind for kind, _ in ended.messages] == [
        "execution_start",
        "execution_cached",
        "execution_success",
    ]
    assert house.notes.types(job) == [
        "execution_start",
        "execution_cached",
        "executing",
        "executing",
        "executed",
        "execution_success",
        "executing",
    ]
    assert ended.engine_seconds is not None
    assert 0 <= ended.engine_seconds < 5
    assert ended.extra["meta"]["9"]["node_id"] == "9"


async def test_the_account_learns_only_names_of_its_own(house: House, engine_url: str) -> None:
    await house.upload(png(7), "day one.png", subfolder="sub")
    graph = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "sub/day one.png"}},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "a/b"}},
        "8": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }
    async with house.worker(engine_url):
        job = await house.submit(graph, given_id="mine")
        ended = await house.ended(job)
    assert ended.state is JobState.SUCCEEDED
    said = json.dumps([dict(each.data) for each in house.notes.messages(job)])
    stored = json.dumps([ended.outputs, ended.messages, ended.extra])
    for secret in (job.id, "atelier/", "digest"):
        assert secret not in said
        assert secret not in stored
    assert all(each.data["prompt_id"] == "mine" for each in house.notes.messages(job))
    assert await house.names() == ["a/b_00001_.png"]
    (preview,) = await house.names(area=Area.TEMP)
    assert preview.startswith("ComfyUI_temp_")
    picture = await house.content("b_00001_.png", subfolder="a")
    assert read_workflow(picture).prompt == graph
    assert b"atelier" not in picture


async def test_pictures_are_numbered_in_the_account_s_own_space(house: House, engine_url: str) -> None:
    await house.add_account("bert")
    async with house.worker(engine_url):
        for account in ("anna", "bert", "anna"):
            await house.ended(await house.submit(workflow(batch=2), account=account))
    assert await house.names() == [f"fox_0000{n}_.png" for n in (1, 2, 3, 4)]
    assert await house.names(account="bert") == ["fox_00001_.png", "fox_00002_.png"]


async def test_a_job_is_never_served_from_another_account_s_run(house: House, engine_url: str) -> None:
    """ComfyUI answers an equal graph with the file of its first run, in which that run's graph stands."""
    await house.add_account("bert")
    first = workflow(color=77)
    first["9"]["_meta"] = {"title": "a secret of Anna's"}
    first["8"] = {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}
    second = workflow(color=77)
    second["8"] = {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}
    async with house.worker(engine_url):
        await house.ended(await house.submit(first))
        ended = await house.ended(await house.submit(second, account="bert"))
    cached = next(data for kind, data in ended.messages if kind == "execution_cached")
    assert cached["nodes"] == ["1"]
    files = await house.storage.files.list("bert", Area.OUTPUT)
    files = [*files, *await house.storage.files.list("bert", Area.TEMP)]
    assert len(files) == 2
    for file in files:
        content = await house.artifacts.bytes_of(file.artifact.digest)
        assert b"secret" not in content
        assert read_workflow(content).prompt == second


async def test_an_output_serves_as_the_next_job_s_input(house: House, engine_url: str) -> None:
    graph = workflow("again")
    graph["1"] = {"class_type": "LoadImage", "inputs": {"image": "fox_00001_.png [output]"}}
    async with house.worker(engine_url):
        await house.ended(await house.submit())
        ended = await house.ended(await house.submit(graph))
    assert ended.state is JobState.SUCCEEDED
    assert await house.names() == ["again_00001_.png", "fox_00001_.png"]


async def test_only_the_wanted_outputs_run(house: House, engine_url: str) -> None:
    graph = workflow()
    graph["8"] = {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}
    async with house.worker(engine_url):
        ended = await house.ended(await house.submit(graph, targets=("9",)))
    assert list(ended.outputs) == ["9"]


async def test_what_the_page_sends_along_is_kept_in_the_picture(house: House, engine_url: str) -> None:
    page: dict[str, Any] = {"nodes": [], "links": [], "version": 0.4}
    async with house.worker(engine_url):
        await house.ended(await house.submit(extra_data={"extra_pnginfo": {"workflow": page}}))
    found = read_workflow(await house.content("fox_00001_.png"))
    assert (found.workflow, found.prompt) == (page, workflow())


async def test_a_missing_input_fails_the_job_with_the_reason(house: House, engine_url: str) -> None:
    graph = workflow()
    graph["1"] = {"class_type": "LoadImage", "inputs": {"image": "gone.png"}}
    async with house.worker(engine_url):
        job = await house.submit(graph)
        ended = await house.ended(job)
    assert ended.state is JobState.FAILED
    assert ended.failure is not None
    assert "'gone.png', which is no longer there" in ended.failure
    assert ended.attempt == 1
    assert house.notes.types(job) == ["execution_error", "executing"]


async def test_the_engine_s_refusal_fails_the_job_with_its_findings(house: House, engine_url: str) -> None:
    graph = workflow()
    graph["1"]["inputs"]["width"] = 0
    async with house.worker(engine_url):
        job = await house.submit(graph, given_id="mine")
        ended = await house.ended(job)
    assert (ended.state, ended.attempt) == (JobState.FAILED, 1)
    assert ended.extra["node_errors"]["1"]["errors"][0]["type"] == "value_smaller_than_min"
    error = house.notes.messages(job)[0]
    assert error.type == "execution_error"
    assert error.data["node_id"] == "1"
    assert job.id not in json.dumps(dict(error.data))


async def test_a_failure_in_a_node_is_told_without_the_engine_s_paths(house: House, engine_url: str) -> None:
    await house.upload(b"\x89PNG\r\n\x1a\n no picture", "bad.png")
    graph = workflow()
    graph["1"] = {"class_type": "LoadImage", "inputs": {"image": "bad.png"}}
    async with house.worker(engine_url):
        job = await house.submit(graph, given_id="mine")
        ended = await house.ended(job)
    assert ended.state is JobState.FAILED
    error = next(each for each in house.notes.messages(job) if each.type == "execution_error")
    assert error.data["traceback"] == []
    assert error.data["current_inputs"] == {}
    assert error.data["node_id"] == "1"
    told = json.dumps([dict(error.data), ended.messages, ended.failure])
    assert "atelier/" not in told
    assert job.id not in told
