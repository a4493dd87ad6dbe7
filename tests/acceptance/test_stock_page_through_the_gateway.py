"""The stock ComfyUI page, in the system's Chromium, through the gateway, for two pupils at once."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

from atelier.providers.embedded import embedded_engine
from tests.acceptance.browser import Visit, chromium
from tests.acceptance.service import COMFYUI, drawn_by
from tests.integration.engine.workflows import plain_picture
from tests.integration.gateway.test_service import school_at

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an embedded engine that serves the page and sends previews, or of a ComfyUI."""
    if COMFYUI:
        yield COMFYUI
        return
    directory = tmp_path_factory.mktemp("engine")
    with embedded_engine(directory, arguments=("--preview-method", "latent2rgb")) as engine:
        yield engine.url


@pytest.mark.parametrize("root_path", ["", "/studio"])
async def test_two_pupils_use_the_page_at_once_and_see_only_their_own(
    engine_url: str, tmp_path: Path, root_path: str
) -> None:
    colors = {"ada": 0xFF0000, "bob": 0x0000FF}
    async with (
        school_at(engine_url, tmp_path / "service", root_path=root_path) as school,
        chromium() as browser,
    ):

        async def work(name: str) -> tuple[Visit, bytes]:
            context = await browser.new_context(viewport={"width": 1200, "height": 800})
            visit = Visit(await context.new_page(), school.url)
            await visit.sign_in(school.tokens[name])
            await visit.load(plain_picture(colors[name], prefix=f"by-{name}"))
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
        assert "by-bob" not in json.dumps(await ada.history())
        assert "by-ada" not in json.dumps(await bob.history())
        # Whoever is signed in as Bob cannot reach Ada's picture by its address.
        query = "filename=by-ada_00001_.png&type=output&subfolder="
        assert (await bob.page.request.get(f"{bob.base}api/view?{query}")).status == 404
        assert (await ada.page.request.get(f"{ada.base}api/view?{query}")).status == 200


async def test_a_drawing_shows_progress_and_survives_a_reload(engine_url: str, tmp_path: Path) -> None:
    async with school_at(engine_url, tmp_path / "service") as school, chromium() as browser:
        context = await browser.new_context(viewport={"width": 1200, "height": 800})
        visit = Visit(await context.new_page(), school.url)
        await visit.sign_in(school.tokens["ada"])
        await visit.load(await asyncio.to_thread(drawn_by, engine_url, steps=8))
        await visit.run()
        for expected in ("status", "execution_start", "progress_state", "executed", "execution_success"):
            assert expected in visit.frames.types
        assert "binary" in visit.frames.types
        await visit.page.reload()
        await visit.page.wait_for_function("window.app?.graph?.nodes.length > 0")
        assert len(await visit.history()) == 1
        assert visit.failed == []
