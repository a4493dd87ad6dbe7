"""Uploads: under which name they are stored, and what is refused."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import aiohttp
import pytest
from PIL import Image

from tests.integration.engine.conftest import RunningEngine
from tests.integration.engine.pictures import form, png

RED, BLUE = png((255, 0, 0, 255)), png((0, 0, 255, 255))


async def upload(engine: RunningEngine, data: aiohttp.FormData, kind: str = "image") -> tuple[int, Any]:
    async with engine.session.post(f"/upload/{kind}", data=data) as answer:
        is_json = answer.content_type == "application/json"
        return answer.status, await answer.json() if is_json else await answer.text()


async def test_an_upload_is_stored_under_its_name_in_input(engine: RunningEngine) -> None:
    assert await upload(engine, form(RED)) == (200, {"name": "a.png", "subfolder": "", "type": "input"})
    assert (engine.folders.input / "a.png").read_bytes() == RED


async def test_the_same_bytes_under_the_same_name_are_stored_once(engine: RunningEngine) -> None:
    for _ in range(2):
        assert (await upload(engine, form(RED)))[1]["name"] == "a.png"
    assert [each.name for each in engine.folders.input.iterdir()] == ["a.png"]


async def test_other_bytes_under_the_same_name_get_the_next_free_number(engine: RunningEngine) -> None:
    green = png((0, 255, 0, 255))
    names = [(await upload(engine, form(each)))[1]["name"] for each in (RED, BLUE, green, BLUE)]
    assert names == ["a.png", "a (1).png", "a (2).png", "a (1).png"]


async def test_uploads_at_the_same_time_lose_nothing(engine: RunningEngine) -> None:
    pictures = [png((each, 0, 0, 255)) for each in range(16)]
    answers = await asyncio.gather(*(upload(engine, form(each)) for each in pictures))
    stored = {(engine.folders.input / document["name"]).read_bytes() for _, document in answers}
    assert stored == set(pictures)


@pytest.mark.parametrize("overwrite", ["true", "1"])
async def test_overwrite_replaces_the_file(engine: RunningEngine, overwrite: str) -> None:
    await upload(engine, form(RED))
    assert (await upload(engine, form(BLUE, overwrite=overwrite)))[1]["name"] == "a.png"
    assert (engine.folders.input / "a.png").read_bytes() == BLUE


@pytest.mark.parametrize("type", ["input", "output", "temp"])
async def test_type_and_subfolder_choose_the_place(engine: RunningEngine, type: str) -> None:
    status, document = await upload(engine, form(RED, type=type, subfolder="u1/deep"))
    assert (status, document) == (200, {"name": "a.png", "subfolder": "u1/deep", "type": type})
    assert (engine.folders.root(type) / "u1" / "deep" / "a.png").read_bytes() == RED


async def test_a_subfolder_may_wander_as_long_as_it_ends_inside(engine: RunningEngine) -> None:
    status, _ = await upload(engine, form(RED, subfolder="../input/ok"))
    assert status == 200
    assert (engine.folders.input / "ok" / "a.png").exists()


async def test_nothing_but_the_file_is_left_behind(engine: RunningEngine) -> None:
    await upload(engine, form(RED))
    await upload(engine, form(RED, "../x.png"))
    assert [each.name for each in engine.folders.input.rglob("*")] == ["a.png"]


@pytest.mark.parametrize(
    "fields", [{"type": "foo"}, {"type": "user"}, {"subfolder": "../../x"}, {"subfolder": "/x"}]
)
async def test_a_place_that_is_none_is_400(engine: RunningEngine, fields: dict[str, str]) -> None:
    assert (await upload(engine, form(RED, **fields)))[0] == 400


async def test_a_name_that_a_directory_has_is_400(engine: RunningEngine) -> None:
    (engine.folders.input / "a.png").mkdir()
    assert (await upload(engine, form(RED, overwrite="true")))[0] == 400
    (engine.folders.input / "file").touch()
    assert (await upload(engine, form(RED, subfolder="file")))[0] == 400


@pytest.mark.parametrize("kind", ["image", "mask"])
async def test_a_form_without_a_file_is_400(engine: RunningEngine, kind: str) -> None:
    for data in (None, {}, {"image": "text"}, {"other": "x"}):
        async with engine.session.post(f"/upload/{kind}", data=data) as answer:
            assert answer.status == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b\r\n",
        b"--b\r\n\r\nx\r\n--b--",
        b"--b\r\nContent-Disposition: nonsense\r\n\r\nx\r\n--b--",
        b"\xff",
    ],
)
async def test_a_malformed_form_is_400(engine: RunningEngine, body: bytes) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    async with engine.session.post("/upload/image", data=body, headers=headers) as answer:
        assert answer.status == 400
    async with engine.session.post(
        "/upload/image", data=body, headers={"Content-Type": "multipart/form-data"}
    ) as answer:
        assert answer.status == 400


def reference(filename: str = "original.png", **more: object) -> str:
    return json.dumps({"filename": filename, **more})


@pytest.fixture
def original(engine: RunningEngine) -> bytes:
    content = png((10, 20, 30, 255), texts={"prompt": '{"1": {}}'})
    (engine.folders.output / "original.png").write_bytes(content)
    return content


@pytest.mark.usefixtures("original")
async def test_a_mask_gives_the_original_the_uploaded_alpha_and_keeps_its_texts(
    engine: RunningEngine,
) -> None:
    mask = form(png((0, 0, 0, 77)), "masked.png", original_ref=reference())
    status, document = await upload(engine, mask, "mask")
    assert (status, document) == (200, {"name": "masked.png", "subfolder": "", "type": "input"})
    with Image.open(engine.folders.input / "masked.png") as picture:
        assert picture.getpixel((0, 0)) == (10, 20, 30, 77)
        assert picture.info["prompt"] == '{"1": {}}'


@pytest.mark.usefixtures("original")
@pytest.mark.parametrize(
    ("text", "status"),
    [
        (reference("missing.png"), 404),
        (reference("original.png", type="input"), 404),
        (reference("original.png", subfolder="../.."), 403),
        (reference("../secret.png"), 400),
        (reference("/etc/passwd"), 400),
        (reference("original.png", type="user"), 400),
        (reference("original.png", subfolder=7), 400),
        ("", 400),
        ("{", 400),
        ("[]", 400),
        ("{}", 400),
        (json.dumps({"filename": 7}), 400),
    ],
)
async def test_a_mask_for_nothing_is_refused_and_nothing_is_written(
    engine: RunningEngine, text: str, status: int
) -> None:
    mask = form(png(), "masked.png", original_ref=text)
    assert (await upload(engine, mask, "mask"))[0] == status
    assert list(engine.folders.input.iterdir()) == []


@pytest.mark.usefixtures("original")
@pytest.mark.parametrize(
    ("content", "name"),
    [
        (png(size=(7, 4)), "masked.png"),
        (b"no picture", "masked.png"),
        (png()[:40], "masked.png"),
        (png(), "masked.js"),
    ],
    ids=["other size", "no picture", "cut off", "no PNG name"],
)
async def test_a_mask_that_does_not_fit_is_400(engine: RunningEngine, content: bytes, name: str) -> None:
    assert (await upload(engine, form(content, name, original_ref=reference()), "mask"))[0] == 400
    assert list(engine.folders.input.iterdir()) == []


async def test_the_original_may_be_annotated_with_its_folder(engine: RunningEngine) -> None:
    (engine.folders.temp / "t.png").write_bytes(png())
    mask = form(png(), "masked.png", original_ref=reference("t.png [temp]"))
    assert (await upload(engine, mask, "mask"))[0] == 200


async def test_a_mask_is_uploaded_on_an_opaque_format_too(engine: RunningEngine) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (6, 4), (9, 9, 9)).save(buffer, format="JPEG")
    (engine.folders.output / "photo.jpg").write_bytes(buffer.getvalue())
    mask = form(png((0, 0, 0, 5)), "masked.png", original_ref=reference("photo.jpg"))
    assert (await upload(engine, mask, "mask"))[0] == 200
    with Image.open(engine.folders.input / "masked.png") as picture:
        assert picture.getchannel("A").getextrema() == (5, 5)
