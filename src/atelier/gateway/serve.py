"""Runs the whole service in one event loop: gateway, workers, and the embedded engine."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import signal
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import structlog
import uvicorn
from fastapi import APIRouter

from atelier.errors import ConfigInvalid, PortTaken, ServiceError
from atelier.gateway.administration import Administration
from atelier.gateway.admission import Admission
from atelier.gateway.api.parts import Parts
from atelier.gateway.api.routers import routers
from atelier.gateway.app import Gateway, build_gateway
from atelier.gateway.catalogue import Catalogue
from atelier.gateway.config import Config
from atelier.gateway.first_start import ensure_admin
from atelier.gateway.grants import Grants
from atelier.gateway.logs import logging_to_stderr
from atelier.gateway.picture_sizes import PictureSizes
from atelier.gateway.policy import refusal_of
from atelier.gateway.retention import Retention
from atelier.gateway.server import server_config
from atelier.gateway.upstream import EngineAddress, Upstream
from atelier.providers.comfyui import ComfyUI
from atelier.providers.kept_engine import KeptEngine
from atelier.storage.account import Role
from atelier.storage.artifacts import ArtifactStore
from atelier.storage.sqlite import SqliteStorage
from atelier.worker.bell import Bells
from atelier.worker.caretaker import Caretaker
from atelier.worker.pace import Pace
from atelier.worker.worker import Surroundings, Worker
from atelier.workflows.object_info import NodeType

log = structlog.get_logger(__name__)

#: What the embedded engine is called in the registry.
EMBEDDED = "embedded"

#: What the systems call "taken": EADDRINUSE, and Windows' WSAEADDRINUSE and WSAEACCES (exclusive use).
_TAKEN = frozenset({errno.EADDRINUSE, 10048, 10013})


async def serve(config: Config, *, ready: Callable[[str, Path | None], None]) -> None:
    """Run the service until SIGINT or SIGTERM; `ready` is called once it accepts requests.

    It is given the service's address, and the file with the token of an admin that was made just now.

    The first signal stops it in good order: running jobs have `deadlines.stop_seconds` to end, and are given
    back to the queue then. A second one, or a cancellation, gives them back at once.

    Raises:
        ConfigInvalid: a token's file cannot be read.
        DatabaseInUse, DatabaseNewer, DatabaseUnusable.
        EngineStartFailed: the embedded engine does not come up.
        PortTaken: another program listens on the port.
        ServiceError: the address cannot be listened on, or there is no admin and none can be made.
    """
    # The threads of the database let others run at each statement; with the default they wait 5 ms for that.
    sys.setswitchinterval(0.001)
    with logging_to_stderr(config.log):
        async with running(config) as service:
            ready(service.url, service.new_admin_token)
            with _stopped_by_signals() as stopping:
                await service.until(stopping)
                await service.stop()


class Service:
    """A running service."""

    def __init__(
        self,
        *,
        url: str,
        new_admin_token: Path | None,
        grace: float,
        gateway: Gateway,
        workers: dict[Worker, asyncio.Task[None]],
        server: asyncio.Task[None],
    ) -> None:
        self.url = url
        #: The file that holds the token of an admin that this start made; None where there was one.
        self.new_admin_token = new_admin_token
        self.gateway = gateway
        self._grace = grace
        self._workers = workers
        self._server = server

    async def until(self, stopping: asyncio.Event) -> None:
        """Wait until it is to be stopped.

        Raises:
            ServiceError: the server ended by itself.
        """
        waiting = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait({waiting, self._server}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        if self._server.done():
            raise ServiceError("The server ended by itself. Its log says why.") from self._server.exception()

    async def stop(self) -> None:
        """Let running jobs end, for a while; take no more. People see meanwhile what becomes of theirs."""
        self.gateway.health.stop()
        for worker in self._workers:
            worker.stop(self._grace)
        if self._workers:
            await asyncio.wait(self._workers.values())


@asynccontextmanager
async def running(config: Config) -> AsyncIterator[Service]:
    """Run the service for as long as the context lasts; raises as `serve` does."""
    async with AsyncExitStack() as stack:
        config.directory.mkdir(parents=True, exist_ok=True)
        storage = SqliteStorage(config.database_file, when_full=config.retention.when_full)
        stack.push_async_callback(storage.close)
        given = config.first_admin_token_file
        token_file = await ensure_admin(
            Administration(storage, now=time.time), config.admin_token_file, given=given
        )
        if token_file is not None:
            log.info(
                "An admin was made; its token is in this file."
                + ("" if given else " Keep it elsewhere, and remove the file."),
                file=str(token_file),
            )
        listener = stack.enter_context(_listening(config))
        artifacts = ArtifactStore(config.artifact_directory)
        addresses = await _engines(config, stack)
        upstream = Upstream(addresses)
        stack.push_async_callback(upstream.close)
        catalogue = Catalogue(upstream, storage.engines, now=time.time, monotonic=time.monotonic)
        stack.push_async_callback(catalogue.close)
        bells = Bells()
        gateway = _gateway(
            config, storage=storage, artifacts=artifacts, upstream=upstream, catalogue=catalogue, bells=bells
        )
        limits = {role: config.limits.of(role) for role in Role}
        around = Surroundings(
            storage=storage,
            artifacts=artifacts,
            bells=bells,
            announcer=gateway.hub,
            pace=Pace(longest=config.deadlines.job_seconds),
            limits=lambda: limits,
        )
        workers = [
            Worker(
                each.name,
                await stack.enter_async_context(ComfyUI(each.url, token=each.token)),
                around,
            )
            for each in addresses
        ]
        caretaker = Caretaker(
            storage.jobs,
            lambda: workers,
            deadline=config.deadlines.no_engine_seconds,
            pace=around.pace,
            bells=bells,
            announcer=gateway.hub,
        )
        retention = Retention(storage, artifacts, config.retention, now=time.time)
        await stack.enter_async_context(
            gateway.health.keeping(caretaker=caretaker.run(), retention=retention.keep_sweeping())
        )
        tasks = await stack.enter_async_context(_working(gateway, workers))
        server = await stack.enter_async_context(_server(config, gateway, listener))
        url = _url(listener) + config.listen.root_path
        yield Service(
            url=url,
            new_admin_token=token_file,
            grace=config.deadlines.stop_seconds,
            gateway=gateway,
            workers=tasks,
            server=server,
        )


def _gateway(
    config: Config,
    *,
    storage: SqliteStorage,
    artifacts: ArtifactStore,
    upstream: Upstream,
    catalogue: Catalogue,
    bells: Bells,
) -> Gateway:
    rules = {role: config.policy.of(role) for role in Role}
    limits = {role: config.limits.of(role) for role in Role}
    admission = Admission(
        jobs=storage.jobs,
        files=storage.files,
        engines=catalogue,
        rules=rules.__getitem__,
        limits=limits.__getitem__,
        sizes=PictureSizes(artifacts.path),
        waits=config.deadlines.no_engine_seconds > 0,
    )

    def allows(role: Role, type_: NodeType) -> bool:
        return refusal_of(rules[role], type_) is None

    def api(grants: Grants) -> list[APIRouter]:
        administration = Administration(storage, now=time.time, changed=grants.forget)
        return routers(
            Parts(
                config=config,
                storage=storage,
                artifacts=artifacts,
                administration=administration,
                stopping=bells.stopping.ring,
                now=time.time,
            )
        )

    return build_gateway(
        config,
        storage=storage,
        artifacts=artifacts,
        upstream=upstream,
        catalogue=catalogue,
        admit=admission.admit,
        allows=allows,
        bells=bells,
        routers=api,
    )


async def _engines(config: Config, stack: AsyncExitStack) -> list[EngineAddress]:
    """Return the engines of the configuration; without any, start the embedded one."""
    if config.engines:
        return [
            EngineAddress(name=each.name, url=each.address, token=_token(each.token_file, each.name))
            for each in config.engines
        ]
    arguments: list[str] = []
    if config.embedded.threads is not None:
        arguments += ["--threads", str(config.embedded.threads)]
    if config.previews.send:
        arguments += ["--preview-method", "latent2rgb"]
    engine = await stack.enter_async_context(
        KeptEngine(config.directory / "engine", arguments=tuple(arguments))
    )
    return [EngineAddress(name=EMBEDDED, url=engine.url)]


def _token(file: Path | None, engine: str) -> str | None:
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        raise ConfigInvalid(f"engines: the token_file of {engine}, {file}, cannot be read.") from error


@asynccontextmanager
async def _working(
    gateway: Gateway, workers: list[Worker]
) -> AsyncIterator[dict[Worker, asyncio.Task[None]]]:
    """Run the workers for as long as the context lasts; those that still have jobs then give them back."""
    tasks = {each: asyncio.create_task(each.run(), name=f"worker-{each.name}") for each in workers}
    for task in tasks.values():
        task.add_done_callback(gateway.health.note_failed)
    try:
        yield tasks
    finally:
        for task in tasks.values():
            task.cancel()
        if tasks:
            await asyncio.wait(tasks.values())


@asynccontextmanager
async def _server(
    config: Config, gateway: Gateway, listener: socket.socket
) -> AsyncIterator[asyncio.Task[None]]:
    """Serve for as long as the context lasts; gives the server's task once it accepts requests."""
    server = _Server(server_config(gateway.app, config))
    task = asyncio.create_task(server.serve(sockets=[listener]), name="server")
    try:
        while not server.started:
            if task.done():
                raise ServiceError("The server did not start. Its log says why.") from task.exception()
            await asyncio.sleep(0.01)
        yield task
    finally:
        server.should_exit = True
        await asyncio.wait({task})


