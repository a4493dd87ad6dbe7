"""What a reverse proxy says of the client behind it: believed of proxies that are named, of nobody else."""

from __future__ import annotations

import re
from collections.abc import Collection
from ipaddress import IPv4Network, IPv6Network, ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

Network = IPv4Network | IPv6Network

_PREFIX = re.compile(rb"(/[A-Za-z0-9._~-]+)+", re.ASCII)
_HOST = re.compile(rb"[A-Za-z0-9.\-:\[\]_]+", re.ASCII)
_SCHEMES = {"http": {b"http": "http", b"https": "https"}, "websocket": {b"http": "ws", b"https": "wss"}}


class Proxied:
    """Gives the application the client's address, scheme, host and path as trusted proxies tell them."""

    def __init__(self, app: ASGIApp, *, trusted: Collection[Network]) -> None:
        self._app = app
        self._trusted = tuple(trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and self._trusts(scope.get("client")):
            scope = self._told(scope)
        await self._app(scope, receive, send)

    def _trusts(self, client: tuple[str, int] | None) -> bool:
        return bool(self._trusted) and client is not None and self._is_trusted(client[0])

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._trusted)

    def _told(self, scope: Scope) -> Scope:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        told = {name: value.strip() for name, value in headers if name.startswith(b"x-forwarded-")}
        changed = dict(scope)
        scheme = _SCHEMES[scope["type"]].get(told.get(b"x-forwarded-proto", b"").split(b",")[-1].strip())
        if scheme is not None:
            changed["scheme"] = scheme
        host = told.get(b"x-forwarded-host", b"").split(b",")[-1].strip()
        if _HOST.fullmatch(host):
            changed["headers"] = [*(each for each in headers if each[0] != b"host"), (b"host", host)]
        client = self._client(told.get(b"x-forwarded-for", b""))
        if client is not None:
            changed["client"] = client, 0
        prefix = told.get(b"x-forwarded-prefix", b"").rstrip(b"/")
        if _PREFIX.fullmatch(prefix) and b"/.." not in prefix:
            changed["root_path"] = prefix.decode()
        return changed

    def _client(self, forwarded: bytes) -> str | None:
        """Return the address that the nearest trusted proxy saw; further left anybody may have written."""
        for each in reversed(forwarded.decode("latin-1").split(",")):
            address = each.strip()
            try:
                ip_address(address)
            except ValueError:
                return None
            if not self._is_trusted(address):
                return address
        return None
