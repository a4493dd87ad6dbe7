"""Uploads, views and the page's own files: stored by name for one account, and never run by a browser."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from aiohttp import FormData
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from yarl import URL

from atelier.gateway.config import PolicyByRole, RolePolicy
from tests.integration.gateway.conftest import House, HouseBuilder


@dataclass(frozen=True, kw_only=True)
class View:
    """What a view answered."""

    status: int
    headers: Mapping[str, str]
    content_type: str
    body: bytes


async def view(house: House, *, headers: Mapping[str, str] | None = None, **query: str) -> View:
    """Return what a view answers."""
    async with house.as_("ada").get("/view", params={"type": "input", **query}, headers=headers) as answer:
        return View(
            status=answer.status,
            headers=answer.headers,
            content_type=answer.content_type,
            body=await answer.read(),
        )


def picture_of(body: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(body))
    picture.load()
    return picture


async def test_an_upload_is_shown_as_it_came(house: House, picture: bytes) -> None:
    stored = await house.upload("ada", picture, "a b.png", subfolder="sketches")
    assert stored == {"name": "a b.png", "subfolder": "sketches", "type": "input"}
    answer = await view(house, filename="a b.png", subfolder="sketches")
    assert answer.body == picture
    assert answer.content_type == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == "inline; filename*=UTF-8''a%20b.png"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_other_content_under_the_same_name_gets_another_name(house: House, picture: bytes) -> None:
    names = [(await house.upload("ada", content))["name"] for content in (picture, picture, picture + b"x")]
    assert names == ["a.png", "a.png", "a (1).png"]
    replaced = await house.upload("ada", picture + b"y", overwrite="true")
    assert replaced["name"] == "a.png"
    assert (await view(house, filename="a.png")).body == picture + b"y"


async def test_an_unchanged_picture_is_not_sent_again(house: House, picture: bytes) -> None:
    await house.upload("ada", picture)
    etag = (await view(house, filename="a.png")).headers["ETag"]
    again = await view(house, filename="a.png", headers={"If-None-Match": etag})
    assert again.status == 304
    assert again.body == b""
    other = await view(house, filename="a.png", headers={"If-None-Match": '"another"'})
    assert other.status == 200


@pytest.mark.parametrize(
    ("wanted", "status", "part"),
    [
        ("bytes=0-3", 206, slice(0, 4)),
        ("bytes=5-", 206, slice(5, None)),
        ("bytes=-4", 206, slice(-4, None)),
        ("bytes=2-999999", 206, slice(2, None)),
        ("bytes=0-1,4-5", 200, slice(None)),
        ("items=0-1", 200, slice(None)),
        ("bytes=-", 200, slice(None)),
        ("bytes=999999-", 416, None),
        ("bytes=4-2", 416, None),
    ],
)
async def test_ranges(house: House, picture: bytes, wanted: str, status: int, part: slice | None) -> None:
    await house.upload("ada", picture)
    answer = await view(house, filename="a.png", headers={"Range": wanted})
    assert answer.status == status
    if part is not None:
        assert answer.body == picture[part]
    if status == 416:
        assert answer.headers["Content-Range"] == f"bytes */{len(picture)}"


async def test_channels_and_previews_of_a_picture(house: House, picture: bytes) -> None:
    await house.upload("ada", picture)
    rgb = picture_of((await view(house, filename="a.png", channel="rgb")).body)
    assert rgb.mode == "RGB"
    alpha = picture_of((await view(house, filename="a.png", channel="a")).body)
    assert alpha.getpixel((0, 0)) == (0, 0, 0, 128)
    for preview, format in (("webp;90", "WEBP"), ("jpeg;50", "JPEG"), ("png", "WEBP"), ("jpeg;x", "JPEG")):
        answer = await view(house, filename="a.png", preview=preview, channel="rgb")
        assert answer.content_type == f"image/{format.lower()}"
        assert picture_of(answer.body).format == format


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<html><script>alert(1)</script>"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("code.js", b"alert(1)"),
        ("innocent.png", b"<html><script>alert(1)</script>"),
    ],
)
async def test_what_a_browser_could_run_is_a_download(house: House, name: str, content: bytes) -> None:
    await house.upload("ada", content, name)
    answer = await view(house, filename=name)
    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (await view(house, filename=name, preview="webp")).status == 400


@pytest.mark.parametrize(
    "query",
    [
        {"filename": ""},
        {"filename": ".."},
        {"filename": "../a.png"},
        {"filename": "/etc/passwd"},
        {"filename": "a\x00.png"},
        {"filename": "..\\a.png"},
        {"filename": "a.png", "subfolder": ".."},
        {"filename": "a.png", "subfolder": "../../gateway"},
        {"filename": "a.png", "subfolder": "/etc"},
        {"filename": "a.png", "type": "userdata"},
        {"filename": "a.png", "type": "models"},
        {"filename": "a.png [userdata]"},
        {"filename": "x" * 300},
    ],
)
async def test_names_that_lead_elsewhere_show_nothing(
    house: House, picture: bytes, query: dict[str, str]
) -> None:
    await house.upload("ada", picture)
    assert (await view(house, headers=None, **query)).status in (400, 404)


@pytest.mark.parametrize("name", ["../x.png", "/x.png", "a/../../x.png", "..", "a\\..\\x.png"])
async def test_uploads_cannot_be_put_elsewhere(house: House, picture: bytes, name: str) -> None:
    for filename, subfolder in ((name, ""), ("x.png", name)):
        form = FormData({"subfolder": subfolder}, quote_fields=False)
        form.add_field("image", picture, filename=filename)
        async with house.as_("ada").post("/upload/image", data=form) as answer:
            assert answer.status in (200, 400)
            if answer.status == 200:
                stored = await answer.json()
                assert ".." not in f"{stored['subfolder']}/{stored['name']}".split("/")


async def test_a_form_without_a_file_and_a_body_without_a_form_are_refused(house: House) -> None:
    form = FormData({"type": "input"})
    async with house.as_("ada").post("/upload/image", data=form) as answer:
        assert answer.status == 400
    async with house.as_("ada").post("/upload/image", data=b"no form") as answer:
        assert answer.status == 400
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    async with house.as_("ada").post("/upload/image", data=b"--y\r\nbroken", headers=headers) as answer:
        assert answer.status == 400


async def test_too_large_an_upload_is_refused(build_house: HouseBuilder, picture: bytes) -> None:
    async with build_house(uploads={"max_bytes": 1000}) as house:
        form = FormData()
        form.add_field("image", picture + bytes(2000), filename="a.png")
        async with house.as_("ada").post("/upload/image", data=form) as answer:
            assert answer.status == 413
        assert (await house.get("ada", "/features"))[1]["max_upload_size"] == 1000


async def test_a_full_quota_refuses_uploads_and_names_the_reason(
    build_house: HouseBuilder, picture: bytes
) -> None:
    async with build_house(limits={"student": {"storage_bytes": len(picture) + 10}}) as house:
        await house.upload("ada", picture)
        form = FormData()
        form.add_field("image", picture + b"more", filename="b.png")
        async with house.as_("ada").post("/upload/image", data=form) as answer:
            assert answer.status == 507
            assert (await answer.json())["error"]["type"] == "storage_full"
        await house.upload("bob", picture)


async def test_a_mask_is_put_on_one_s_own_picture(house: House, picture: bytes) -> None:
    await house.upload("ada", picture)
    buffer = io.BytesIO()
    Image.new("RGBA", (12, 8), (0, 0, 0, 7)).save(buffer, "PNG")
    reference = json.dumps({"filename": "a.png", "type": "input"})
    answers = {}
    for name in ("ada", "bob"):
        form = FormData({"original_ref": reference, "subfolder": "clipspace"})
        form.add_field("image", buffer.getvalue(), filename="mask.png")
        async with house.as_(name).post("/upload/mask", data=form) as answer:
            answers[name] = answer.status
    assert answers == {"ada": 200, "bob": 404}
    masked = (await view(house, filename="mask.png", subfolder="clipspace")).body
    assert picture_of(masked).getpixel((0, 0)) == (200, 40, 10, 7)


async def test_the_page_keeps_its_files(house: House) -> None:
    ada = house.as_("ada")
    path = URL(f"{house.url}/api/userdata/workflows%2Ffox%2Fa.json", encoded=True)
    assert (await house.get("ada", "/userdata?dir=workflows"))[0] == 404
    async with ada.post(path, data=b'{"nodes": []}') as answer:
        assert await answer.json() == "workflows/fox/a.json"
    async with ada.post(path.update_query(overwrite="false"), data=b"{}") as answer:
        assert answer.status == 409
    async with ada.post(path.update_query(full_info="true"), data=b'{"nodes": [1]}') as answer:
        assert (await answer.json())["size"] == 14
    async with ada.get(path) as answer:
        assert answer.content_type == "application/json"
        assert await answer.read() == b'{"nodes": [1]}'
    assert (await house.get("ada", "/userdata?dir=workflows&recurse=true"))[1] == ["fox/a.json"]
    assert (await house.get("ada", "/userdata?dir=workflows"))[0] == 404
    split = await house.get("ada", "/userdata?dir=workflows&recurse=true&split=true")
    assert split[1] == [["fox/a.json", "fox", "a.json"]]
    tree = (await house.get("ada", "/v2/userdata?path=workflows"))[1]
    assert [(each["path"], each["type"]) for each in tree] == [
        ("workflows/fox", "directory"),
        ("workflows/fox/a.json", "file"),
    ]
    target = URL(f"{path}/move/workflows%2Fb.json", encoded=True)
    async with ada.post(target) as answer:
        assert await answer.json() == "workflows/b.json"
    async with ada.delete(path) as answer:
        assert answer.status == 404
    async with ada.delete(URL(f"{house.url}/userdata/workflows%2Fb.json", encoded=True)) as answer:
        assert answer.status == 204
    assert (await house.get("bob", "/v2/userdata"))[1] == []


@pytest.mark.parametrize(
    "name", ["..%2Fx", "%2e%2e%2fx", "..%252f..%252fx", "%2Fetc%2Fpasswd", "a%2F..%2F..%2Fx"]
)
async def test_the_page_s_files_cannot_lead_elsewhere(house: House, name: str) -> None:
    url = URL(f"{house.url}/userdata/{name}", encoded=True)
    for method in ("GET", "DELETE"):
        async with house.as_("ada").request(method, url) as answer:
            assert answer.status in (400, 404)
    async with house.as_("ada").get("/userdata", params={"dir": "../.."}) as answer:
        assert answer.status == 403


async def test_settings_are_each_one_s_own(house: House) -> None:
    assert (await house.get("ada", "/settings"))[1] == {"Comfy.TutorialCompleted": True}
    # The page sends JSON as text.
    async with house.as_("ada").post("/settings/Comfy.Theme", data='"dark"') as answer:
        assert answer.status == 200
    async with house.as_("ada").post("/settings", json={"a": [1]}) as answer:
        assert answer.status == 200
    assert (await house.get("ada", "/settings/Comfy.Theme"))[1] == "dark"
    assert (await house.get("ada", "/api/settings"))[1]["a"] == [1]
    assert (await house.get("bob", "/settings/Comfy.Theme"))[1] is None
    async with house.as_("ada").post("/settings/huge", data=io.BytesIO(b"1" * 2_000_000)) as answer:
        assert answer.status == 413


def with_workflow_inside(format: str) -> bytes:
    picture, buffer = Image.new("RGB", (8, 8), "teal"), io.BytesIO()
    if format == "PNG":
        chunks = PngInfo()
        chunks.add_text("prompt", '{"1": {"class_type": "Secret"}}')
        picture.save(buffer, format, pnginfo=chunks)
    else:
        exif = Image.Exif()
        exif[0x0110] = 'prompt:{"1": {"class_type": "Secret"}}'
        picture.save(buffer, format, exif=exif)
    return buffer.getvalue()


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
async def test_a_picture_is_downloaded_without_its_workflow_where_the_policy_says(
    build_house: HouseBuilder, format: str
) -> None:
    policy = PolicyByRole(student=RolePolicy(workflow_in_pictures=False))
    content = with_workflow_inside(format)
    async with build_house(policy=policy) as house:
        await house.upload("ada", content, "a.png")
        answer = await view(house, filename="a.png")
        assert answer.status == 200
        assert b"Secret" not in answer.body
        assert picture_of(answer.body).tobytes() == picture_of(content).tobytes()
        ranged = await view(house, filename="a.png", headers={"Range": "bytes=0-9"})
        assert b"Secret" not in ranged.body
        assert ranged.status == 200
        known = await view(house, filename="a.png", headers={"If-None-Match": answer.headers["ETag"]})
        assert known.status == 304


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
async def test_a_picture_keeps_its_workflow_otherwise(house: House, format: str) -> None:
    content = with_workflow_inside(format)
    await house.upload("ada", content, "a.png")
    assert (await view(house, filename="a.png")).body == content


async def test_a_picture_of_which_the_workflow_cannot_be_taken_out_is_not_given(
    build_house: HouseBuilder,
) -> None:
    policy = PolicyByRole(student=RolePolicy(workflow_in_pictures=False))
    async with build_house(policy=policy) as house:
        await house.upload("ada", with_workflow_inside("PNG")[:-20], "a.png")
        assert (await view(house, filename="a.png")).status == 400
