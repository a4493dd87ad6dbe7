"""HTTP and WebSocket to one server: deadlines, bounds, the token, and foreign errors made ours."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncGenerator, Callable, Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp
from yarl import URL

from atelier.client._refusals import Answer, excerpt, pause_after, refusal
from atelier.client._token import Token
from atelier.errors import (
    AnswerTooLarge,
    AnswerUnusable,
    DeadlineExceeded,
    ServerUnreachable,
    TooManyRequests,
    UsageError,
)

#: Bytes of an error page that are read.
_ERROR_PAGE = 64 * 1024

#: Seconds to wait after a 429 that names no time; doubled each time.
_FIRST_WAIT = 0.5

#: Bytes of one WebSocket message; SaveImageWebsocket sends whole pictures.
_MESSAGE_LIMIT = 64 * 1024 * 1024

#: Seconds for opening the WebSocket; without it a run goes on by asking.
_HANDSHAKE = 10.0

#: Seconds between pings, which keep proxies from closing an idle socket.
_HEARTBEAT = 30.0

#: Bytes of a streamed body that are handed on at a time, at most.
_PIECE = 256 * 1024

#: Seconds that a closing socket waits for the server to agree.
_FAREWELL = 1.0

#: Makes the form of an upload anew, since a form can be sent once only.
Form = Callable[[], aiohttp.FormData]


class Transport:
    """Sends requests to one server and returns its answers, or raises one of Atelier's exceptions."""

    def __init__(
        self,
        base_url: str,
        *,
        token: str | None,
        request_timeout: float,
        answer_limit: int,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.base_url = _checked(base_url)
        self._tls = tls
        self.token = None if token is None else Token(token)
        self.request_timeout = request_timeout
        self.answer_limit = answer_limit
        self._opened: aiohttp.ClientSession | None = None
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections, for good; requests under way end with ServerUnreachable or UsageError."""
        self._closed = True
        if self._opened is not None:
            await self._opened.close()
            self._opened = None

    async def get_json(self, path: str) -> Any:
        """Return the JSON value that GET answers."""
        answer = await self.request("GET", path, repeatable=True)
        return self.json_of(answer)

    async def post(self, path: str, document: object) -> None:
        """POST a document that may arrive twice without harm; the answer's body does not matter."""
        await self.request("POST", path, document=document, repeatable=True)

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        document: object = None,
        content: bytes | None = None,
        form: Form | None = None,
        repeatable: bool = False,
        accept: frozenset[int] = frozenset(),
        seconds: float | None = None,
        limit: int | None = None,
    ) -> Answer:
        """Return the answer of a request that succeeds.

        Args:
            document: Sent as JSON.
            content: Sent as it is, in the place of a document.
            form: Makes the form to send.
            repeatable: Whether it may arrive twice. If so, a 429 is waited out within the deadline, and a
                connection that breaks is tried once more.
            accept: Statuses that are returned although they are no success.
            seconds: For all of it; None for the client's.
            limit: Bytes of the answer; None for the client's.

        Raises:
            ServerUnreachable, DeadlineExceeded, AnswerTooLarge, and what `refusal` returns.
            UsageError: the document cannot be written as JSON, or the client is closed.
        """
        allowed = self.request_timeout if seconds is None else seconds
        where = f"{self.base_url}: {method} {path}"
        body = content if document is None else _json_bytes(document)
        refused: TooManyRequests | None = None
        broken = 0
        wait = _FIRST_WAIT
        try:
            async with asyncio.timeout(allowed) as deadline:
                while True:
                    try:
                        answer = await self._exchange(where, method, path, params, body, form, limit)
                    except ServerUnreachable as error:
                        broken += 1
                        if not (repeatable and error.sent and broken == 1):
                            raise
                        continue
                    problem = refusal(answer, self.token)
                    if problem is None or answer.status in accept:
                        return answer
                    if not (repeatable and isinstance(problem, TooManyRequests)):
                        raise problem
                    refused = problem
                    pause = pause_after(problem, wait)
                    if asyncio.get_running_loop().time() + pause >= (deadline.when() or 0):
                        raise problem
                    await asyncio.sleep(pause)
                    wait *= 2
        except TimeoutError as error:
            if refused is not None:
                raise refused from error
            raise DeadlineExceeded(
                f"{where} got no complete answer within {allowed:g} s. The server is busy or hangs; "
                "try again, or allow more with request_timeout=..."
            ) from error

    async def _exchange(
        self,
        where: str,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        body: bytes | None,
        form: Form | None,
        limit: int | None,
    ) -> Answer:
        try:
            async with self._session().request(
                method,
                self._url(path),
                params=params or None,
                data=body if form is None else form(),
                headers=self._headers() | ({} if body is None else {"Content-Type": "application/json"}),
                allow_redirects=False,
            ) as response:
                # A redirect or an error page may be endless; its beginning says enough. ComfyUI's findings
                # (400) are wanted whole.
                whole = response.status < 300 or response.status == 400
                allowed = (self.answer_limit if limit is None else limit) if whole else _ERROR_PAGE
                read = await _read(response, allowed, where if whole else None)
                received = {name.lower(): value for name, value in response.headers.items()}
                return Answer(where=where, status=response.status, headers=received, body=read)
        except aiohttp.ClientConnectorCertificateError as error:
            raise ServerUnreachable(
                f"{self.base_url} shows a certificate that cannot be trusted: "
                f"{error.certificate_error}. Ask whoever runs it."
            ) from error
        except aiohttp.ClientConnectorError as error:
            raise ServerUnreachable(
                f"Nothing answers at {self.base_url}: {error.os_error.strerror or error.os_error}. "
                "Is the server running, and is the address right?"
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            reason = type(error).__name__
        # Raised out here since some of aiohttp's errors hold the request's headers, token included.
        raise ServerUnreachable(f"{where}: the connection broke off ({reason}). Try again.", sent=True)

    async def stream(
        self, path: str, *, params: Mapping[str, str] | None = None, seconds: float, limit: int
    ) -> AsyncGenerator[bytes, None]:
        """Yield the body that GET answers piece by piece; close the generator when the rest is not wanted.

        Args:
            seconds: For all of it, the time that the reader takes included.
            limit: Bytes of the body.

        Raises:
            ServerUnreachable, DeadlineExceeded, AnswerTooLarge, and what `refusal` returns.
        """
        where = f"{self.base_url}: GET {path}"
        try:
            async with self._session().get(
                self._url(path),
                params=params or None,
                headers=self._headers(),
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=seconds),
            ) as response:
                if not 200 <= response.status < 300:
                    received = {name.lower(): value for name, value in response.headers.items()}
                    page = await _read(response, _ERROR_PAGE, None)
                    problem = refusal(
                        Answer(where=where, status=response.status, headers=received, body=page), self.token
                    )
                    raise problem or AnswerUnusable(f"{where} answered {response.status}.")
                left = limit
                async for piece in response.content.iter_chunked(_PIECE):
                    left -= len(piece)
                    if left < 0:
                        raise AnswerTooLarge(f"{where} answered more than {limit / 2**20:g} MiB.")
                    yield piece
                return
        except TimeoutError as error:
            raise DeadlineExceeded(
                f"{where} got no complete answer within {seconds:g} s. Try again."
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            reason = type(error).__name__
        # Raised out here since some of aiohttp's errors hold the request's headers, token included.
        raise ServerUnreachable(f"{where}: the connection broke off ({reason}). Try again.", sent=True)

    def json_of(self, answer: Answer) -> Any:
        """Return the JSON value of an answer.

        Raises:
            AnswerUnusable: it is no JSON.
        """
        with contextlib.suppress(ValueError, RecursionError):
            return json.loads(answer.body)
        # Raised out here since json's error holds the whole answer, which may repeat the token.
        raise AnswerUnusable(
            f"{answer.where} answered {answer.media_type or 'something'} that is no JSON"
            f"{excerpt(answer, self.token)}. Is this a ComfyUI server?"
        )

    def object_of(self, value: Any, path: str) -> dict[str, Any]:
        """Return a JSON value that must be an object.

        Raises:
            AnswerUnusable: it is none.
        """
        if not isinstance(value, dict):
            raise AnswerUnusable(
                f"{self.base_url}{path} answered a {type(value).__name__} where ComfyUI answers an object. "
                "Is this a ComfyUI server?"
            )
        return value

    async def open_socket(
        self, client_id: str, *, heartbeat: float = _HEARTBEAT
    ) -> aiohttp.ClientWebSocketResponse:
        """Open the WebSocket of a client id.

        Args:
            client_id: Whose messages it gets.
            heartbeat: Seconds of silence until a ping; the socket is closed when half as many more bring no
                answer.

        Raises:
            ServerUnreachable: it cannot be opened; the message says why.
        """
        reason: str
        try:
            async with asyncio.timeout(min(self.request_timeout, _HANDSHAKE)):
                return await self._session().ws_connect(
                    self._url("/ws"),
                    params={"clientId": client_id},
                    headers=self._headers(),
                    heartbeat=heartbeat,
                    timeout=aiohttp.ClientWSTimeout(ws_close=_FAREWELL),
                    max_msg_size=_MESSAGE_LIMIT,
                    compress=0,
                )
        except aiohttp.WSServerHandshakeError as error:
            reason = f"it answered {error.status}"
        except TimeoutError:
            reason = "it gave no answer in time"
        except (aiohttp.ClientError, OSError) as error:
            reason = type(error).__name__
        # Raised out here since aiohttp's handshake error holds the request's headers, token included.
        raise ServerUnreachable(f"The WebSocket of {self.base_url} does not open: {reason}.")

    def _session(self) -> aiohttp.ClientSession:
        if self._closed:
            raise UsageError("The client is closed: make a new one.")
        if self._opened is None:
            self._opened = aiohttp.ClientSession(
                # Shorter than any server's own keep-alive, so that no request meets a closing connection.
                connector=aiohttp.TCPConnector(keepalive_timeout=4, ssl=self._tls or True),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
            )
        return self._opened

    def _headers(self) -> dict[str, str]:
        return {} if self.token is None else self.token.header

    def _url(self, path: str) -> URL:
        return URL(self.base_url + path, encoded=True)


async def _read(response: aiohttp.ClientResponse, limit: int, where: str | None) -> bytes:
    """Return the body; beyond `limit` raise, or stop there where `where` is None."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > limit:
            if where is None:
                break
            raise AnswerTooLarge(
                f"{where} answered more than {limit / 2**20:g} MiB, so it was cut off. "
                "Is the address right? If so, allow more with answer_limit=..."
            )
    return bytes(body)


def _json_bytes(document: object) -> bytes:
    try:
        return json.dumps(document, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(
            f"What is to be sent cannot be written as JSON: {error}. "
            "Use dictionaries with string keys, lists, strings, finite numbers, booleans and None."
        ) from error


def _checked(base_url: str) -> str:
    try:
        url = URL(base_url.strip())
    except ValueError as error:
        raise UsageError(f"'{base_url}' is no address. Write it as http://127.0.0.1:8188.") from error
    if url.user is not None or url.password is not None:
        raise UsageError("The address carries a user name or password. Pass the token as token=... instead.")
    if url.scheme not in ("http", "https") or not url.host:
        raise UsageError(f"'{base_url}' is no address of a server. Write it as http://127.0.0.1:8188.")
    if url.query_string or url.fragment:
        raise UsageError("The address has a part after '?' or '#'. Pass the token as token=... instead.")
    return str(url).rstrip("/")
