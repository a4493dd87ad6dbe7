"""The stock page where it is installed, a note where it is not, and what the page asks for besides."""

from __future__ import annotations

from pathlib import Path

import pytest
import yarl

from tests.integration.engine.conftest import EngineStarter, RunningEngine
from tests.page import install_page


@pytest.fixture
def installed_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return install_page(tmp_path / "packages", monkeypatch)


async def test_without_the_page_the_root_says_what_this_is_and_how_to_get_it(engine: RunningEngine) -> None:
    async with engine.session.get("/") as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
        assert 'pip install "comfy-atelier[page]"' in await answer.text()
    async with engine.session.get("/extensions") as answer:
        assert await answer.json() == []


async def test_the_installed_page_is_served_and_always_fresh(
    installed_page: Path, start_engine: EngineStarter
) -> None:
    async with start_engine(page=True) as engine:
        for path, file in (("/", "index.html"), ("/assets/app.js", "assets/app.js")):
            async with engine.session.get(path) as answer:
                assert (answer.status, await answer.text()) == (200, (installed_page / file).read_text())
                assert answer.headers["Cache-Control"] == "no-cache"
        async with engine.session.get("/assets/missing.js") as answer:
            assert (answer.status, await answer.text()) == (404, "404: Not Found")


@pytest.mark.usefixtures("installed_page")
async def test_every_script_that_the_page_is_told_of_is_there(start_engine: EngineStarter) -> None:
    async with start_engine(page=True) as engine:
        async with engine.session.get("/api/extensions") as answer:
            scripts = await answer.json()
        assert scripts == ["/extensions/core/a.js", "/extensions/atelier/missing_loaders.js"]
        for path in scripts:
            async with engine.session.get(path) as answer:
                assert answer.status == 200
                assert answer.content_type in ("text/javascript", "application/javascript")


@pytest.mark.parametrize(
    "path",
    [
        "/..%2f..%2fsecret",
        "/assets/..%2F..%2f..%2fsecret",
        "/%2e%2e/secret",
        "/%252e%252e%252fsecret",
        "//secret",
        "/%00",
    ],
)
async def test_the_page_gives_no_file_but_its_own(
    installed_page: Path, start_engine: EngineStarter, path: str
) -> None:
    (installed_page.parent / "secret").write_text("secret")
    (installed_page.parents[1] / "secret").write_text("secret")
    async with (
        start_engine(page=True) as engine,
        engine.session.get(yarl.URL(engine.url + path, encoded=True)) as answer,
    ):
        assert answer.status == 404


async def test_the_log_and_the_hosts_paths_stay_here(engine: RunningEngine) -> None:
    for path, document in (
        ("/internal/logs", ""),
        ("/internal/logs/raw", {"entries": [], "size": {"cols": 80, "rows": 24}}),
        ("/internal/folder_paths", {}),
        ("/templates/index.json", []),
    ):
        async with engine.session.get(path) as answer:
            assert await answer.json() == document
    async with engine.session.patch(
        "/internal/logs/subscribe", json={"clientId": "a", "enabled": True}
    ) as answer:
        assert answer.status == 200


async def test_no_answer_names_a_directory_of_the_host(engine: RunningEngine) -> None:
    for path in ("/system_stats", "/experiment/models", "/object_info", "/internal/folder_paths"):
        async with engine.session.get(path) as answer:
            text = await answer.text()
        assert str(engine.folders.base) not in text
        assert not any(str(each) in text for each in engine.folders.models)


async def test_it_says_which_protocol_it_speaks_and_what_it_is(engine: RunningEngine) -> None:
    async with engine.session.get("/system_stats") as answer:
        document = await answer.json()
    assert document["system"]["comfyui_version"] == "0.3.64"
    assert document["atelier"]["name"] == "Atelier's embedded engine"
    [device] = document["devices"]
    assert (device["name"], device["type"], device["index"]) == ("cpu", "cpu", None)
    assert device["vram_total"] == document["system"]["ram_total"] > 0
