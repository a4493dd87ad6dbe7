"""Runs a whole engine in the event loop that it is called in."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from atelier.engine.catalogue import Catalogue
from atelier.engine.config import EngineConfig
from atelier.engine.diffusion.model_files import ModelFiles
from atelier.engine.folders import WEIGHTS, Folders
from atelier.engine.lock import hold
from atelier.engine.nodes import all_nodes
from atelier.engine.runner import JobRunner
from atelier.engine.server.app import build_app
from atelier.engine.server.hub import Hub
from atelier.engine.server.page import find_page
from atelier.errors import EngineStartFailed, PortTaken

#: Seconds that requests have to end when the engine stops.
SHUTDOWN_DEADLINE = 2.0
#: Seconds that the running job has to notice its interruption when the engine stops.
WORKER_DEADLINE = 5.0

#: What the systems call "taken": EADDRINUSE, and Windows' WSAEADDRINUSE and WSAEACCES (exclusive use).
_TAKEN = frozenset({errno.EADDRINUSE, 10048, 10013})


async def serve(config: EngineConfig, *, ready: Callable[[str], None]) -> None:
    """Run an engine until cancelled; `ready` is called with its address once it accepts connections.

    Raises:
        PortTaken: another program listens on the port.
        DirectoryInUse: another engine holds the directory.
        DirectoryUnusable: the directory cannot be created or written.
        EngineStartFailed: the host is no address of this machine, or may not be used.
    """
    async with running(config) as url:
        ready(url)
        await asyncio.Event().wait()


@asynccontextmanager
async def running(config: EngineConfig) -> AsyncIterator[str]:
    """Run an engine for as long as the context lasts, and give its address; raises as `serve` does."""
    folders = Folders(base=config.directory, models=(WEIGHTS, *config.models))
    with hold(folders.base), _bind(config) as listener:
        folders.create()
        hub = Hub(asyncio.get_running_loop())
        catalogue = Catalogue(all_nodes())
        runner = JobRunner(
            catalogue=catalogue,
            folders=folders,
            models=ModelFiles(folders, threads=config.threads),
            publish=hub.publish,
            preview_method=config.preview_method,
        )
        app = build_app(
            config,
            runner=runner,
            hub=hub,
            catalogue=catalogue,
            folders=folders,
            page=find_page() if config.page else None,
        )
        server = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_DEADLINE)
        await server.setup()
        runner.start()
        try:
            await web.SockSite(server, listener).start()
            yield _url(listener)
        finally:
            try:
                await server.cleanup()
            finally:
                await asyncio.to_thread(runner.stop, WORKER_DEADLINE)


def _bind(config: EngineConfig) -> socket.socket:
    """Return a socket bound to the configuration's host and port."""
    try:
        found = socket.getaddrinfo(config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise EngineStartFailed(
            f"'{config.host}' is no address of this machine: choose another with --host."
        ) from error
    # One address: with several, port 0 would be a different port on each. IPv4 first, as clients expect.
    family, kind, protocol, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    listener = socket.socket(family, kind, protocol)
    try:
        if sys.platform == "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # A port that a stopped engine has just left may be taken at once.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno in _TAKEN:
            raise PortTaken(
                f"Another program listens on port {config.port} of {config.host}: "
                "stop it, or choose another port with --port (0 takes a free one)."
            ) from error
        raise EngineStartFailed(
            f"The engine cannot listen on {config.host}:{config.port}: {error.strerror or error}. "
            "Choose others with --host and --port."
        ) from error
    return listener


def _url(listener: socket.socket) -> str:
    """Return the address at which this machine reaches a listening socket."""
    host, port = listener.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        host = "127.0.0.1" if address.version == 4 else "::1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