class _Server(uvicorn.Server):
    """Leaves signals to `serve`, which has more to stop than a server."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextmanager
def _stopped_by_signals() -> Iterator[asyncio.Event]:
    """Give an event that the first SIGINT or SIGTERM sets; a second one cancels the task that waits here."""
    stopping, loop, task = asyncio.Event(), asyncio.get_running_loop(), asyncio.current_task()

    def stop() -> None:
        if stopping.is_set() and task is not None:
            task.cancel()
        stopping.set()

    if threading.current_thread() is not threading.main_thread():
        yield stopping
        return
    previous = {
        each: signal.signal(each, lambda *_: loop.call_soon_threadsafe(stop))
        for each in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stopping
    finally:
        for each, handler in previous.items():
            signal.signal(each, handler)


@contextmanager
def _listening(config: Config) -> Iterator[socket.socket]:
    """Give a socket bound to the configuration's host and port."""
    host, port = config.listen.host, config.listen.port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise ServiceError(f"'{host}' is no address of this machine: set another as listen.host.") from error
    # One address: with several, port 0 would be a different port on each. IPv4 first, as clients expect.
    family, kind, protocol, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    with socket.socket(family, kind, protocol) as listener:
        try:
            if sys.platform == "win32":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                # A port that a stopped service has just left may be taken at once.
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except OSError as error:
            if error.errno in _TAKEN:
                raise PortTaken(
                    f"Another program listens on port {port} of {host}: stop it, or set listen.port "
                    "(0 takes a free one)."
                ) from error
            raise ServiceError(
                f"The service cannot listen on {host}:{port}: {error.strerror or error}. "
                "Set others as listen.host and listen.port."
            ) from error
        yield listener


def _url(listener: socket.socket) -> str:
    """Return the address at which this machine reaches a listening socket."""
    host, port = listener.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        host = "127.0.0.1" if address.version == 4 else "::1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
