"""Who may ask: only pages that the engine itself served, and only under names that are its own.

The engine asks for no password, so a web page on another site must not be able to use it through the
visitor's browser. Two rules keep that page out:

- A request that names an Origin must name the host that it is sent to. Browsers always name it on POST and
  on WebSocket handshakes. ComfyUI has this rule for loopback hosts only, and lets `Origin: null` pass.
- An engine that listens on a loopback address answers to loopback names and to IP addresses only. A foreign
  name that resolves to 127.0.0.1 (DNS rebinding) would satisfy the first rule.

`trusted_hosts` of the configuration names the exceptions, such as the name of a reverse proxy.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware


def only_own_pages(*, listens_on: str, trusted_hosts: frozenset[str]) -> Middleware:
    """Return the middleware that refuses foreign pages with 403, and answers OPTIONS with an empty 200."""
    loopback_only = is_loopback(listens_on)
    trusted = frozenset(name.lower() for name in trusted_hosts)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        host = request.headers.get(hdrs.HOST, "")
        # Without a Host it is no browser that asks.
        if loopback_only and host and not _may_name_loopback(host, trusted):
            return web.Response(
                status=403,
                text="This engine answers to localhost and to IP addresses only: "
                "start it with --trusted-host and this name to allow it.\n",
            )
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None and not is_same_origin(origin, host):
            name = _host_name(origin.partition("://")[2])
            if name is None or name not in trusted:
                return web.Response(status=403)
        if request.method == hdrs.METH_OPTIONS:
            return web.Response()
        return await handler(request)

    return middleware


def is_loopback(host: str) -> bool:
    """Say whether a host name or address, without port, can only mean this machine; asks no name server."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost" or host.lower().endswith(".localhost")


def is_same_origin(origin: str, host: str) -> bool:
    """Say whether an Origin header names the host of a Host header.

    A port that only one of the two names is not compared: behind a proxy, one may be a default port.
    """
    try:
        ours = urlsplit(f"//{host.lower()}")
        theirs = urlsplit(origin.lower())
        same_port = ours.port is None or theirs.port is None or ours.port == theirs.port
    except ValueError:
        return False
    return theirs.hostname is not None and theirs.hostname == ours.hostname and same_port


def _may_name_loopback(host: str, trusted: frozenset[str]) -> bool:
    name = _host_name(host)
    if name is None:
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return is_loopback(name) or name in trusted
    # An address cannot be rebound: the browser's page came from this very server.
    return True


def _host_name(host: str) -> str | None:
    """Return the lower-case name of `name:port`, or None where there is none."""
    try:
        return urlsplit(f"//{host.lower()}").hostname
    except ValueError:
        return None
