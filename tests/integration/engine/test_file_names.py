"""No name in a request leads outside the folder that it belongs to, on any system."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest
import yarl

from tests.integration.engine.conftest import RunningEngine
from tests.integration.engine.pictures import form, png

SECRET = png((1, 2, 3, 4))

#: Names that mean a file outside, a device, or nothing at all. Some are harmless on some systems.
HOSTILE = [
    "../secret.png",
    "../../secret.png",
    "sub/../../secret.png",
    "./../secret.png",
    "..",
    ".",
    "/secret.png",
    "//secret.png",
    "..\\secret.png",
    "..\\..\\secret.png",
    "sub\\..\\..\\secret.png",
    "\\secret.png",
    "\\\\host\\share\\secret.png",
    "C:\\secret.png",
    "C:secret.png",
    "C:/secret.png",
    "a.png:stream",
    "a.png::$DATA",
    "a\0.png",
    "\0",
    "a\n.png",
    "a.png\x7f",
    "CON",
    "nul.png",
    "Com1.png",
    "sub/aux.txt",
    "a.png.",
    "a.png ",
    "x" * 256 + ".png",
    "\ud800.png",
    "link.png",
    "linked/secret.png",
    "loop/a.png",
]

ids = [ascii(each)[:30] for each in HOSTILE]


@pytest.fixture(autouse=True)
def secret(engine: RunningEngine) -> Path:
    """A picture beside the folders, and links in each of them that lead there."""
    path = engine.folders.base / "secret.png"
    path.write_bytes(SECRET)
    user = engine.folders.user / "default"
    user.mkdir()
    for folder in (engine.folders.input, engine.folders.output, engine.folders.temp, user):
        (folder / "sub").mkdir()
        (folder / "link.png").symlink_to(path)
        (folder / "linked").symlink_to(engine.folders.base, target_is_directory=True)
        (folder / "loop").symlink_to(folder / "loop")
    return path


def files(engine: RunningEngine) -> dict[Path, bytes]:
    """Return every file under the engine's directory, with its content."""
    base = engine.folders.base
    return {each: each.read_bytes() for each in base.rglob("*") if each.is_file() and not each.is_symlink()}


async def status(
    engine: RunningEngine, method: str, url: str | yarl.URL, **options: object
) -> tuple[int, bytes]:
    async with engine.session.request(method, url, **options) as answer:  # type: ignore[arg-type]
        return answer.status, await answer.read()


def percent(name: str) -> str:
    return quote(name.encode("utf-8", "surrogatepass"), safe="")


def url(engine: RunningEngine, path_and_query: str) -> yarl.URL:
    return yarl.URL(engine.url + path_and_query, encoded=True)


@pytest.mark.parametrize("name", HOSTILE, ids=ids)
async def test_view_shows_nothing(engine: RunningEngine, name: str) -> None:
    for encoded in (percent(name), percent(percent(name))):
        for query in (f"filename={encoded}", f"filename=secret.png&subfolder={encoded}"):
            for type in ("input", "output", "temp"):
                code, body = await status(engine, "GET", url(engine, f"/view?{query}&type={type}"))
                assert code in (400, 403, 404)
                assert body != SECRET


@pytest.mark.parametrize("name", HOSTILE, ids=ids)
@pytest.mark.parametrize("overwrite", ["true", "false"])
@pytest.mark.filterwarnings("ignore::aiohttp.multipart.BadContentDispositionParam")
async def test_upload_writes_nothing_outside(engine: RunningEngine, name: str, overwrite: str) -> None:
    before = files(engine)
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    raw = name.encode("utf-8", "surrogatepass")
    for filename, subfolder in ((percent(name), b""), ("new.png", raw)):
        body = b"--b\r\nContent-Disposition: form-data; name=subfolder\r\n\r\n" + subfolder + b"\r\n"
        body += (
            f"--b\r\nContent-Disposition: form-data; name=overwrite\r\n\r\n{overwrite}\r\n"
            f"--b\r\nContent-Disposition: form-data; name=image; filename*=UTF-8''{filename}\r\n"
            "\r\nnew\r\n--b--\r\n"
        ).encode()
        code, _ = await status(engine, "POST", "/upload/image", data=body, headers=headers)
        assert code in (200, 400)
    after = files(engine)
    assert {each: after[each] for each in before} == before
    assert all(each.is_relative_to(engine.folders.input) for each in after.keys() - before.keys())


@pytest.mark.parametrize("name", HOSTILE, ids=ids)
async def test_mask_reads_nothing_outside(engine: RunningEngine, name: str) -> None:
    for reference in ({"filename": name}, {"filename": "secret.png", "subfolder": name}):
        mask = form(png(), "masked.png", original_ref=json.dumps(reference))
        code, _ = await status(engine, "POST", "/upload/mask", data=mask)
        assert code in (400, 403, 404)
    assert not (engine.folders.input / "masked.png").exists()


@pytest.mark.parametrize("name", HOSTILE, ids=ids)
async def test_userdata_reaches_nothing_outside(engine: RunningEngine, name: str) -> None:
    before = files(engine)
    (engine.folders.user / "default" / "mine.json").write_bytes(b"{}")
    for encoded in (percent(name), percent(percent(name))):
        for method, path in (
            ("GET", f"/userdata/{encoded}"),
            ("POST", f"/userdata/{encoded}"),
            ("DELETE", f"/userdata/{encoded}"),
            ("POST", f"/userdata/mine.json/move/{encoded}"),
            ("POST", f"/userdata/{encoded}/move/mine.json"),
            ("GET", f"/userdata?dir={encoded}"),
            ("GET", f"/v2/userdata?path={encoded}"),
        ):
            code, body = await status(
                engine, method, url(engine, path), data=b"new" if method == "POST" else None
            )
            assert code < 500, (method, path)
            assert body != SECRET
            assert b"secret.png" not in body
    after = files(engine)
    assert {each: after[each] for each in before} == before
    assert all(each.is_relative_to(engine.folders.user) for each in after.keys() - before.keys())


@pytest.mark.parametrize("name", HOSTILE, ids=ids)
async def test_model_routes_tell_nothing(engine: RunningEngine, name: str) -> None:
    for encoded in (percent(name), percent(percent(name))):
        for path in (
            f"/models/{encoded}",
            f"/experiment/models/{encoded}",
            f"/experiment/models/preview/checkpoints/0/{encoded}",
            f"/view_metadata/checkpoints?filename={encoded}",
            f"/view_metadata/{encoded}?filename=secret.safetensors",
        ):
            assert (await status(engine, "GET", url(engine, path)))[0] == 404


async def test_a_name_with_a_slash_is_one_segment_of_userdata(engine: RunningEngine) -> None:
    assert (await status(engine, "POST", url(engine, "/userdata/workflows%2Fa.json"), data=b"{}"))[0] == 200
    assert (engine.folders.user / "default" / "workflows" / "a.json").read_bytes() == b"{}"
    assert (await status(engine, "GET", url(engine, "/userdata/workflows%2Fa.json")))[1] == b"{}"
