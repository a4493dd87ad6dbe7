"""Pictures from words on the embedded engine: draw, edit, redraw, inpaint."""

from __future__ import annotations

import io
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from PIL import Image

from atelier.client import AsyncComfyUIClient, Event, NoticeEvent, Picture, Progress
from atelier.errors import ModelSetUnknown, PictureUnreadable, PromptRejected, UsageError
from tests.integration.client.conftest import MakeClient
from tests.integration.client.tiny_server import TinyServer, answers_json


@pytest.fixture
async def local(engine_url: str) -> AsyncIterator[AsyncComfyUIClient]:
    async with AsyncComfyUIClient(engine_url) as client:
        yield client


def photograph(width: int = 800, height: int = 600, format: str = "JPEG") -> bytes:
    image = Image.frombytes("RGB", (8, 6), random.Random(1).randbytes(144)).resize((width, height))
    file = io.BytesIO()
    image.save(file, format)
    return file.getvalue()


def size_of(picture: Picture) -> tuple[int, int]:
    return Image.open(io.BytesIO(picture.data)).size


async def test_a_prompt_becomes_pictures_and_the_seed_is_told(local: AsyncComfyUIClient) -> None:
    events: list[Event] = []
    how: dict[str, Any] = {"width": 96, "height": 64, "steps": 3, "cfg": 2.0, "count": 2}
    drawn = await local.generate_text2image("a red sunset", "night", on_event=events.append, **how)
    assert [size_of(picture) for picture in drawn.pictures] == [(96, 64), (96, 64)]
    assert drawn.seed is not None
    steps = [event for event in events if isinstance(event, Progress)]
    assert [(step.value, step.max) for step in steps][-1] == (3, 3)
    again = await local.generate_text2image("a red sunset", "night", seed=drawn.seed, **how)
    assert [picture.data for picture in again.pictures] == [picture.data for picture in drawn.pictures]


async def test_a_word_that_the_model_does_not_know_is_a_notice(local: AsyncComfyUIClient) -> None:
    events: list[Event] = []
    drawn = await local.generate_text2image(
        "a zeppelin at night", steps=1, width=64, height=64, on_event=events.append
    )
    (notice,) = drawn.notices
    assert notice.code == "unknown_words"
    assert "zeppelin" in notice.items
    assert [event.notice for event in events if isinstance(event, NoticeEvent)] == [notice]


async def test_a_photograph_is_edited_in_the_models_size_and_the_user_is_told(
    local: AsyncComfyUIClient,
) -> None:
    events: list[Event] = []
    edited = await local.edit(photograph(), "make it night", steps=2, on_event=events.append)
    assert [size_of(picture) for picture in edited.pictures] == [(144, 112)]
    notices = [event.notice for event in events if isinstance(event, NoticeEvent)]
    assert notices[0].code == "size_adjusted"
    assert "800 x 600" in notices[0].message
    assert edited.notices == tuple(notices)


async def test_a_photograph_is_redrawn(local: AsyncComfyUIClient) -> None:
    redrawn = await local.redraw(photograph(128, 128), "a snowy mountain", denoise=0.5, steps=2)
    assert [size_of(picture) for picture in redrawn.pictures] == [(128, 128)]


async def test_outside_the_mask_not_a_pixel_changes(local: AsyncComfyUIClient) -> None:
    picture = photograph(128, 96, "PNG")
    mask = Image.new("L", (128, 96), 0)
    mask.paste(255, (0, 0, 64, 96))
    file = io.BytesIO()
    mask.save(file, "PNG")
    painted = await local.inpaint(picture, file.getvalue(), "a red sunset", steps=2)
    (result,) = painted.pictures
    box = (64, 0, 128, 96)
    before, after = Image.open(io.BytesIO(picture)), Image.open(io.BytesIO(result.data))
    assert after.crop(box).tobytes() == before.crop(box).tobytes()
    assert after.tobytes() != before.tobytes()


async def test_without_a_mask_the_transparent_part_is_painted(local: AsyncComfyUIClient) -> None:
    picture = Image.open(io.BytesIO(photograph(128, 96, "PNG"))).convert("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 64, 96))
    file = io.BytesIO()
    picture.save(file, "PNG")
    file.seek(0)
    (result,) = (await local.inpaint(file, None, "a red sunset", steps=2)).pictures
    box = (64, 0, 128, 96)
    after = Image.open(io.BytesIO(result.data))
    assert after.crop(box).tobytes() == picture.convert("RGB").crop(box).tobytes()
    assert after.crop((0, 0, 64, 96)).getcolors(maxcolors=8) is None


async def test_a_mask_that_does_not_fit_costs_no_job(local: AsyncComfyUIClient) -> None:
    with pytest.raises(UsageError, match="one shape"):
        await local.inpaint(photograph(128, 96), photograph(96, 128), "x")
    with pytest.raises(PictureUnreadable):
        await local.edit(b"no picture", "x")


async def test_a_size_beyond_the_model_is_a_finding_that_names_it(local: AsyncComfyUIClient) -> None:
    with pytest.raises(PromptRejected) as caught:
        await local.generate_text2image("a tree", width=1024, height=1024)
    assert {finding.kind for finding in caught.value.findings} == {"custom_validation_failed"}
    assert "256" in str(caught.value)


async def test_a_server_without_models_is_told_which_files_were_looked_for(
    server: TinyServer, make_client: MakeClient
) -> None:
    loader = {"input": {"required": {"unet_name": [["some_other.safetensors"]]}}}
    server.always("GET /object_info/UNETLoader", answers_json({"UNETLoader": loader}))
    with pytest.raises(ModelSetUnknown, match=r"qwen_image_fp8_e4m3fn\.safetensors.* others"):
        await make_client().generate_text2image("a tree")
    assert "POST /prompt" not in server.requests
