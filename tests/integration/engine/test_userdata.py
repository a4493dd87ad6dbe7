"""The page's own files, settings and user."""

from __future__ import annotations

from typing import Any

import pytest
import yarl

from atelier.engine.server.settings import INITIAL_SETTINGS
from tests.integration.engine.conftest import RunningEngine


async def ask(engine: RunningEngine, method: str, path: str, **options: Any) -> tuple[int, Any]:
    url = yarl.URL(engine.url + path, encoded=True)
    async with engine.session.request(method, url, **options) as answer:
        is_json = answer.content_type == "application/json"
        return answer.status, await answer.json() if is_json else await answer.text()


async def test_a_file_is_written_read_moved_and_deleted(engine: RunningEngine) -> None:
    assert await ask(engine, "POST", "/userdata/workflows%2Fa.json", data=b'{"a": 1}') == (
        200,
        "workflows/a.json",
    )
    assert await ask(engine, "GET", "/userdata/workflows%2Fa.json") == (200, {"a": 1})
    moved = await ask(engine, "POST", "/userdata/workflows%2Fa.json/move/old%2Fb.json")
    assert moved == (200, "old/b.json")
    assert (await ask(engine, "GET", "/userdata/workflows%2Fa.json"))[0] == 404
    assert (await ask(engine, "DELETE", "/userdata/old%2Fb.json"))[0] == 204
    assert (await ask(engine, "DELETE", "/userdata/old%2Fb.json"))[0] == 404


async def test_full_info_says_size_and_times(engine: RunningEngine) -> None:
    status, info = await ask(engine, "POST", "/userdata/a.json?full_info=true", data=b"12345")
    assert status == 200
    assert (info["path"], info["size"]) == ("a.json", 5)
    assert info["modified"] == pytest.approx(info["created"], abs=60)
    assert (await ask(engine, "POST", "/userdata/a.json/move/b.json?full_info=true"))[1]["path"] == "b.json"


async def test_overwrite_false_keeps_what_is_there(engine: RunningEngine) -> None:
    await ask(engine, "POST", "/userdata/a.json", data=b"first")
    await ask(engine, "POST", "/userdata/b.json", data=b"other")
    conflict = (409, "File already exists")
    assert await ask(engine, "POST", "/userdata/a.json?overwrite=false", data=b"second") == conflict
    assert await ask(engine, "POST", "/userdata/b.json/move/a.json?overwrite=false") == conflict
    assert (engine.folders.user / "default" / "a.json").read_bytes() == b"first"
    assert (await ask(engine, "POST", "/userdata/a.json", data=b"second"))[0] == 200
    assert (engine.folders.user / "default" / "a.json").read_bytes() == b"second"


@pytest.fixture
async def some_files(engine: RunningEngine) -> None:
    root = engine.folders.user / "default" / "workflows"
    (root / "deep").mkdir(parents=True)
    for name in ("b.json", "a.json", "deep/c.json", ".hidden"):
        (root / name).write_text("{}")


@pytest.mark.usefixtures("some_files")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["a.json", "b.json"]),
        ("&recurse=true", ["a.json", "b.json", "deep/c.json"]),
        ("&recurse=true&split=true", [["a.json"] * 2, ["b.json"] * 2, ["deep/c.json", "deep", "c.json"]]),
    ],
)
async def test_a_directory_is_listed(engine: RunningEngine, query: str, expected: list[Any]) -> None:
    assert await ask(engine, "GET", f"/userdata?dir=workflows{query}") == (200, expected)


@pytest.mark.usefixtures("some_files")
async def test_a_dot_is_the_users_own_directory(engine: RunningEngine) -> None:
    assert await ask(engine, "GET", "/userdata?dir=.&recurse=true&split=false") == (
        200,
        ["workflows/a.json", "workflows/b.json", "workflows/deep/c.json"],
    )
    assert (await ask(engine, "GET", "/v2/userdata?path=."))[1] == (await ask(engine, "GET", "/v2/userdata"))[
        1
    ]


