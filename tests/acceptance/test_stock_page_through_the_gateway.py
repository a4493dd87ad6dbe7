"""The stock ComfyUI page, in the system's Chromium, through the gateway, for two pupils at once."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from atelier.engine.server.page import find_page
from atelier.providers.embedded import embedded_engine
from tests.acceptance.frames import Frames
from tests.integration.engine.workflows import drawing, plain_picture
from tests.integration.gateway.test_service import School, school_at

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Response

pytestmark = pytest.mark.browser

#: Milliseconds for anything that the page does.
DEADLINE = 90_000

#: Files of the user's that a fresh account lacks; the page asks for them and takes 404 for "none".
ABSENT = frozenset(
    {"/api/userdata", "/api/userdata/user.css", "/api/userdata/comfy.templates.json", "/user.css"}
)


@pytest.fixture(scope="module")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an embedded engine that serves the page and sends previews."""
    directory = tmp_path_factory.mktemp("engine")
    with embedded_engine(directory, arguments=("--preview-method", "latent2rgb")) as engine:
        yield engine.url


class Visit:
    """One pupil's browser, and what its page asked for."""

    def __init__(self, page: Page, school: School) -> None:
        self.page = page
        self.frames = Frames(page)
        page.set_default_timeout(DEADLINE)
        self.base = f"{school.url}/"
        self.failed: list[str] = []
        self.hosts: set[str] = set()
        page.on("response", self._note)
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))

    def _note(self, response: Response) -> None:
        path = urlsplit(response.url).path.removeprefix(urlsplit(self.base).path.rstrip("/"))
        # The page asks for the frames of its icon at the root of the host, wherever it is served itself.
        stray = path.startswith("/assets/images/favicon_progress") and not response.url.startswith(self.base)
        if response.status >= 400 and path not in ABSENT and not stray:
            self.failed.append(f"{response.request.method} {path}: {response.status}")

    async def sign_in(self, token: str) -> None:
        """Come as a stranger, be asked for a token, and end up on the page."""
        await self.page.goto(self.base)
        assert urlsplit(self.page.url).path.endswith("/atelier/sign-in")
        await self.page.get_by_label("Token").fill(token)
        await self.page.get_by_role("button", name="Sign in").click()
        # The page is ready once it has opened its default workflow.
        await self.page.wait_for_function("window.app?.graph?.nodes.length > 0")
        assert self.page.url.partition("#")[0] == self.base

    async def load(self, graph: dict[str, Any]) -> None:
        """Open a workflow in API format in the page's own editor."""
        await self.page.evaluate("async graph => await window.app.loadApiJson(graph, 'test')", graph)
        assert await self.page.evaluate("window.app.graph.nodes.length") == len(graph)
        # Only nodes within the view fetch their pictures.
        await self.page.evaluate("window.app.extensionManager.command.execute('Comfy.Canvas.FitView')")

    async def run(self) -> bytes:
        """Press Run, wait until the page shows the picture and hears of the end, and return the picture."""
        async with self.page.expect_response(lambda each: "/api/view?" in each.url) as shown:
            await self.page.get_by_role("button", name="Run", exact=True).click()
        answer = await shown.value
        assert answer.status == 200
        await self.frames.end_of_job(within=DEADLINE / 1000)
        # Without playwright installed, as in the lint, nothing says so.
        picture: bytes = await answer.body()
        return picture

    async def history(self) -> dict[str, Any]:
        answer = await self.page.request.get(f"{self.base}api/history")
        document: dict[str, Any] = await answer.json()
        return document


@asynccontextmanager
async def chromium(profile: Path) -> AsyncIterator[Browser]:
    # Here and not above: this module is read by every run of pytest, and playwright is for this test only.
    from playwright import async_api as playwright

    executable = shutil.which("chromium")
    assert executable is not None, "this test needs the system's Chromium: apt-get install chromium"
    assert find_page() is not None, 'this test needs the page: pip install "comfy-atelier[page]"'
    async with playwright.async_playwright() as browsers:
        browser = await browsers.chromium.launch(
            executable_path=executable,
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
            yield browser
        finally:
            await browser.close()


@pytest.mark.parametrize("root_path", ["", "/studio"])
async def test_two_pupils_use_the_page_at_once_and_see_only_their_own(
    engine_url: str, tmp_path: Path, root_path: str
) -> None:
    colors = {"ada": 0xFF0000, "bob": 0x0000FF}
    async with (
        school_at(engine_url, tmp_path / "service", root_path=root_path) as school,
        chromium(tmp_path) as browser,
    ):

        async def work(name: str) -> tuple[Visit, bytes]:
            context = await browser.new_context(viewport={"width": 1200, "height": 800})
            visit = Visit(await context.new_page(), school)
            await visit.sign_in(school.tokens[name])
            await visit.load(plain_picture(colors[name], prefix=name))
            return visit, await visit.run()

        (ada, hers), (bob, his) = await asyncio.gather(work("ada"), work("bob"))
        for visit, picture, color in ((ada, hers, (255, 0, 0)), (bob, his, (0, 0, 255))):
            shown = Image.open(io.BytesIO(picture)).convert("RGB")
            assert shown.getpixel((5, 5)) == color
            [entry] = (await visit.history()).values()
            assert entry["status"]["status_str"] == "success"
            assert visit.failed == []
            # Pictures within the page are `data:` and `blob:` addresses, without a host.
            assert visit.hosts - {""} == {urlsplit(school.url).netloc}
        assert "bob" not in json.dumps(await ada.history())
        assert "ada" not in json.dumps(await bob.history())
        # Whoever is signed in as Bob cannot reach Ada's picture by its address.
        query = "filename=ada_00001_.png&type=output&subfolder="
        assert (await bob.page.request.get(f"{bob.base}api/view?{query}")).status == 404
        assert (await ada.page.request.get(f"{ada.base}api/view?{query}")).status == 200


async def test_a_drawing_shows_progress_and_survives_a_reload(engine_url: str, tmp_path: Path) -> None:
    async with school_at(engine_url, tmp_path / "service") as school, chromium(tmp_path) as browser:
        context = await browser.new_context(viewport={"width": 1200, "height": 800})
        visit = Visit(await context.new_page(), school)
        await visit.sign_in(school.tokens["ada"])
        await visit.load(drawing(steps=8))
        await visit.run()
        for expected in ("status", "execution_start", "progress_state", "executed", "execution_success"):
            assert expected in visit.frames.types
        assert "binary" in visit.frames.types
        await visit.page.reload()
        await visit.page.wait_for_function("window.app?.graph?.nodes.length > 0")
        assert len(await visit.history()) == 1
        assert visit.failed == []
