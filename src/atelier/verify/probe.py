"""Sends single requests and keeps what came back, whatever it was."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import json
import socket
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp.connector import Connection
from yarl import URL

from atelier.verify.evidence import Exchange
from atelier.verify.outcome import Failed
from atelier.verify.redaction import Redaction

#: Characters of an answer that a report quotes.
_EXCERPT = 300
#: Bytes of an answer that are read.
_LIMIT = 64 * 2**20
#: Headers that a report shows of a request.
_SHOWN = frozenset({"Authorization", "Origin", "Accept", "Cookie", "Content-Type"})

#: OpenSSL's codes of a certificate that is refused (X509_V_ERR_*).
_CERTIFICATES = {
    9: ("certificate-early", "the certificate is not valid yet"),
    10: ("certificate-expired", "the certificate has expired"),
    18: ("certificate-untrusted", "the certificate has signed itself"),
    19: ("certificate-untrusted", "nobody whom this machine trusts stands at the end of the chain"),
    20: ("certificate-untrusted", "the authority that signed the certificate is not known here"),
    21: ("certificate-untrusted", "the chain is not complete, or its authority is not known here"),
    62: ("certificate-name", "the certificate is for another name"),
    64: ("certificate-name", "the certificate is not for this IP address"),
}
_CERTIFICATE_REMEDIES = {
    "certificate-early": "Set the clocks of both machines; then the certificate, if it still is refused.",
    "certificate-expired": "Renew it, and see why the proxy did not: its log says so.",
    "certificate-untrusted": "Let the proxy send the whole chain, or give its authority with --ca-file.",
    "certificate-name": "Ask for the server by the name in its certificate, or have one made for this name.",
}


#: The address that the latest answer of this task came from; of a refused handshake nothing else tells it.
_peer: ContextVar[str] = ContextVar("peer", default="")


class _Answer(aiohttp.ClientResponse):
    """An answer that notes which address it came from."""

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        if connection.transport is not None:
            _peer.set(address_text(connection.transport.get_extra_info("peername")))
        answer = await super().start(connection)
        if "Upgrade" in self.request_info.headers and 300 <= self.status < 400:
            # aiohttp would follow, and a handshake elsewhere proves nothing of this server.
            raise aiohttp.WSServerHandshakeError(
                self.request_info, self.history, status=self.status, headers=self.headers
            )
        return answer


class Probe:
    """Sends requests to one base address.

    Args:
        base: Without a slash at its end.
        tls: Whom to trust.
        redaction: Hides secrets in what is kept.
        seconds: For one request, unless a check says otherwise; each check has its own deadline besides.
    """

    def __init__(self, base: URL, *, tls: ssl.SSLContext, redaction: Redaction, seconds: float) -> None:
        self.base = base
        self._patience = seconds
        self._redaction = redaction
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=tls, limit=32, keepalive_timeout=4),
            cookie_jar=aiohttp.DummyCookieJar(),
            response_class=_Answer,
            timeout=aiohttp.ClientTimeout(total=None),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    def address(self, path: str) -> URL:
        """Return the address of a path below the base; a whole address stays what it is."""
        return URL(path if "://" in path else f"{self.base}{path}", encoded=True)

    async def send(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        document: object = None,
        content: bytes | None = None,
        form: aiohttp.FormData | None = None,
        seconds: float | None = None,
    ) -> Exchange:
        """Return what came back; redirects are not followed, so that no token goes astray.

        An exchange without a status says in `error`, behind a code and a colon, why none came.

        Args:
            document: Sent as JSON.
            content: Sent as it is.
            seconds: For all of it; None for the probe's own.
        """
        seconds = self._patience if seconds is None else seconds
        url = self.address(path)
        if params:
            url = url.with_query(params)
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        body: Any = form if form is not None else content
        if document is not None:
            body = json.dumps(document).encode()
            sent.setdefault("Content-Type", "application/json")
        request, shown = f"{method} {url}", {name: value for name, value in sent.items() if name in _SHOWN}
        began = time.perf_counter()
        _peer.set("")
        try:
            async with asyncio.timeout(seconds):
                async with self._session.request(
                    method, url, headers=sent, data=body, allow_redirects=False
                ) as response:
                    received = await _read(response)
                    status, answered = response.status, dict(response.headers)
                    cookies = [
                        each.OutputString() for each in response.cookies.values()
                    ]  # of several, a dictionary of headers keeps one
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            code, said = why(error, url, seconds)
            return self._clean(
                Exchange(
                    request=request,
                    sent=shown,
                    seconds=time.perf_counter() - began,
                    address=_peer.get(),
                    error=f"{code}: {said}",
                )
            )
        lower = {name.lower(): value for name, value in answered.items()}
        if cookies:
            lower["set-cookie"] = "\n".join(cookies)
        media_type = lower.get("content-type", "").partition(";")[0].strip().lower()
        return self._clean(
            Exchange(
                request=request,
                sent=shown,
                status=status,
                media_type=media_type,
                excerpt=self._excerpt(received, media_type),
                length=len(received),
                sha256=hashlib.sha256(received).hexdigest(),
                location=lower.get("location", ""),
                seconds=time.perf_counter() - began,
                address=_peer.get(),
                received=lower,
                body=received,
            )
        )

    @asynccontextmanager
    async def socket(
        self,
        path: str,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> AsyncIterator[tuple[Exchange, aiohttp.ClientWebSocketResponse | None]]:
        """Give the handshake, and the WebSocket where it opened."""
        seconds = self._patience if seconds is None else seconds
        url = self.address(path)
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        request = f"GET {url} (Upgrade: websocket)"
        shown = {name: value for name, value in sent.items() if name in _SHOWN}
        began = time.perf_counter()
        opened: aiohttp.ClientWebSocketResponse | None = None
        status: int | None = 101
        error_text = location = ""
        _peer.set("")
        received: dict[str, str] = {}
        try:
            async with asyncio.timeout(seconds):
                opened = await self._session.ws_connect(
                    url, headers=sent, timeout=aiohttp.ClientWSTimeout(ws_close=1.0), max_msg_size=_LIMIT
                )
        except aiohttp.WSServerHandshakeError as error:
            # Without the error itself: it holds the request's headers, the token included.
            status, error_text = error.status, "the handshake was answered otherwise than with an upgrade"
            received = {name.lower(): value for name, value in (error.headers or {}).items()}
            location = received.get("location", "")
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            code, said = why(error, url, seconds)
            status, error_text = None, f"{code}: {said}"
        exchange = self._clean(
            Exchange(
                request=request,
                sent=shown,
                status=status,
                seconds=time.perf_counter() - began,
                address=_peer.get(),
                error=error_text,
                location=location,
                received=received,
            )
        )
        try:
            yield exchange, opened
        finally:
            if opened is not None:
                await opened.close()

    def _clean(self, exchange: Exchange) -> Exchange:
        hide = self._redaction.hide
        return exchange.model_copy(
            update={
                "request": hide(exchange.request),
                "sent": {
                    name: "[hidden]" if name in ("Authorization", "Cookie") else hide(value)
                    for name, value in exchange.sent.items()
                },
                "location": hide(exchange.location),
                "error": hide(exchange.error),
            }
        )

    def _excerpt(self, body: bytes, media_type: str) -> str:
        if media_type.startswith(("image/", "application/octet-stream", "video/")):
            return ""
        text = " ".join(body[: 8 * _EXCERPT].decode("utf-8", errors="replace").split())
        # Before it is cut: of half a secret nobody would know that it is one.
        text = self._redaction.hide("".join(each for each in text if each.isprintable()))
        return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}..."


def address_text(peername: object) -> str:
    """Return a socket's other end as text; empty where it is not known."""
    if not isinstance(peername, tuple) or len(peername) < 2:
        return ""
    host, port = peername[:2]
    return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"


