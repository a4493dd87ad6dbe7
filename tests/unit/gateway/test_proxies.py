"""What proxies say is believed of those that are named, as far as they saw it themselves."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from starlette.types import Receive, Scope, Send

from atelier.gateway.mounting import Mounted
from atelier.gateway.proxies import Proxied

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


async def seen(client: str, headers: dict[str, str], *, path: str = "/queue", root_path: str = "") -> Scope:
    """Return the scope that the application gets."""
    got: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        got.append(scope)

    scope: Scope = {
        "type": "http",
        "scheme": "http",
        "method": "GET",
        "path": path,
        "root_path": "",
        "client": (client, 1234),
        "headers": [(b"host", b"inner"), *((k.lower().encode(), v.encode()) for k, v in headers.items())],
    }
    await Proxied(Mounted(app, root_path=root_path), trusted=TRUSTED)(scope, None, None)  # type: ignore[arg-type]
    return got[0]


ALL = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "studio.example",
    "X-Forwarded-Prefix": "/draw",
    "X-Forwarded-For": "192.0.2.9",
}


async def test_a_named_proxy_is_believed() -> None:
    scope = await seen("10.1.2.3", ALL)
    assert scope["scheme"] == "https"
    assert dict(scope["headers"])[b"host"] == b"studio.example"
    assert scope["client"][0] == "192.0.2.9"
    assert (scope["root_path"], scope["path"]) == ("/draw", "/draw/queue")


@pytest.mark.parametrize("client", ["192.0.2.1", "127.0.0.1", "fe80::1", "unix"])
async def test_nobody_else_is(client: str) -> None:
    scope = await seen(client, ALL)
    assert scope["scheme"] == "http"
    assert dict(scope["headers"])[b"host"] == b"inner"
    assert scope["client"][0] == client
    assert scope["path"] == "/queue"


async def test_of_a_chain_the_last_address_that_is_no_proxy_counts() -> None:
    forwarded = "198.51.100.66, 192.0.2.9, 10.0.0.7"
    scope = await seen("10.1.2.3", {"X-Forwarded-For": forwarded})
    assert scope["client"][0] == "192.0.2.9"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Proto": "javascript"},
        {"X-Forwarded-Host": "evil/../x"},
        {"X-Forwarded-Prefix": "//evil.example"},
        {"X-Forwarded-Prefix": "/a/../b"},
        {"X-Forwarded-Prefix": "nowhere"},
        {"X-Forwarded-For": "nobody"},
        {"X-Forwarded-For": ""},
    ],
)
async def test_what_cannot_be_meant_is_left_out(headers: dict[str, str]) -> None:
    scope = await seen("10.1.2.3", headers)
    assert scope["scheme"] == "http"
    assert dict(scope["headers"])[b"host"] == b"inner"
    assert scope["client"][0] == "10.1.2.3"
    assert (scope["root_path"], scope["path"]) == ("", "/queue")


@pytest.mark.parametrize("path", ["/queue", "/draw/queue"])
async def test_the_path_is_the_same_whether_the_proxy_cuts_it_off_or_not(path: str) -> None:
    scope = await seen("192.0.2.1", {}, path=path, root_path="/draw")
    assert (scope["root_path"], scope["path"]) == ("/draw", "/draw/queue")
