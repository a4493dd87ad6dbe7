"""The stock ComfyUI page, in the system's Chromium, on the embedded engine."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from aiohttp import web
from PIL import Image

from atelier.engine.catalogue import Catalogue
from atelier.engine.config import EngineConfig
from atelier.engine.diffusion.model_files import ModelFiles
from atelier.engine.folders import Folders
from atelier.engine.nodes import all_nodes
from atelier.engine.runner import JobRunner
from atelier.engine.server.app import build_app
from atelier.engine.server.hub import Hub
from atelier.engine.server.page import find_page
from tests.acceptance.frames import Frames
from tests.integration.engine.workflows import drawing, plain_picture

if TYPE_CHECKING:
    from playwright.async_api import Page, Response

pytestmark = pytest.mark.browser

#: Milliseconds for anything that the page does.
DEADLINE = 90_000

#: Files of the user's that a fresh installation lacks; the page asks for them and takes 404 for "none".
ABSENT = frozenset({"/userdata", "/userdata/user.css", "/userdata/comfy.templates.json"})

OpenPage = Callable[[str], AbstractAsyncContextManager["Visit"]]


class Visit:
    """One browser on one engine, and what the page asked for."""

    def __init__(self, page: Page, url: str, output: Path) -> None:
        self.page = page
        self.frames = Frames(page)
        page.set_default_timeout(DEADLINE)
        self.url = url
        self.output = output
        self.failed: list[str] = []
        self.hosts: set[str] = set()
        page.on("response", self._note)
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))

    def _note(self, response: Response) -> None:
        path = urlsplit(response.url[len(self.url) - 1 :]).path
        is_ours = path.startswith(("/api/", "/internal/"))
        if is_ours and response.status >= 400 and path.removeprefix("/api") not in ABSENT:
            self.failed.append(f"{response.request.method} {path}: {response.status}")

    async def load(self, graph: dict[str, Any]) -> None:
        """Open a workflow in API format in the page's own editor."""
        await self.page.goto(self.url)
        # The page is ready once it has opened its default workflow.
        await self.page.wait_for_function("window.app?.graph?.nodes.length > 0")
        await self.page.evaluate("async graph => await window.app.loadApiJson(graph, 'test')", graph)
        assert await self.page.evaluate("window.app.graph.nodes.length") == len(graph)
        # Only nodes within the view fetch their pictures.
        await self.page.evaluate("window.app.extensionManager.command.execute('Comfy.Canvas.FitView')")

    async def run(self) -> dict[str, Any]:
        """Press Run, wait until the page shows the picture and hears of the end; return the history entry."""
        async with self.page.expect_response(lambda each: "/api/view?" in each.url) as shown:
            await self.page.get_by_role("button", name="Run", exact=True).click()
        assert (await shown.value).status == 200
        await self.frames.end_of_job(within=DEADLINE / 1000)
        answer = await self.page.request.get(f"{self.url}history")
        [entry] = (await answer.json()).values()
        assert isinstance(entry, dict)
        return entry


@pytest.fixture
def open_page(tmp_path: Path) -> OpenPage:
    """Open the page of an engine that is served under a path of one's own."""
    # Here and not above: this module is read by every run of pytest, and playwright is for this test only.
    from playwright import async_api as playwright

    chromium, directory = shutil.which("chromium"), find_page()
    assert chromium is not None, "this test needs the system's Chromium: apt-get install chromium"
    assert directory is not None, 'this test needs the page: pip install "comfy-atelier[page]"'

    @asynccontextmanager
    async def engine(base_path: str) -> AsyncIterator[tuple[str, Folders]]:
        config = EngineConfig(directory=tmp_path / "engine")
        folders = Folders(base=config.directory)
        folders.create()
        hub, catalogue = Hub(asyncio.get_running_loop()), Catalogue(all_nodes())
        runner = JobRunner(
            catalogue=catalogue, folders=folders, models=ModelFiles(folders), publish=hub.publish
        )
        app = build_app(config, runner=runner, hub=hub, catalogue=catalogue, folders=folders, page=directory)
        if base_path != "/":
            app, inner = web.Application(), app
            app.add_subapp(base_path, inner)
        server = web.AppRunner(app, shutdown_timeout=1.0)
        await server.setup()
        runner.start()
        try:
            await web.TCPSite(server, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{server.addresses[0][1]}{base_path}", folders
        finally:
            await server.cleanup()
            await asyncio.to_thread(runner.stop, 5.0)

    @asynccontextmanager
    async def visit(base_path: str) -> AsyncIterator[Visit]:
        async with engine(base_path) as (url, folders), playwright.async_playwright() as browsers:
            browser = await browsers.chromium.launch_persistent_context(
                tmp_path / "profile",
                executable_path=chromium,
                args=[
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                ],
            )
            try:
                yield Visit(await browser.new_page(), url, folders.output)
            finally:
                await browser.close()

    return visit


@pytest.mark.parametrize("base_path", ["/", "/engine/"])
async def test_the_page_loads_and_runs_a_workflow_without_a_failed_call(
    open_page: OpenPage, base_path: str
) -> None:
    async with open_page(base_path) as visit:
        await visit.load(plain_picture())
        entry = await visit.run()
        assert entry["status"]["status_str"] == "success"
        assert visit.failed == []
        # Pictures within the page are `data:` and `blob:` addresses, without a host.
        assert visit.hosts - {""} == {urlsplit(visit.url).netloc}


async def test_a_prompt_queued_from_the_page_draws_with_the_embedded_model(open_page: OpenPage) -> None:
    async with open_page("/") as visit:
        await visit.load(drawing(steps=4))
        entry = await visit.run()
        assert entry["status"]["status_str"] == "success"
        [image] = entry["outputs"]["8"]["images"]
        with Image.open(visit.output / image["filename"]) as picture:
            assert picture.size == (64, 64)
            assert np.ptp(np.asarray(picture.convert("L"))) > 20
            # The page's own workflow travels in the picture, so that it can be dropped onto the page again.
            assert len(json.loads(picture.info["workflow"])["nodes"]) == len(drawing(steps=4))
        assert visit.failed == []
