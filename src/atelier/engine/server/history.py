"""`/history`: what ran, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from atelier.engine.runner import JobRunner
from atelier.engine.server.bodies import answer, read_object
from atelier.engine.server.queue import ids_to_delete


@dataclass(frozen=True, kw_only=True)
class HistoryPages:
    """Shows and trims the history of jobs."""

    runner: JobRunner

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/history", self.page),
            web.get("/history/{prompt_id}", self.entry),
            web.post("/history", self.change),
        ]

    async def page(self, request: web.Request) -> web.Response:
        """Return entries by prompt id, oldest first; `max_items` alone means the last ones."""
        max_items = _integer(request, "max_items")
        offset = _integer(request, "offset")
        return answer(self.runner.history.page(max_items, offset))

    async def entry(self, request: web.Request) -> web.Response:
        """Return one entry by its id, or nothing for jobs that are unknown or not done."""
        return answer(self.runner.history.get(request.match_info["prompt_id"]))

    async def change(self, request: web.Request) -> web.Response:
        """Forget entries: `{"clear": true}`, `{"delete": [ids]}`; unknown ids are no error."""
        body = await read_object(request)
        ids = ids_to_delete(body)
        if body.get("clear"):
            self.runner.history.clear()
        if ids:
            self.runner.history.delete(ids)
        return web.Response()


def _integer(request: web.Request, name: str) -> int | None:
    """Return a whole number of the query; ComfyUI answers 500 where it is none."""
    text = request.query.get(name)
    if text is None:
        return None
    try:
        return int(text)
    except ValueError as error:
        raise web.HTTPBadRequest(text=f"'{name}' must be a whole number.") from error
