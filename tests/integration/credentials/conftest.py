"""A service with its store of secrets: both as processes of their own, as an administrator has them."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from atelier.credentials.copies import Copy, EnvCopy, TokenCopy, write_copies
from atelier.credentials.kind import Kind
from atelier.credentials.making import new_gateway_token
from atelier.credentials.store import Store
from atelier.credentials.sync import sync

#: Seconds after which a test that waits has failed.
DEADLINE = 240.0

CONFIG = """
directory = "data"
first_admin_token_file = "admin.token"

[listen]
port = 0

[log]
level = "debug"

[[engines]]
name = "nobody"
address = "http://127.0.0.1:9"
"""

COPIES: tuple[Copy, ...] = (
    TokenCopy(file="admin.token", secret="admin-token"),
    EnvCopy(file="notebook.env", secrets={"ATELIER_TOKEN": "student-token"}),
    TokenCopy(file="student.token", secret="student-token", restart="the robot"),
)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a command said, and how it ended."""

    status: int
    out: str
    err: str


@dataclass(kw_only=True)
class Deployment:
    """A folder with a store, copies, and a service that runs."""

    folder: Path
    store: Store
    url: str = ""
    #: Every value that a secret ever had.
    ever: set[str] = field(default_factory=set)
    #: What the service and the commands wrote.
    written: list[str] = field(default_factory=list)

    def value(self, name: str) -> str:
        value = self.store.get(name).get_secret_value()
        self.ever.add(value)
        return value

    async def run(self, *arguments: str, input: str | None = None) -> Answer:
        """Run `atelier` with the store; what it writes is kept."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "atelier", *arguments, "--store", str(self.store.folder)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={key: value for key, value in os.environ.items() if not key.startswith("ATELIER_")},
        )
        try:
            async with asyncio.timeout(DEADLINE):
                out, err = await process.communicate(None if input is None else input.encode())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        answer = Answer(status=process.returncode or 0, out=out.decode(), err=err.decode())
        self.written += [answer.out, answer.err]
        return answer

    async def call(self, method: str, path: str, token: str, document: object = None) -> tuple[int, Any]:
        """Return status and document of a call of the service's API."""
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session,
            session.request(method, f"{self.url}/atelier/api{path}", json=document) as answer,
        ):
            return answer.status, await answer.json()


@asynccontextmanager
async def serving(deployment: Deployment) -> AsyncIterator[None]:
    """Run the service for as long as the context lasts, and keep its log."""
    log = deployment.folder / "service.log"
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "atelier", "serve", "--json"),
            *("--config", str(deployment.folder / "atelier.toml")),
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
        try:
            assert process.stdout is not None
            async with asyncio.timeout(DEADLINE):
                line = await process.stdout.readline()
            assert line, log.read_text()
            deployment.written.append(line.decode())
            deployment.url = json.loads(line)["url"].rstrip("/")
            yield
        finally:
            process.terminate()
            async with asyncio.timeout(DEADLINE):
                await process.wait()
    deployment.written.append(log.read_text())


@pytest.fixture
async def deployment(tmp_path: Path) -> AsyncIterator[Deployment]:
    """A running service with an admin and a pupil, whose tokens the store has."""
    store = Store.create(tmp_path / ".secrets")
    store.put("admin-token", new_gateway_token(), kind=Kind.GATEWAY, account="admin")
    write_copies(store, COPIES[:1])
    sync(store)
    (tmp_path / "atelier.toml").write_text(CONFIG)
    built = Deployment(folder=tmp_path, store=store)
    async with serving(built):
        admin = built.value("admin-token")
        await built.call("POST", "/accounts", admin, {"name": "Ada L.", "role": "student"})
        status, issued = await built.call("POST", "/accounts/Ada%20L./tokens", admin, {})
        assert status == 201
        store.put("student-token", issued["token"], kind=Kind.GATEWAY, account="Ada L.")
        write_copies(store, COPIES)
        sync(store)
        built.value("student-token")
        yield built
