"""The protocol's page lists exactly the routes that the engine has."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from atelier.engine.catalogue import Catalogue
from atelier.engine.config import EngineConfig
from atelier.engine.diffusion.model_files import ModelFiles
from atelier.engine.folders import Folders
from atelier.engine.runner import JobRunner
from atelier.engine.server.app import build_app
from atelier.engine.server.hub import Hub

PAGE = Path(__file__).parents[2] / "docs/reference/protocol.md"


async def routes(directory: Path) -> set[str]:
    folders = Folders(base=directory)
    catalogue = Catalogue([])
    hub = Hub(asyncio.get_running_loop())
    runner = JobRunner(
        catalogue=catalogue, folders=folders, models=ModelFiles(folders, threads=1), publish=hub.publish
    )
    app = build_app(
        EngineConfig(directory=directory),
        runner=runner,
        hub=hub,
        catalogue=catalogue,
        folders=folders,
        page=None,
    )
    found = (
        f"{route.method} {route.resource.canonical}"
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    )
    return {each for each in found if " /api" not in each}


async def test_the_page_lists_every_route_and_no_other(tmp_path: Path) -> None:
    documented = set(re.findall(r"^\| `([A-Z]+ /[^`]*)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert documented == await routes(tmp_path)
