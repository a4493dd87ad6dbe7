"""Whether a browser asks on behalf of a page of ours.

A browser sends a cookie also where a page of another site asks, so a request that counts on a cookie must
say that it comes from our own.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from atelier.errors import OriginForeign

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
#: WebSockets are asked for by http pages.
_PAGES = {"ws": "http", "wss": "https"}


def require_own_page(connection: HTTPConnection) -> None:
    """Return if the request names our own origin.

    Raises:
        OriginForeign: it names another, or none.
    """
    site = connection.headers.get("sec-fetch-site")
    origin = connection.headers.get("origin")
    own_site = site is None or site == "same-origin"
    if origin is not None and own_site and _same(origin, connection):
        return
    raise OriginForeign(
        "This request does not come from a page of this service. Programs send their token in the "
        "Authorization header instead of a cookie. A proxy must pass on Host and X-Forwarded-Proto, and "
        "stand among the trusted proxies."
    )


def _same(origin: str, connection: HTTPConnection) -> bool:
    scheme = _PAGES.get(connection.url.scheme, connection.url.scheme)
    host = connection.headers.get("host", "")
    try:
        theirs, ours = urlsplit(origin.lower()), urlsplit(f"{scheme}://{host.lower()}")
        their_port, our_port = (each.port or _PORTS.get(each.scheme) for each in (theirs, ours))
    except ValueError:
        return False
    them, us = (theirs.scheme, theirs.hostname, their_port), (ours.scheme, ours.hostname, our_port)
    return theirs.hostname is not None and them == us
