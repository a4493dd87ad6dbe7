"""The engine's HTTP application, put together from its parts."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from atelier.engine.catalogue import Catalogue
from atelier.engine.config import EngineConfig
from atelier.engine.folders import Folders
from atelier.engine.runner import JobRunner
from atelier.engine.server.history import HistoryPages
from atelier.engine.server.hub import Hub
from atelier.engine.server.models import Models
from atelier.engine.server.origins import only_own_pages
from atelier.engine.server.page import Page
from atelier.engine.server.prompts import Prompts
from atelier.engine.server.queue import Queue
from atelier.engine.server.refusals import answer_refusals
from atelier.engine.server.settings import Settings
from atelier.engine.server.socket import Sockets
from atelier.engine.server.system import System, server_features
from atelier.engine.server.uploads import Uploads
from atelier.engine.server.userdata import Userdata
from atelier.engine.server.views import Views


def build_app(
    config: EngineConfig,
    *,
    runner: JobRunner,
    hub: Hub,
    catalogue: Catalogue,
    folders: Folders,
    page: Path | None,
) -> web.Application:
    """Return the application; every route of ComfyUI's protocol exists plain and under `/api`.

    Args:
        config: Limits and names.
        runner: Where jobs go.
        hub: What the runner publishes to.
        catalogue: What `/object_info` shows.
        folders: Where files are read and written.
        page: The directory of the stock page; None to serve a note instead.
    """
    features = server_features(config.max_upload_size)
    sockets = Sockets(hub=hub, runner=runner, features=features, heartbeat=config.heartbeat)
    page_routes = Page(directory=page)
    routes = [
        *sockets.routes(),
        *Prompts(runner=runner).routes(),
        *Queue(runner=runner).routes(),
        *HistoryPages(runner=runner).routes(),
        *System(catalogue=catalogue, folders=folders, features=features).routes(),
        *Models(folders=folders).routes(),
        *Views(folders=folders).routes(),
        *Uploads(folders=folders).routes(),
        *Settings(folders=folders).routes(),
        *Userdata(folders=folders, max_size=config.max_upload_size).routes(),
        *page_routes.routes(),
    ]
    app = web.Application(
        client_max_size=config.max_upload_size,
        middlewares=[
            only_own_pages(listens_on=config.host, trusted_hosts=config.trusted_hosts),
            answer_refusals,
        ],
    )
    app.add_routes(
        web.RouteDef(each.method, f"/api{each.path}", each.handler, each.kwargs) for each in routes
    )
    app.add_routes(routes)
    app.add_routes(page_routes.plain_routes())

    async def close_sockets(_: web.Application) -> None:
        await sockets.close()

    app.on_shutdown.append(close_sockets)
    return app
