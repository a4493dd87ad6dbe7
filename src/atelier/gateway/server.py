"""How uvicorn serves the gateway."""

from __future__ import annotations

import uvicorn
from starlette.types import ASGIApp

from atelier.gateway.config import Config

#: Seconds between pings, and for the answer: proxies close idle sockets, and dead peers have to be noticed.
_PING, _PONG = 20.0, 20.0
#: Clients send a few feature flags and nothing else.
_MAX_MESSAGE = 1024 * 1024
#: Seconds that requests have to end when the service stops.
SHUTDOWN = 5


def server_config(app: ASGIApp, config: Config) -> uvicorn.Config:
    """Return the settings of the server; what proxies say is read by the gateway itself."""
    return uvicorn.Config(
        app,
        host=config.listen.host,
        port=config.listen.port,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        # Its lines about WebSockets have the query in them, and so a ticket.
        log_level="warning",
        ws="websockets-sansio",
        ws_max_size=_MAX_MESSAGE,
        ws_ping_interval=_PING,
        ws_ping_timeout=_PONG,
        # Messages are small and mostly travel inside one house; compression costs memory for each socket.
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=SHUTDOWN,
        lifespan="on",
    )
