"""What the engines answer to everybody alike: their page, node classes and models; nothing of an account's.

Nothing that a client sent goes along but the path and a few harmless headers: no cookie, no token, no Origin.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from atelier.errors import AnswerTooLarge, AnswerUnusable, DeadlineExceeded, ServerUnreachable

#: Seconds for a connection, for an answer to begin, and for a whole document: an engine that draws is slow.
_CONNECT, _BEGIN, _WHOLE = 5.0, 15.0, 30.0
#: Seconds that those who answer wait for those who do not.
_TOGETHER = 5.0
#: Bytes of a document; /object_info with hundreds of custom nodes has a few millions.
_LARGEST = 64 * 1024 * 1024

_ASKED = ("accept", "accept-encoding", "if-none-match", "if-modified-since", "range", "if-range")


@dataclass(frozen=True, kw_only=True)
class EngineAddress:
    """An engine as the gateway reaches it."""

    name: str
    url: str
    #: What it wants as a bearer token.
    token: str | None = field(default=None, repr=False)


class Upstream:
    """Asks the engines, the one that answered last first."""

    def __init__(self, engines: Sequence[EngineAddress]) -> None:
        self._engines = list(engines)
        self._session: aiohttp.ClientSession | None = None

    def __len__(self) -> int:
        return len(self._engines)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def document(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """Return the JSON document that the first engine answers; None for a 404.

        Raises:
            ServerUnreachable, DeadlineExceeded: no engine answers.
            AnswerUnusable: what it answers is no JSON.
        """
        failed: Exception = ServerUnreachable("No engine is configured.")
        for engine in tuple(self._engines):
            try:
                found = await self._document(engine, path, params)
            except (ServerUnreachable, DeadlineExceeded, AnswerUnusable) as error:
                failed = error
                continue
            self._prefer(engine)
            return found
        raise failed

    async def documents(self, path: str, *, seconds: float = _TOGETHER) -> dict[str, Any]:
        """Return what every engine that answers in time says, by its name; nothing for a 404."""
        asked = tuple(self._engines)
        found = await asyncio.gather(
            *(self._document(each, path, None, seconds=seconds) for each in asked), return_exceptions=True
        )
        said = {}
        for engine, document in zip(asked, found, strict=True):
            if isinstance(document, ServerUnreachable | DeadlineExceeded | AnswerUnusable):
                continue
            if isinstance(document, BaseException):
                raise document
            if document is not None:
                said[engine.name] = document
        return said

    async def post(self, path: str, document: object) -> None:
        """Send a document to every engine; those that do not answer are passed over."""

        async def send(engine: EngineAddress) -> None:
            try:
                async with (
                    asyncio.timeout(_BEGIN),
                    self._opened().post(
                        _address(engine.url, path),
                        json=document,
                        headers=_headers(engine),
                        allow_redirects=False,
                    ),
                ):
                    pass
            except (aiohttp.ClientError, OSError):
                return

        await asyncio.gather(*map(send, self._engines))

    async def begun(self, path: str, headers: Mapping[str, str]) -> aiohttp.ClientResponse:
        """Return the answer of the first engine that begins one, its body still to be read; to be closed.

        Args:
            path: Decoded; without "." and ".." parts.
            headers: The client's, of which the harmless ones go along.

        Raises:
            ServerUnreachable, DeadlineExceeded: no engine answers.
        """
        failed: Exception = ServerUnreachable("No engine is configured.")
        asked = {name: headers[name] for name in _ASKED if name in headers}
        for engine in tuple(self._engines):
            try:
                async with asyncio.timeout(_BEGIN):
                    response = await self._opened().get(
                        _address(engine.url, path), headers=asked | _headers(engine), allow_redirects=False
                    )
            except TimeoutError as error:
                failed = DeadlineExceeded(f"{engine.name} did not answer within {_BEGIN:g} s.")
                failed.__cause__ = error
            except (aiohttp.ClientError, OSError) as error:
                failed = ServerUnreachable(f"{engine.name} does not answer ({type(error).__name__}).")
            else:
                self._prefer(engine)
                return response
        raise failed

    async def _document(
        self,
        engine: EngineAddress,
        path: str,
        params: Mapping[str, str] | None,
        *,
        seconds: float = _WHOLE,
    ) -> Any:
        try:
            async with (
                asyncio.timeout(seconds),
                self._opened().get(
                    _address(engine.url, path),
                    params=params or None,
                    headers=_headers(engine),
                    allow_redirects=False,
                ) as response,
            ):
                if response.status == 404:
                    return None
                if response.status != 200:
                    raise AnswerUnusable(f"{engine.name} answered {response.status} to {path}.")
                body = bytearray()
                async for piece in response.content.iter_any():
                    body += piece
                    if len(body) > _LARGEST:
                        raise AnswerTooLarge(f"{engine.name} answers {path} with more than {_LARGEST} bytes.")
        except TimeoutError as error:
            raise DeadlineExceeded(f"{engine.name} did not answer {path} within {seconds:g} s.") from error
        except (aiohttp.ClientError, OSError) as error:
            raise ServerUnreachable(f"{engine.name} does not answer ({type(error).__name__}).") from None
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise AnswerUnusable(f"What {engine.name} answers to {path} is no JSON.") from error

    def _prefer(self, engine: EngineAddress) -> None:
        if self._engines[0] is not engine:
            self._engines.remove(engine)
            self._engines.insert(0, engine)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                auto_decompress=False,
                # The engines' cookies are nobody's here.
                cookie_jar=aiohttp.DummyCookieJar(),
                # Every request has a deadline of its own.
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT),
                connector=aiohttp.TCPConnector(limit=64),
            )
        return self._session


# A class loads the same few hundred files.
@lru_cache(maxsize=4096)
def _address(engine: str, path: str) -> URL:
    return URL(engine + quote(path, safe="/-._~!$&'()*+,;=:@"), encoded=True)


def _headers(engine: EngineAddress) -> dict[str, str]:
    return {} if engine.token is None else {"Authorization": f"Bearer {engine.token}"}
