"""`GET /`: the stock ComfyUI page where it is installed, and a note on how to get it where it is not."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from aiohttp import hdrs, web

from atelier.engine.folders import confine
from atelier.engine.server.bodies import answer
from atelier.errors import FileOutside

_PACKAGE = "comfyui_frontend_package"

#: A script of ours that the page loads with its own.
_MISSING_LOADERS = Path(__file__).with_name("missing_loaders.js")
_MISSING_LOADERS_URL = "/extensions/atelier/missing_loaders.js"

_NOTE = """\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Atelier's embedded engine</title>
<style>body { font: 1.1em/1.5 sans-serif; max-width: 40em; margin: 4em auto; padding: 0 1em }</style>
<h1>Atelier's embedded engine</h1>
<p>This engine draws pictures on the CPU. It speaks ComfyUI's protocol: any ComfyUI client may use it.</p>
<p>To use the ComfyUI page here, install it and start the engine again:</p>
<pre>pip install "comfy-atelier[page]"</pre>
"""


def find_page() -> Path | None:
    """Return the directory of the installed stock page, without importing its package."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    directory = Path(spec.origin).parent / "static"
    return directory if (directory / "index.html").is_file() else None


@dataclass(frozen=True, kw_only=True)
class Page:
    """Serves the page and what it asks for besides ComfyUI's protocol proper."""

    #: The page's files; None where it is not installed.
    directory: Path | None

    def routes(self) -> list[web.RouteDef]:
        """The routes that exist under `/api` too."""
        return [
            web.get("/extensions", self.extensions),
            web.get("/workflow_templates", self.nothing),
            web.get("/i18n", self.nothing),
        ]

    def plain_routes(self) -> list[web.RouteDef]:
        """The routes that exist once; the last one takes whatever path is left."""
        routes = [
            web.get("/", self.index),
            web.get("/internal/logs", self.logs),
            web.get("/internal/logs/raw", self.raw_logs),
            web.patch("/internal/logs/subscribe", self.subscribe),
            web.get("/internal/folder_paths", self.nothing),
            web.get("/templates/index.json", self.templates),
        ]
        if self.directory is not None:
            routes.append(web.get(_MISSING_LOADERS_URL, self.missing_loaders))
            routes.append(web.get("/{path:.*}", self.file))
        return routes

    async def index(self, request: web.Request) -> web.StreamResponse:
        headers = {hdrs.CACHE_CONTROL: "no-cache"}
        if self.directory is None:
            return web.Response(text=_NOTE, content_type="text/html", headers=headers)
        return web.FileResponse(self.directory / "index.html", headers=headers)

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Return a file of the page."""
        if self.directory is None:
            raise web.HTTPNotFound
        try:
            path = confine(self.directory, Path(request.match_info["path"]))
        except FileOutside as error:
            raise web.HTTPNotFound from error
        if not path.is_file():
            raise web.HTTPNotFound
        return web.FileResponse(path, headers={hdrs.CACHE_CONTROL: "no-cache"})

    async def extensions(self, request: web.Request) -> web.Response:
        """List the scripts that the page shall load: those that come with it, and one of ours."""
        if self.directory is None:
            return answer([])
        scripts = (self.directory / "extensions").rglob("*.js")
        names = sorted(f"/{each.relative_to(self.directory).as_posix()}" for each in scripts)
        return answer([*names, _MISSING_LOADERS_URL])

    async def missing_loaders(self, request: web.Request) -> web.StreamResponse:
        headers = {hdrs.CACHE_CONTROL: "no-cache", hdrs.CONTENT_TYPE: "text/javascript; charset=utf-8"}
        return web.FileResponse(_MISSING_LOADERS, headers=headers)

    async def nothing(self, request: web.Request) -> web.Response:
        """Answer with an empty document: there are no custom nodes, and paths of the host stay here."""
        return answer({})

    async def templates(self, request: web.Request) -> web.Response:
        return answer([])

    async def logs(self, request: web.Request) -> web.Response:
        """Return no log: it would tell every visitor about all the others."""
        return answer("")

    async def raw_logs(self, request: web.Request) -> web.Response:
        return answer({"entries": [], "size": {"cols": 80, "rows": 24}})

    async def subscribe(self, request: web.Request) -> web.Response:
        return web.Response()
