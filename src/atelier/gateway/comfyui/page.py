"""The stock page, passed through from an engine, and the lists of what it loads besides."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import MappingProxyType

import aiohttp
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from atelier.errors import DeadlineExceeded, ServerUnreachable
from atelier.gateway.bodies import answer
from atelier.gateway.comfyui.routing import ComfyUIRoute, get
from atelier.gateway.guard import guarded
from atelier.gateway.identity import Identity
from atelier.gateway.mounting import own_path
from atelier.gateway.upstream import Upstream

#: The page's files, and those of engines' custom nodes; nothing else is passed through.
FOLDERS = ("assets", "cursor", "docs", "extensions", "fonts", "lib", "scripts", "templates")
FILES = ("", "index.html", "favicon.ico", "materialdesignicons.min.css", "user.css")

#: What of the engine's answer goes on to the client.
_PASSED = (
    "content-type",
    "content-length",
    "content-encoding",
    "content-range",
    "accept-ranges",
    "etag",
    "last-modified",
    "cache-control",
    "vary",
)
_OWN = MappingProxyType(
    {
        # The page's scripts are what they are; another site must not put it into a frame.
        "Content-Security-Policy": "frame-ancestors 'self'",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
)
#: Seconds for what is small.
_WHOLE = 30.0
#: Bytes that are read at once and sent in one piece; more goes on as it comes.
_SMALL = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class Page:
    """Serves the page that an engine serves."""

    upstream: Upstream

    def routes(self) -> list[ComfyUIRoute]:
        """The routes that exist under `/api` too."""
        return [
            get("/extensions", "page:use", self.listing),
            get("/workflow_templates", "page:use", self.listing),
            get("/i18n", "page:use", self.listing),
        ]

    def plain_routes(self) -> list[BaseRoute]:
        """The routes that exist once."""
        endpoint = guarded("page:use", self.file)
        paths = [f"/{name}" for name in FILES] + [f"/{folder}/{{path:path}}" for folder in FOLDERS]
        return [Route(path, endpoint, methods=["GET"]) for path in paths]

    async def listing(self, request: Request, identity: Identity) -> Response:
        """Return what an engine says; an empty document where it has no such list."""
        found = await self.upstream.document(own_path(request).removeprefix("/api"))
        return answer({} if found is None else found)

    async def file(self, request: Request, identity: Identity) -> Response:
        """Pass on a file of the page."""
        path = own_path(request)
        if any(part in (".", "..") for part in path.split("/")) or "\\" in path:
            raise HTTPException(404)
        response = await self.upstream.begun(path, request.headers)
        if response.status in (200, 206, 404, 416) and not _is_small(response):
            return _Streamed(response, headers=_headers(response))
        async with response:
            if response.status not in (200, 206, 304, 404, 416):
                raise HTTPException(404)
            return Response(await _whole(response), status_code=response.status, headers=_headers(response))


def _headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    return {name: response.headers[name] for name in _PASSED if name in response.headers} | _OWN


def _is_small(response: aiohttp.ClientResponse) -> bool:
    return response.content_length is not None and response.content_length <= _SMALL


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    """Return what an engine sends.

    Raises:
        DeadlineExceeded: it takes too long.
        ServerUnreachable: it broke off.
    """
    try:
        if response.content.is_eof():
            # It came with the headers: nothing is waited for.
            return await response.read()
        async with asyncio.timeout(_WHOLE):
            return await response.read()
    except TimeoutError as error:
        raise DeadlineExceeded(f"The engine did not send all of it within {_WHOLE:g} s.") from error
    except (aiohttp.ClientError, OSError) as error:
        raise ServerUnreachable(f"The engine broke off its answer ({type(error).__name__}).") from error


async def _pieces(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """Yield what an engine sends as it comes.

    Raises:
        DeadlineExceeded: nothing more came for too long.
    """
    try:
        while True:
            async with asyncio.timeout(_WHOLE):
                piece = await response.content.read(_SMALL)
            if not piece:
                return
            yield piece
    except TimeoutError as error:
        raise DeadlineExceeded(f"The engine sent nothing more for {_WHOLE:g} s.") from error


class _Streamed(StreamingResponse):
    """Passes on what the engine sends, and lets its answer go when the client's is over, however it ended."""

    def __init__(self, response: aiohttp.ClientResponse, *, headers: dict[str, str]) -> None:
        super().__init__(_pieces(response), status_code=response.status, headers=headers)
        self._response = response

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._response:
            await super().__call__(scope, receive, send)
