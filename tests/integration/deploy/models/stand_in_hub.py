"""A hub of our own, with a separate server for the bytes, that does what is asked of it wrong.

Its answers are those that huggingface_hub 2.4 reads: `HEAD /ORG/NAME/resolve/REVISION/PATH` leads to the
other server and carries X-Repo-Commit, X-Linked-Size and X-Linked-Etag; refusals carry X-Error-Code. The
other server takes ranges. The real hub was never asked by these tests.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

COMMIT = "c0ffee" + "0" * 34
LATER_COMMIT = "decade" + "0" * 34
TOKEN = "hf_standin_0123456789"

Fault = Callable[[web.Request, bytes], Awaitable[web.StreamResponse]]


@dataclass
class Seen:
    """A request that came in."""

    server: str
    method: str
    path: str
    headers: dict[str, str]

    @property
    def range(self) -> str | None:
        return self.headers.get("range")


@dataclass
class StandInHub:
    """Both servers; `faults` are what happens to the next requests for bytes, `hub_faults` to the hub."""

    files: dict[str, bytes] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    faults: deque[Fault] = field(default_factory=deque)
    hub_faults: deque[Fault] = field(default_factory=deque)
    seen: list[Seen] = field(default_factory=list)
    #: Bytes that left the second server.
    sent: int = 0
    #: Validators of the second server; None for none.
    etag: Callable[[bytes], str | None] = lambda content: f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    head_allowed: bool = True
    #: What X-Linked-Etag says; None for the digest that a large file has.
    linked_etag: str | None = None
    #: What the hub signs the second server's addresses with.
    query: str = "?signature=secret"
    hub_url: str = ""
    bytes_url: str = ""
    _runners: list[web.AppRunner] = field(default_factory=list)

    async def start(self) -> None:
        hub, store = web.Application(), web.Application()
        hub.router.add_route("*", "/{org}/{name}/resolve/{revision}/{path:.+}", self._resolve)
        store.router.add_route("*", "/blob/{org}/{name}/{path:.+}", self._blob)
        urls = []
        for application in (hub, store):
            runner = web.AppRunner(application, shutdown_timeout=0.1)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self._runners.append(runner)
            urls.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
        self.hub_url, self.bytes_url = urls

    async def stop(self) -> None:
        for runner in self._runners:
            await runner.cleanup()

    def direct(self, key: str) -> str:
        """Return an address of a file without the hub."""
        return f"{self.bytes_url}/blob/{key}"

    def gets(self, server: str = "bytes") -> list[Seen]:
        return [each for each in self.seen if each.server == server and each.method == "GET"]

    def _note(self, server: str, request: web.Request) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append(Seen(server, request.method, request.raw_path, headers))

    async def _resolve(self, request: web.Request) -> web.StreamResponse:
        self._note("hub", request)
        part = request.match_info
        repository = f"{part['org']}/{part['name']}"
        content = self.files.get(f"{repository}/{part['path']}")
        if self.hub_faults:
            return await self.hub_faults.popleft()(request, content or b"")
        authorization = request.headers.get("Authorization")
        if authorization not in (None, f"Bearer {TOKEN}"):
            raise web.HTTPUnauthorized(
                headers={"X-Error-Message": "Invalid credentials in Authorization header"}
            )
        if repository in self.gated and authorization is None:
            raise web.HTTPUnauthorized(
                headers={"X-Error-Code": "GatedRepo", "X-Error-Message": "Access is restricted."}
            )
        if not any(each.startswith(f"{repository}/") for each in self.files):
            raise web.HTTPUnauthorized(headers={"X-Error-Code": "RepoNotFound"})
        if content is None:
            raise web.HTTPNotFound(headers={"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
        revision = COMMIT if part["revision"] == "main" else part["revision"]
        if revision not in (COMMIT, LATER_COMMIT):
            raise web.HTTPNotFound(headers={"X-Error-Code": "RevisionNotFound"})
        etag = self.linked_etag or hashlib.sha256(content).hexdigest()
        headers = {
            "Location": self.direct(f"{repository}/{part['path']}") + self.query,
            "X-Repo-Commit": revision,
            "X-Linked-Size": str(len(content)),
            "X-Linked-Etag": f'"{etag}"',
            "X-Xet-Hash": hashlib.sha256(b"xet" + content).hexdigest(),
            "Link": f'<{self.hub_url}/api/models/{repository}/xet-read-token/{revision}>; rel="xet-auth"',
        }
        return web.Response(status=302, headers=headers)

    async def _blob(self, request: web.Request) -> web.StreamResponse:
        self._note("bytes", request)
        part = request.match_info
        content = self.files.get(f"{part['org']}/{part['name']}/{part['path']}")
        if content is None:
            raise web.HTTPNotFound
        if request.method == "HEAD":
            if not self.head_allowed:
                raise web.HTTPMethodNotAllowed("HEAD", ["GET"])
            return web.Response(headers={"Content-Length": str(len(content)), **self._tag(content)})
        if self.faults:
            return await self.faults.popleft()(request, content)
        return await self.serve(request, content)

    def _tag(self, content: bytes) -> dict[str, str]:
        etag = self.etag(content)
        return {} if etag is None else {"ETag": etag}

    async def serve(
        self, request: web.Request, content: bytes, *, cut_after: int | None = None, ranges: bool = True
    ) -> web.StreamResponse:
        """Answer as a server should; or cut the connection after some bytes of the body."""
        headers = self._tag(content)
        start, status = 0, 200
        asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        condition = request.headers.get("If-Range")
        if ranges and asked and condition in (None, headers.get("ETag")):
            start, status = int(asked[1]), 206
            if start >= len(content):
                return web.Response(status=416, headers={"Content-Range": f"bytes */{len(content)}"})
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        body = content[start:]
        answer = web.StreamResponse(status=status, headers=headers)
        answer.content_length = len(body)
        await answer.prepare(request)
        body = body if cut_after is None else body[:cut_after]
        await answer.write(body)
        self.sent += len(body)
        if cut_after is not None and request.transport is not None:
            request.transport.close()
            return answer
        await answer.write_eof()
        return answer

    # What can go wrong, to be put into `faults`.

    def cut(self, after: int) -> Fault:
        async def fault(request: web.Request, content: bytes) -> web.StreamResponse:
            return await self.serve(request, content, cut_after=after)

        return fault

    def status(self, status: int, **headers: str) -> Fault:
        async def fault(request: web.Request, content: bytes) -> web.StreamResponse:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return web.Response(status=status, headers=named)

        return fault

    def other_bytes(self, change: Callable[[bytes], bytes]) -> Fault:
        async def fault(request: web.Request, content: bytes) -> web.StreamResponse:
            return await self.serve(request, change(content))

        return fault

    def without_ranges(self) -> Fault:
        async def fault(request: web.Request, content: bytes) -> web.StreamResponse:
            return await self.serve(request, content, ranges=False)

        return fault

    def raw(self, head: str, body: bytes, *, close: bool = True) -> Fault:
        """Write an answer as it stands, with whatever is wrong in it."""

        async def fault(request: web.Request, content: bytes) -> web.StreamResponse:
            assert request.transport is not None
            request.transport.write(head.replace("\n", "\r\n").encode() + b"\r\n" + body)
            self.sent += len(body)
            if close:
                request.transport.close()
            return web.Response()

        return fault

    def silent_after(self, count: int, until: Callable[[], Awaitable[object]]) -> Fault:
        """Send some bytes, and no more until the other side goes or `until` is over."""

        async def fault(request: web.Request, content: bytes) -> web.StreamResponse:
            answer = web.StreamResponse(headers=self._tag(content))
            answer.content_length = len(content)
            await answer.prepare(request)
            await answer.write(content[:count])
            self.sent += count
            await until()
            if request.transport is not None:
                request.transport.close()
            return answer

        return fault
