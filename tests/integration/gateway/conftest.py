"""A gateway on a free port with two pupils, a teacher and an admin, and an embedded engine behind it.

Real parts but for two: workflows are stored without a policy, and no worker runs them unless a test says so.
"""

from __future__ import annotations

import asyncio
import io
import logging
import socket
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog
import uvicorn
from fastapi import APIRouter
from PIL import Image

from atelier.engine.config import EngineConfig
from atelier.engine.server.serve import running
from atelier.errors import PromptRefused
from atelier.gateway.administration import Administration
from atelier.gateway.api.parts import Parts
from atelier.gateway.api.routers import routers
from atelier.gateway.app import Gateway, build_gateway
from atelier.gateway.catalogue import Catalogue
from atelier.gateway.config import Config
from atelier.gateway.grants import Grants
from atelier.gateway.identity import Identity
from atelier.gateway.policy import refusal_of
from atelier.gateway.server import server_config
from atelier.gateway.upstream import EngineAddress, Upstream
from atelier.schemas.needs import Needs
from atelier.storage.account import Account, Limits, Role
from atelier.storage.artifacts import ArtifactStore
from atelier.storage.job import Job, NewJob
from atelier.storage.sqlite import SqliteStorage
from atelier.storage.token import NewToken, digest, hint, new_secret
from atelier.worker.bell import Bells
from atelier.workflows.object_info import NodeType

#: Seconds after which a test that waits has failed.
DEADLINE = 60.0

#: Those who are known to the gateway of a test.
PEOPLE = {"ada": Role.STUDENT, "bob": Role.STUDENT, "tea": Role.TEACHER, "root": Role.ADMIN}

EMPTY_NEEDS = Needs(node_classes=frozenset(), models=frozenset(), model=None, kind="any")

HouseBuilder = Callable[..., AbstractAsyncContextManager["House"]]


@dataclass(kw_only=True)
class House:
    """A running gateway and its parts."""

    url: str
    config: Config
    storage: SqliteStorage
    artifacts: ArtifactStore
    gateway: Gateway
    bells: Bells
    #: Account name to its token.
    tokens: dict[str, str]
    accounts: dict[str, Account]
    _stack: AsyncExitStack
    _sessions: dict[str, aiohttp.ClientSession] = field(default_factory=dict)

    def as_(self, name: str) -> aiohttp.ClientSession:
        """Return a session with somebody's token in its header."""
        if name not in self._sessions:
            self._sessions[name] = self.session({"Authorization": f"Bearer {self.tokens[name]}"})
        return self._sessions[name]

    def session(self, headers: Mapping[str, str] | None = None) -> aiohttp.ClientSession:
        """Return a session with nothing but these headers, and a cookie jar of its own."""
        opened = aiohttp.ClientSession(
            self.url,
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=DEADLINE),
            cookie_jar=aiohttp.CookieJar(unsafe=True),
        )
        self._stack.push_async_callback(opened.close)
        return opened

    async def submit(self, name: str, workflow: Mapping[str, Any] | None = None, **body: Any) -> str:
        """Queue a workflow as somebody and return the id that they know it by."""
        document = {"prompt": workflow or WORKFLOW, **body}
        async with self.as_(name).post("/prompt", json=document) as answer:
            assert answer.status == 200, await answer.text()
            prompt_id: str = (await answer.json())["prompt_id"]
            return prompt_id

    async def upload(
        self, name: str, content: bytes, filename: str = "a.png", **fields: str
    ) -> dict[str, str]:
        """Upload a file as somebody and return the answer."""
        form = aiohttp.FormData({"type": "input", **fields}, quote_fields=False)
        form.add_field("image", content, filename=filename)
        async with self.as_(name).post("/upload/image", data=form) as answer:
            assert answer.status == 200, await answer.text()
            document: dict[str, str] = await answer.json()
            return document

    async def get(self, name: str, path: str) -> tuple[int, Any]:
        """Return status and JSON that somebody gets; the text where it is no JSON."""
        async with self.as_(name).get(path) as answer:
            body = await answer.read()
            if answer.content_type == "application/json":
                return answer.status, await answer.json()
            return answer.status, body


WORKFLOW = {"1": {"class_type": "PreviewAny", "inputs": {"source": "hello"}}}


