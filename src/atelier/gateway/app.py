"""The gateway, put together from its parts."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp

from atelier import __version__
from atelier.errors import AtelierError
from atelier.gateway.authentication import Authenticator
from atelier.gateway.catalogue import Catalogue
from atelier.gateway.comfyui.history import History
from atelier.gateway.comfyui.models import Models
from atelier.gateway.comfyui.nodes import Allows, Nodes
from atelier.gateway.comfyui.page import Page
from atelier.gateway.comfyui.prompts import Admit, Prompts
from atelier.gateway.comfyui.queue import Queue
from atelier.gateway.comfyui.routing import both_ways
from atelier.gateway.comfyui.settings import Settings
from atelier.gateway.comfyui.system import System, features
from atelier.gateway.comfyui.uploads import Uploads
from atelier.gateway.comfyui.userdata import Userdata
from atelier.gateway.comfyui.views import Views
from atelier.gateway.config import Config
from atelier.gateway.grants import Grants
from atelier.gateway.guard import check_declared
from atelier.gateway.health import Health
from atelier.gateway.hub import Hub
from atelier.gateway.metrics import Metrics
from atelier.gateway.mounting import Mounted
from atelier.gateway.openapi import openapi_route
from atelier.gateway.pictures import Pictures
from atelier.gateway.proxies import Proxied
from atelier.gateway.refusals import on_error
from atelier.gateway.request_log import RequestLog
from atelier.gateway.sign_in import SignIn
from atelier.gateway.sockets import Sockets
from atelier.gateway.statuses import Statuses
from atelier.gateway.throttle import Throttle
from atelier.gateway.tickets import Tickets
from atelier.gateway.upstream import Upstream
from atelier.storage.account import Account, Limits
from atelier.storage.artifacts import ArtifactStore
from atelier.storage.contract import Storage
from atelier.worker.bell import Bells


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """The application, and the parts of it that others talk to."""

    #: What a server runs.
    app: ASGIApp
    #: The routes, to be looked into.
    api: FastAPI
    #: Where workers announce.
    hub: Hub
    #: To be told when tokens or accounts change.
    grants: Grants
    statuses: Statuses
    metrics: Metrics
    health: Health


def build_gateway(
    config: Config,
    *,
    storage: Storage,
    artifacts: ArtifactStore,
    upstream: Upstream,
    catalogue: Catalogue,
    admit: Admit,
    allows: Allows,
    bells: Bells,
    routers: Callable[[Grants], Sequence[APIRouter]] = lambda _: (),
    now: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
) -> Gateway:
    """Return the gateway.

    Args:
        config: What can be set.
        storage: Accounts, tokens, jobs, files.
        artifacts: The content of files.
        upstream: The engines, for what is the same for everybody.
        catalogue: Their node classes.
        admit: Checks and stores a workflow.
        allows: Whether accounts of a role may use a node class.
        bells: Between this and the workers.
        routers: The service's own API, to which grants are given that it must have forgotten after changes.
        now: Seconds since 1970.
        monotonic: Seconds of a clock that never jumps.

    Raises:
        RouteUndeclared: a route does not say who may use it.
    """
    metrics = Metrics()
    grants = Grants(storage.tokens, monotonic=monotonic)
    authenticator = Authenticator(
        grants=grants, tickets=Tickets(monotonic=monotonic), throttle=Throttle(monotonic=monotonic)
    )
    statuses = Statuses(storage.jobs, engines=lambda: len(upstream), monotonic=monotonic)
    hub = Hub(
        metrics=metrics,
        changed=statuses.changed,
        previews=config.previews.per_second if config.previews.send else 0,
        monotonic=monotonic,
    )
    max_bytes = config.uploads.max_bytes
    pictures = Pictures()

    def limits_of(account: Account) -> Limits:
        return account.limits.over(config.limits.of(account.role))

    async def free_engines(unload_models: bool, free_memory: bool) -> None:
        await upstream.post("/free", {"unload_models": unload_models, "free_memory": free_memory})

    page = Page(upstream=upstream)
    sockets = Sockets(hub=hub, statuses=statuses, authenticator=authenticator, features=features(max_bytes))
    health = Health(storage=storage, metrics=metrics)
    comfyui = [
        *System(upstream=upstream, accounts=storage.accounts, max_upload_bytes=max_bytes).routes(),
        *Prompts(admit=admit, statuses=statuses, stored=bells.waiting.ring).routes(),
        *Queue(
            jobs=storage.jobs, statuses=statuses, stopping=bells.stopping.ring, free_engines=free_engines
        ).routes(),
        *History(jobs=storage.jobs).routes(),
        *Uploads(
            files=storage.files,
            artifacts=artifacts,
            pictures=pictures,
            limits_of=limits_of,
            max_bytes=max_bytes,
        ).routes(),
        *Views(
            files=storage.files,
            artifacts=artifacts,
            pictures=pictures,
            with_workflow=config.policy.with_workflow,
        ).routes(),
        *Nodes(catalogue=catalogue, allows=allows, files=storage.files).routes(),
        *Models(upstream=upstream).routes(),
        *Settings(settings=storage.settings).routes(),
        *Userdata(
            files=storage.files, artifacts=artifacts, limits_of=limits_of, max_bytes=max_bytes
        ).routes(),
        *page.routes(),
    ]
    sign_in = SignIn(
        authenticator=authenticator,
        throttle=Throttle(monotonic=monotonic),
        tokens=storage.tokens,
        accounts=storage.accounts,
        lifetime=config.sign_in.session_hours * 3600,
        now=now,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with health.keeping(statuses=statuses.run(hub), sockets=sockets.watch()):
            yield

    api = FastAPI(
        title="Atelier",
        version=__version__,
        lifespan=lifespan,
        # Ours is a route that says who may use it, as every other.
        openapi_url=None,
        redirect_slashes=False,
        # A span would tell addresses with their tickets; figures are at /metrics, lines in the log.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    for error in (AtelierError, HTTPException, RequestValidationError, Exception):
        # Starlette calls it for WebSockets too, which its types keep apart.
        api.add_exception_handler(error, on_error)  # type: ignore[arg-type]
    api.state.authenticator = authenticator
    api.state.metrics = metrics
    api.state.grants = grants
    api.router.routes.extend(
        [
            # Every request tries them in turn: what is asked for most comes first.
            *page.plain_routes(),
            *both_ways(comfyui),
            *sockets.routes(),
            *sign_in.routes(),
            *health.routes(),
            openapi_route(api),
            *(route for router in routers(grants) for route in router.routes),
        ]
    )
    check_declared(api.router.routes)
    patterns: dict[object, str] = {
        route.endpoint: route.path
        for route in api.router.routes
        if isinstance(route, APIRoute | Route | WebSocketRoute)
    }
    app = Mounted(RequestLog(api, metrics=metrics, patterns=patterns), root_path=config.listen.root_path)
    return Gateway(
        app=Proxied(app, trusted=config.listen.trusted_proxies),
        api=api,
        hub=hub,
        grants=grants,
        statuses=statuses,
        metrics=metrics,
        health=health,
    )
