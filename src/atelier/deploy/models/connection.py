"""Connections that show who asks to one server only, and follow addresses as they are written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

if TYPE_CHECKING:
    from aiohttp import ClientHandlerType

#: What an address consists of when everything else in it is percent-encoded (RFC 3986, section 2).
_ENCODED = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")


def connected() -> aiohttp.ClientSession:
    """Return a session that uses the proxies of the environment; to be closed by whoever asked for it."""
    return aiohttp.ClientSession(
        auto_decompress=False,
        trust_env=True,
        # An address that somebody signed is good as it stands and in no other spelling.
        requote_redirect_url=False,
        headers={"User-Agent": "atelier", "Accept-Encoding": "identity"},
    )


def address_of(text: str) -> URL:
    """Return an address, unchanged where it is encoded already."""
    return URL(text, encoded=_ENCODED.fullmatch(text) is not None)


class Introduction:
    """Sends an Authorization header to one server, and none to any other that it leads to.

    Nor what `.netrc` has for any of them: aiohttp takes it together with the proxies.
    """

    def __init__(self, address: URL, authorization: str | None) -> None:
        self._origin = address.origin()
        self._authorization = authorization
        if authorization is None and address.user is not None:
            self._authorization = aiohttp.encode_basic_auth(address.user, address.password or "")

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: ClientHandlerType
    ) -> aiohttp.ClientResponse:
        request.headers.pop("Authorization", None)
        if self._authorization is not None and request.url.origin() == self._origin:
            request.headers["Authorization"] = self._authorization
        return await handler(request)
