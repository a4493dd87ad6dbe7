"""Whether the WebSocket opens through everything that stands in between, and tells."""

from __future__ import annotations

import asyncio
import json

import aiohttp

from atelier.verify.case import Case
from atelier.verify.evidence import Exchange
from atelier.verify.failures import failure_of
from atelier.verify.outcome import Failed

#: Seconds until the first message, and until the answer to the greeting.
_PATIENCE = 5.0
_HELLO = json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}})


async def opens(case: Case) -> None:
    """Open the WebSocket with the token, hear who one is, and exchange features."""
    async with case.socket("/ws", token=case.target.token) as (handshake, socket):
        if socket is None:
            raise _closed(handshake)
        await socket.send_str(_HELLO)
        heard: list[str] = []
        greeted = False
        try:
            async with asyncio.timeout(_PATIENCE):
                while not (greeted and "feature_flags" in heard):
                    message = await socket.receive()
                    if message.type is aiohttp.WSMsgType.BINARY:
                        continue
                    if message.type is not aiohttp.WSMsgType.TEXT:
                        break
                    document = json.loads(message.data)
                    heard.append(str(document.get("type", "")))
                    # What others queue meanwhile is told to all, in a status that greets nobody.
                    greeted = greeted or bool((document.get("data") or {}).get("sid"))
        except TimeoutError:
            pass
        case.note(f"It said: {', '.join(heard) or 'nothing'}.")
        if not greeted:
            case.fail(
                "socket-silent",
                f"The WebSocket opened and did not greet with a client id within {_PATIENCE:g} s.",
                "See whether the proxy buffers: it must pass WebSockets on as they are.",
            )
        if "feature_flags" not in heard:
            case.fail(
                "socket-silent",
                f"The WebSocket greeted, and sent no features within {_PATIENCE:g} s: what is sent does not "
                "arrive, or ComfyUI is older than 0.3.45.",
                "See whether the proxy passes WebSockets on both ways, and the server's version.",
            )


async def refuses_strangers(case: Case) -> None:
    """Try to open the WebSocket without a token, and with a wrong one."""
    for token in (None, "atl_" + "0" * 43):
        async with case.socket("/ws", token=token) as (handshake, socket):
            if socket is not None:
                case.fail(
                    "door-open",
                    f"The WebSocket opened {'without a' if token is None else 'with a wrong'} token.",
                    "Let nothing lead past the gateway: the engine's port must be reached by nobody else.",
                )
            if handshake.status not in (401, 403, 429, 302, 303):
                raise failure_of(handshake, "401")


def _closed(handshake: Exchange) -> Failed:
    """Return the failure that a handshake without an upgrade means."""
    if handshake.status not in (200, 400, 404, 426):
        return failure_of(handshake, "101")
    return Failed(
        "socket-stripped",
        f"{handshake.request} answered {handshake.status} instead of 101: the upgrade was lost on the way.",
        "Let the proxy pass upgrades on: `proxy_http_version 1.1` with the headers Upgrade and Connection in "
        "nginx; Caddy does so by itself. docs/reference/gateway.md has the lines.",
    )
