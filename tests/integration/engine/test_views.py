"""`/view`: which file is meant, in which form it comes, and that it can do nothing in a browser."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.integration.engine.conftest import RunningEngine
from tests.integration.engine.pictures import png

PICTURE = png((200, 40, 80, 128))


@pytest.fixture
def picture(engine: RunningEngine) -> str:
    """A picture of 6x4 in output."""
    (engine.folders.output / "a.png").write_bytes(PICTURE)
    return "a.png"


async def view(engine: RunningEngine, **query: str) -> tuple[int, str, bytes]:
    async with engine.session.get("/view", params=query) as answer:
        return answer.status, answer.content_type, await answer.read()


async def test_a_stored_picture_comes_back_as_it_is(engine: RunningEngine, picture: str) -> None:
    assert await view(engine, filename=picture) == (200, "image/png", PICTURE)
    assert await view(engine, filename=picture, type="output", channel="rgba") == (200, "image/png", PICTURE)


@pytest.mark.parametrize("type", ["input", "output", "temp"])
async def test_type_subfolder_and_annotation_choose_the_file(engine: RunningEngine, type: str) -> None:
    folder = engine.folders.root(type) / "u1" / "x"
    folder.mkdir(parents=True)
    (folder / "b.png").write_bytes(PICTURE)
    assert (await view(engine, filename="b.png", type=type, subfolder="u1/x"))[0] == 200
    assert (await view(engine, filename=f"b.png [{type}]", subfolder="u1/x"))[0] == 200
    assert (await view(engine, filename="b.png", type=type, subfolder="u1"))[0] == 404


async def test_of_a_name_with_folders_only_the_last_part_counts(engine: RunningEngine, picture: str) -> None:
    assert (await view(engine, filename=f"u1/x/{picture}"))[0] == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 404),
        ({"filename": ""}, 400),
        ({"filename": "missing.png"}, 404),
        ({"filename": "folder/"}, 404),
        ({"filename": "../a.png"}, 400),
        ({"filename": "a..png"}, 400),
        ({"filename": "/etc/passwd"}, 400),
        ({"filename": "a.png", "type": "user"}, 400),
        ({"filename": "a.png", "type": ""}, 400),
        ({"filename": "a.png", "subfolder": ".."}, 403),
        ({"filename": "a.png", "subfolder": "/"}, 403),
        ({"filename": "a.png", "subfolder": "x/../../.."}, 403),
    ],
)
@pytest.mark.usefixtures("picture")
async def test_what_is_no_file_here_is_refused(
    engine: RunningEngine, query: dict[str, str], status: int
) -> None:
    assert (await view(engine, **query))[0] == status


async def test_a_directory_is_no_file(engine: RunningEngine) -> None:
    (engine.folders.output / "folder").mkdir()
    assert (await view(engine, filename="folder"))[0] == 404


async def test_the_colours_come_without_alpha(engine: RunningEngine, picture: str) -> None:
    status, media_type, body = await view(engine, filename=picture, channel="rgb")
    assert (status, media_type) == (200, "image/png")
    assert Image.open(io.BytesIO(body)).getpixel((0, 0)) == (200, 40, 80)


async def test_the_alpha_comes_without_colours(engine: RunningEngine, picture: str) -> None:
    _, media_type, body = await view(engine, filename=picture, channel="a")
    assert media_type == "image/png"
    assert Image.open(io.BytesIO(body)).getpixel((0, 0)) == (0, 0, 0, 128)


async def test_the_alpha_of_an_opaque_picture_is_full(engine: RunningEngine) -> None:
    Image.new("RGB", (2, 2), (1, 2, 3)).save(engine.folders.output / "rgb.png")
    _, _, body = await view(engine, filename="rgb.png", channel="a")
    assert Image.open(io.BytesIO(body)).getpixel((0, 0)) == (0, 0, 0, 255)


@pytest.mark.parametrize(
    ("query", "format", "mode"),
    [
        ({"preview": "webp"}, "WEBP", "RGBA"),
        ({"preview": "webp;50"}, "WEBP", "RGBA"),
        ({"preview": "jpeg;90"}, "JPEG", "RGB"),
        ({"preview": "jpeg;999"}, "JPEG", "RGB"),
        ({"preview": "jpeg;" + "1" * 5000}, "JPEG", "RGB"),
        ({"preview": "png"}, "WEBP", "RGBA"),
        ({"preview": "webp", "channel": "rgb"}, "WEBP", "RGB"),
        ({"preview": "jpeg", "channel": "rgb"}, "JPEG", "RGB"),
        ({"preview": "jpeg", "channel": "a"}, "WEBP", "RGBA"),
        ({"preview": "jpeg", "channel": "rgba"}, "WEBP", "RGBA"),
    ],
)
async def test_a_preview_comes_in_its_format(
    engine: RunningEngine, picture: str, query: dict[str, str], format: str, mode: str
) -> None:
    status, media_type, body = await view(engine, filename=picture, **query)
    preview = Image.open(io.BytesIO(body))
    assert (status, media_type) == (200, f"image/{format.lower()}")
    assert (preview.format, preview.mode, preview.size) == (format, mode, (6, 4))


@pytest.mark.parametrize(("format", "side"), [("webp", 16_384), ("jpeg", 65_536)])
async def test_a_picture_too_long_for_its_preview_is_400(
    engine: RunningEngine, format: str, side: int
) -> None:
    Image.new("L", (side, 1)).save(engine.folders.output / "long.png")
    status, _, body = await view(engine, filename="long.png", preview=format)
    assert status == 400
    assert str(side).encode() in body


@pytest.mark.parametrize("query", [{"preview": "webp"}, {"channel": "rgb"}, {"channel": "a"}])
@pytest.mark.parametrize("content", [b"no picture", PICTURE[:50], b""])
async def test_a_preview_of_what_is_no_picture_is_400(
    engine: RunningEngine, query: dict[str, str], content: bytes
) -> None:
    (engine.folders.output / "broken.png").write_bytes(content)
    assert (await view(engine, filename="broken.png", **query))[0] == 400


async def test_a_small_file_with_a_huge_picture_is_not_decoded(engine: RunningEngine) -> None:
    Image.new("1", (12_000, 12_000)).save(engine.folders.output / "bomb.png")
    assert (await view(engine, filename="bomb.png", preview="webp"))[0] == 400


async def test_a_known_version_is_304_and_a_range_is_206(engine: RunningEngine, picture: str) -> None:
    session, url = engine.session, f"/view?filename={picture}"
    async with session.get(url) as answer:
        etag, modified = answer.headers["ETag"], answer.headers["Last-Modified"]
        assert answer.headers["Cache-Control"] == "no-cache"
    async with session.get(url, headers={"If-None-Match": etag}) as answer:
        assert answer.status == 304
    async with session.get(url, headers={"If-Modified-Since": modified}) as answer:
        assert answer.status == 304
    async with session.get(url, headers={"Range": "bytes=0-7"}) as answer:
        assert answer.status == 206
        assert await answer.read() == PICTURE[:8]
    async with session.head(url) as answer:
        assert (answer.status, answer.content_length) == (200, len(PICTURE))


@pytest.mark.parametrize(
    "name", ["x.svg", "x.html", "x.js", "x.xhtml", "x.css", "x.pdf", "x.PNG.svg", "x", "x.xml"]
)
async def test_what_could_act_in_a_browser_is_a_download_of_unknown_bytes(
    engine: RunningEngine, name: str
) -> None:
    (engine.folders.input / name).write_text("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
    async with engine.session.get("/view", params={"filename": name, "type": "input"}) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("query", [{}, {"preview": "webp"}, {"channel": "a"}])
async def test_every_form_forbids_guessing_the_type(
    engine: RunningEngine, picture: str, query: dict[str, str]
) -> None:
    async with engine.session.get("/view", params={"filename": picture, **query}) as answer:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ['a"; filename=evil.exe', "größe 図.png", "a;b.png", "a'b.png"])
async def test_a_name_cannot_break_out_of_its_header(engine: RunningEngine, name: str) -> None:
    (engine.folders.output / name).write_bytes(PICTURE)
    async with engine.session.get("/view", params={"filename": name}) as answer:
        assert answer.status == 200
        disposition = answer.headers["Content-Disposition"]
    assert disposition.isascii()
    assert disposition.count(";") == 1