def take_everything(storage: SqliteStorage) -> Callable[[Identity, Mapping[str, Any]], Any]:
    """Return an admission that stores whatever is a workflow."""

    async def admit(identity: Identity, body: Mapping[str, Any]) -> Job:
        workflow = body.get("prompt")
        if not isinstance(workflow, dict):
            fault = {"type": "no_prompt", "message": "No prompt provided", "details": "", "extra_info": {}}
            raise PromptRefused("No prompt provided", document={"error": fault, "node_errors": {}})
        new = NewJob(
            id=str(uuid.uuid4()),
            account_id=identity.account.id,
            given_id=body.get("prompt_id"),
            body_digest=repr(sorted(body)),
            client_id=body.get("client_id"),
            workflow=workflow,
            targets=tuple(workflow),
            extra_data=body.get("extra_data", {}),
            needs=EMPTY_NEEDS,
            images=0,
        )
        return await storage.jobs.submit(new, Limits())

    return admit


async def add_people(storage: SqliteStorage) -> tuple[dict[str, Account], dict[str, str]]:
    """Add everybody in `PEOPLE`, and return their accounts and tokens."""
    accounts, tokens = {}, {}
    for name, role in PEOPLE.items():
        accounts[name] = Account(id=f"account-{name}", name=name, role=role, created_at=time.time())
        await storage.accounts.add(accounts[name])
        tokens[name] = await add_token(storage, name)
    return accounts, tokens


async def add_token(storage: SqliteStorage, name: str, **fields: Any) -> str:
    """Issue another token for somebody and return it."""
    secret = new_secret()
    token = NewToken(
        id=fields.pop("id", f"token-{uuid.uuid4().hex}"),
        account_id=f"account-{name}",
        digest=digest(secret),
        hint=hint(secret),
        **fields,
    )
    await storage.tokens.issue(token)
    return secret


@asynccontextmanager
async def serving(gateway: Gateway, config: Config) -> AsyncIterator[str]:
    """Run a gateway on a free port of this machine for as long as the context lasts; give its address."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(server_config(gateway.app, config))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    async with asyncio.timeout(DEADLINE):
        while not server.started:
            if task.done():
                task.result()
            await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, DEADLINE)
        listener.close()


@pytest.fixture(autouse=True)
def quiet_log() -> Iterator[None]:
    """Leave the line of each request out of what pytest keeps."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    yield
    structlog.reset_defaults()


@pytest.fixture
def build_house(tmp_path: Path) -> HouseBuilder:
    """Build gateways with a configuration of one's own; with `engine=True` an engine is behind it."""

    @asynccontextmanager
    async def build(*, engine: bool = False, page: bool = False, **settings: Any) -> AsyncIterator[House]:
        config = Config(directory=tmp_path / "gateway", **settings)
        async with AsyncExitStack() as stack:
            engines = []
            if engine:
                engine_config = EngineConfig(directory=tmp_path / "engine", port=0, page=page)
                url = await stack.enter_async_context(running(engine_config))
                engines.append(EngineAddress(name="first", url=url))
            config.directory.mkdir(exist_ok=True)
            storage = SqliteStorage(config.directory / "atelier.sqlite3")
            stack.push_async_callback(storage.close)
            artifacts = ArtifactStore(config.directory / "artifacts")
            accounts, tokens = await add_people(storage)
            upstream = Upstream(engines)
            stack.push_async_callback(upstream.close)
            catalogue = Catalogue(upstream, storage.engines, now=time.time, monotonic=time.monotonic)
            stack.push_async_callback(catalogue.close)
            bells = Bells()

            def allows(role: Role, type_: NodeType) -> bool:
                return refusal_of(config.policy.of(role), type_) is None

            def api(grants: Grants) -> list[APIRouter]:
                return routers(
                    Parts(
                        config=config,
                        storage=storage,
                        artifacts=artifacts,
                        administration=Administration(storage, now=time.time, changed=grants.forget),
                        stopping=bells.stopping.ring,
                        now=time.time,
                    )
                )

            gateway = build_gateway(
                config,
                storage=storage,
                artifacts=artifacts,
                upstream=upstream,
                catalogue=catalogue,
                admit=take_everything(storage),
                allows=allows,
                bells=bells,
                routers=api,
            )
            url = await stack.enter_async_context(serving(gateway, config))
            async with AsyncExitStack() as sessions:
                yield House(
                    url=url,
                    config=config,
                    storage=storage,
                    artifacts=artifacts,
                    gateway=gateway,
                    bells=bells,
                    tokens=tokens,
                    accounts=accounts,
                    _stack=sessions,
                )

    return build


@pytest.fixture
async def house(build_house: HouseBuilder) -> AsyncIterator[House]:
    """A gateway without an engine."""
    async with build_house() as built:
        yield built


@pytest.fixture
def picture() -> bytes:
    """A small picture as PNG."""
    buffer = io.BytesIO()
    Image.new("RGBA", (12, 8), (200, 40, 10, 128)).save(buffer, "PNG")
    return buffer.getvalue()
