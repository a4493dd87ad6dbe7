"""The stock page in the system's Chromium, through the gateway, as a person has it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from atelier.engine.server.page import find_page
from tests.acceptance.frames import Frames

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Response

#: Milliseconds for anything that the page does.
DEADLINE = 240_000

#: Files of the user's that a fresh account lacks; the page asks for them and takes 404 for "none".
ABSENT = frozenset(
    {"/api/userdata", "/api/userdata/user.css", "/api/userdata/comfy.templates.json", "/user.css"}
)


class Visit:
    """One pupil's browser, and what its page asked for."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.frames = Frames(page)
        page.set_default_timeout(DEADLINE)
        self.base = f"{url}/"
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
async def chromium() -> AsyncIterator[Browser]:
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