@pytest.mark.usefixtures("some_files")
async def test_a_listing_can_have_full_info(engine: RunningEngine) -> None:
    _, listing = await ask(engine, "GET", "/userdata?dir=workflows&recurse=true&split=false&full_info=true")
    assert [each["path"] for each in listing] == ["a.json", "b.json", "deep/c.json"]
    assert {frozenset(each) for each in listing} == {frozenset({"path", "size", "modified", "created"})}


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/userdata", 400, "Directory not provided"),
        ("/userdata?dir=", 400, "Directory not provided"),
        ("/userdata?dir=missing", 404, "Directory not found"),
        ("/userdata?dir=..%2F..", 403, "Invalid directory"),
        ("/v2/userdata?path=missing", 404, "Requested path not found"),
        ("/v2/userdata?path=..%2F..", 400, "Invalid path requested"),
        ("/userdata/missing.json", 404, "404: Not Found"),
        ("/userdata/..%2Fx.json", 403, "403: Forbidden"),
    ],
)
async def test_what_cannot_be_listed_is_refused_as_comfyui_does(
    engine: RunningEngine, path: str, status: int, text: str
) -> None:
    assert await ask(engine, "GET", path) == (status, text)


@pytest.mark.usefixtures("some_files")
async def test_the_tree_has_directories_first(engine: RunningEngine) -> None:
    _, tree = await ask(engine, "GET", "/v2/userdata?path=workflows")
    assert [(each["type"], each["path"]) for each in tree] == [
        ("directory", "workflows/deep"),
        ("file", "workflows/.hidden"),
        ("file", "workflows/a.json"),
        ("file", "workflows/b.json"),
        ("file", "workflows/deep/c.json"),
    ]
    assert (await ask(engine, "GET", "/v2/userdata?path=workflows%2Fa.json"))[0] == 400


async def test_a_name_that_a_directory_has_is_400(engine: RunningEngine) -> None:
    (engine.folders.user / "default" / "workflows").mkdir(parents=True)
    assert (await ask(engine, "POST", "/userdata/workflows", data=b"{}"))[0] == 400
    await ask(engine, "POST", "/userdata/a.json", data=b"{}")
    assert (await ask(engine, "POST", "/userdata/a.json%2Fb.json", data=b"{}"))[0] == 400
    assert (await ask(engine, "POST", "/userdata/a.json/move/workflows"))[0] == 400


async def test_stored_markup_is_not_run_in_the_engines_origin(engine: RunningEngine) -> None:
    await ask(engine, "POST", "/userdata/x.html", data=b"<script>")
    async with engine.session.get("/userdata/x.html") as answer:
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_users_style_sheet_is_one(engine: RunningEngine) -> None:
    await ask(engine, "POST", "/userdata/user.css", data=b"body {}")
    async with engine.session.get("/api/userdata/user.css") as answer:
        assert answer.content_type == "text/css"


async def test_settings_are_kept_one_by_one_and_all_together(engine: RunningEngine) -> None:
    assert await ask(engine, "GET", "/settings") == (200, dict(INITIAL_SETTINGS))
    assert await ask(engine, "POST", "/settings", json={"a": 1, "b": 2}) == (200, "")
    assert await ask(engine, "POST", "/settings/Comfy.B", data=b'"text/plain"') == (200, "")
    assert await ask(engine, "POST", "/settings", json={"a": [3]}) == (200, "")
    expected = INITIAL_SETTINGS | {"a": [3], "b": 2, "Comfy.B": "text/plain"}
    assert await ask(engine, "GET", "/settings") == (200, expected)
    assert await ask(engine, "GET", "/settings/Comfy.B") == (200, "text/plain")
    assert await ask(engine, "GET", "/settings/unknown") == (200, None)


@pytest.mark.parametrize("content", ["{", "[]", ""])
async def test_damaged_settings_do_not_lock_the_page_out(engine: RunningEngine, content: str) -> None:
    await ask(engine, "POST", "/settings", json={"a": 1})
    (engine.folders.user / "default" / "comfy.settings.json").write_text(content)
    assert await ask(engine, "GET", "/settings") == (200, {})
    assert (await ask(engine, "POST", "/settings/b", json=2))[0] == 200
    assert await ask(engine, "GET", "/settings") == (200, {"b": 2})


async def test_there_is_one_user(engine: RunningEngine) -> None:
    assert await ask(engine, "GET", "/users") == (200, {"storage": "server", "migrated": False})
    await ask(engine, "POST", "/settings", json={})
    assert await ask(engine, "GET", "/users") == (200, {"storage": "server", "migrated": True})
    assert (await ask(engine, "POST", "/users", json={"username": "bob"}))[0] == 400
