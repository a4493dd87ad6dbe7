"""A reverse proxy of a few lines that is set up wrongly as a test says."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import aiohttp
from aiohttp import web
from yarl import URL

#: Not passed on: they are of one connection.
_HOP = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "content-length", "upgrade", "content-encoding", "date"}
)

#: Gets path and body of an answer; returns the body that goes on.
Change = Callable[[str, bytes], bytes]


class Proxy:
    """Passes everything on, but for what a test switches off.

    Args:
        upstream: Where to.
        upgrades: Whether WebSockets are passed on; without, the handshake arrives as an ordinary request.
        keeps_host: Whether the Host of the request goes on, as it must; else it is the upstream's own.
        change: Changes answers.
        past: Paths that lead to another upstream.
        late: Seconds that its clock is off.
        keeps: Paths, the query included, whose first answer is kept for everybody.
        forwards: Headers that are added.
    """

    def __init__(
        self,
        upstream: str,
        *,
        upgrades: bool = True,
        keeps_host: bool = True,
        change: Change | None = None,
        past: Mapping[str, str] | None = None,
        late: float = 0.0,
        keeps: Callable[[str], bool] = lambda _: False,
        forwards: Mapping[str, str] | None = None,
    ) -> None:
        self._upstream = upstream
        self._upgrades = upgrades
        self._keeps_host = keeps_host
        self._change = change
        self._past = dict(past or {})
        self._late = late
        self._keeps = keeps
        self._forwards = dict(forwards or {})
        self._kept: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
        """Run it on a free port and give its address."""
        async with aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=True
        ) as self._session:
            app = web.Application(client_max_size=2**30)
            app.router.add_route("*", "/{path:.*}", self._answer)
            runner = web.AppRunner(app, shutdown_timeout=0.1)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
            await site.start()
            try:
                yield f"http{'s' if tls else ''}://127.0.0.1:{runner.addresses[0][1]}"
            finally:
                await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        assert self._session is not None
        upstream = next(
            (url for path, url in self._past.items() if request.path.startswith(path)), self._upstream
        )
        target = URL(f"{upstream}{request.raw_path}", encoded=True)
        headers = {
            name: value for name, value in request.headers.items() if name.lower() not in (*_HOP, "host")
        } | self._forwards
        if self._keeps_host:
            headers["Host"] = request.headers["Host"]
        if request.headers.get("Upgrade", "").lower() == "websocket" and self._upgrades:
            return await self._bridged(request, target, headers)
        if not self._upgrades:
            headers = {
                name: value for name, value in headers.items() if not name.lower().startswith("sec-websocket")
            }
        if request.method == "GET" and self._key(request) in self._kept:
            status, received, body = self._kept[self._key(request)]
            return web.Response(status=status, headers=received, body=body)
        try:
            async with self._session.request(
                request.method, target, headers=headers, data=await request.read(), allow_redirects=False
            ) as answer:
                body = await answer.read()
                received = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP}
                status = answer.status
        except aiohttp.ClientError:
            return web.Response(status=502, text="<h1>502 Bad Gateway</h1>", content_type="text/html")
        if self._change is not None and status == 200:
            body = self._change(request.path, body)
        now = datetime.now(UTC) + timedelta(seconds=self._late)
        received["Date"] = format_datetime(now, usegmt=True)
        if request.method == "GET" and status == 200 and self._keeps(request.raw_path):
            self._kept[self._key(request)] = (status, received, body)
        return web.Response(status=status, headers=received, body=body)

    def _key(self, request: web.Request) -> str:
        """Return what one answer is kept under: a proxy that keeps whole paths leaves the query out."""
        return request.raw_path if not self._keeps(request.path) else request.path

    async def _bridged(
        self, request: web.Request, target: URL, headers: Mapping[str, str]
    ) -> web.StreamResponse:
        assert self._session is not None
        passed = {
            name: value for name, value in headers.items() if not name.lower().startswith("sec-websocket")
        }
        try:
            inner = await self._session.ws_connect(target, headers=passed, max_msg_size=0)
        except aiohttp.WSServerHandshakeError as error:
            return web.Response(status=error.status)
        except aiohttp.ClientError:
            return web.Response(status=502)
        outer = web.WebSocketResponse(max_msg_size=0)
        await outer.prepare(request)

        async def there() -> None:
            async for message in outer:
                if message.type is aiohttp.WSMsgType.TEXT:
                    await inner.send_str(message.data)
                elif message.type is aiohttp.WSMsgType.BINARY:
                    await inner.send_bytes(message.data)

        sending = asyncio.create_task(there())
        with contextlib.suppress(ConnectionError, aiohttp.ClientError):
            async for message in inner:
                if message.type is aiohttp.WSMsgType.TEXT:
                    await outer.send_str(message.data)
                elif message.type is aiohttp.WSMsgType.BINARY:
                    await outer.send_bytes(message.data)
                if sending.done():
                    break
        sending.cancel()
        await asyncio.wait({sending})
        await inner.close()
        await outer.close()
        return outer