def why(error: BaseException, url: URL, seconds: float) -> tuple[str, str]:
    """Return a code of `verify.code` and words for a request that got no answer."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return _certificate(error.certificate_error)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "unknown-host", f"the name {url.host} leads to no address"
    if isinstance(error, aiohttp.ClientConnectorError):
        return _os_error(error.os_error)
    if isinstance(error, TimeoutError):
        return "timeout", f"no complete answer within {seconds:g} s"
    if isinstance(error, aiohttp.ClientResponseError):
        # A parser's error; not its text, which may repeat headers.
        return "not-http", "the answer is not HTTP"
    if isinstance(error, OSError):
        return _os_error(error)
    return "broken-off", f"the connection broke off ({type(error).__name__})"


def certificate_fault(error: BaseException) -> Failed:
    """Return the failure that a refused certificate means."""
    code, said = _certificate(error)
    return Failed(code, f"TLS fails: {said}.", _CERTIFICATE_REMEDIES.get(code, "See the proxy's log."))


def _certificate(error: BaseException) -> tuple[str, str]:
    number = getattr(error, "verify_code", None)
    if isinstance(number, int) and number in _CERTIFICATES:
        return _CERTIFICATES[number]
    return "tls", f"the certificate is refused ({getattr(error, 'verify_message', type(error).__name__)})"


def _os_error(error: OSError) -> tuple[str, str]:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate(error)
    if isinstance(error, ssl.SSLError):
        return "tls", f"TLS fails ({error.reason or 'no reason given'})"
    if isinstance(error, socket.gaierror):
        return "unknown-host", "the name leads to no address"
    # Windows' 10061 is ECONNREFUSED there already.
    if error.errno == errno.ECONNREFUSED or isinstance(error, ConnectionRefusedError):
        return "refused", "nothing listens there"
    if error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        return "unroutable", "no way leads there"
    if isinstance(error, ConnectionError):
        return "broken-off", f"the connection broke off ({type(error).__name__})"
    return "broken-off", str(error.strerror or type(error).__name__)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > _LIMIT:
            break
    return bytes(body)
