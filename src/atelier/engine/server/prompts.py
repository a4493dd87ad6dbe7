"""`/prompt`: workflows come in here."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from atelier.engine.runner import JobRunner
from atelier.engine.server.bodies import MalformedJson, answer, read_json
from atelier.engine.server.socket import queue_status


@dataclass(frozen=True, kw_only=True)
class Prompts:
    """Takes workflows, checks and queues them."""

    runner: JobRunner

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/prompt", self.status), web.post("/prompt", self.submit)]

    async def status(self, request: web.Request) -> web.Response:
        return answer(queue_status(self.runner))

    async def submit(self, request: web.Request) -> web.Response:
        """Queue a workflow; 400 with ComfyUI's error documents when it cannot run."""
        try:
            body = await read_json(request)
        except MalformedJson as error:
            fault = {
                "type": "invalid_prompt",
                "message": "The request body is not JSON",
                "details": str(error),
                "extra_info": {},
            }
            return answer({"error": fault, "node_errors": {}}, status=400)
        submitted = self.runner.submit(body if isinstance(body, dict) else {})
        return answer(submitted.document, status=submitted.status)
