"""`/queue`, `/interrupt` and `/free`: what runs and waits, and how to stop it."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from atelier.engine.runner import JobRunner
from atelier.engine.server.bodies import MalformedJson, answer, read_json, read_object


@dataclass(frozen=True, kw_only=True)
class Queue:
    """Shows and changes the queue, and stops the job that runs."""

    runner: JobRunner

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/queue", self.show),
            web.post("/queue", self.change),
            web.post("/interrupt", self.interrupt),
            web.post("/free", self.free),
        ]

    async def show(self, request: web.Request) -> web.Response:
        running, pending = self.runner.queue.snapshot()
        return answer({"queue_running": running, "queue_pending": pending})

    async def change(self, request: web.Request) -> web.Response:
        """Drop pending jobs: `{"clear": true}`, `{"delete": [ids]}`; unknown ids are no error."""
        body = await read_object(request)
        ids = ids_to_delete(body)
        if body.get("clear"):
            self.runner.queue.clear()
        if ids:
            self.runner.queue.delete(ids)
        return web.Response()

    async def interrupt(self, request: web.Request) -> web.Response:
        """Stop the job named by `{"prompt_id": id}`, or whichever runs when no id is given."""
        try:
            body = await read_json(request)
        except MalformedJson:
            body = {}
        prompt_id = body.get("prompt_id") if isinstance(body, dict) else None
        self.runner.interrupt(str(prompt_id) if prompt_id else None)
        return web.Response()

    async def free(self, request: web.Request) -> web.Response:
        """Let go of models (`unload_models`) or of cached results too (`free_memory`), between two jobs."""
        body = await read_object(request)
        self.runner.free(
            unload_models=bool(body.get("unload_models")), free_memory=bool(body.get("free_memory"))
        )
        return web.Response()


def ids_to_delete(body: dict[str, object]) -> list[str]:
    """Return the ids in `{"delete": [ids]}`; those that are no text name nothing.

    Raises:
        web.HTTPBadRequest: `delete` is no list.
    """
    ids = body.get("delete", [])
    if not isinstance(ids, list):
        raise web.HTTPBadRequest(text="'delete' must be a list of prompt ids.")
    return [each for each in ids if isinstance(each, str)]
