"""Rotation while the service is used: no valid request is refused, and no secret gets where it may not be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import bcrypt
from aiohttp import web

from atelier.credentials import env_file
from atelier.credentials.check import check
from atelier.credentials.copies import LoginCopy, TokenCopy, read_copies, write_copies
from atelier.credentials.drift import Reason
from atelier.credentials.kind import Kind
from atelier.credentials.making import new_gateway_token
from atelier.credentials.store import Store
from atelier.credentials.sync import sync
from tests.integration.credentials.conftest import DEADLINE, Deployment
from tests.secrets import assert_no_secret

#: Names of programs, and what gives each its token.
Programs = dict[str, Callable[[], str]]


@dataclass(kw_only=True)
class Traffic:
    """Programs that never stop asking."""

    #: What each got, in order.
    statuses: dict[str, list[int]] = field(default_factory=dict)

    async def more(self, count: int = 3) -> None:
        """Wait until everybody has asked some more times."""
        before = {name: len(each) for name, each in self.statuses.items()}
        async with asyncio.timeout(DEADLINE):
            # Programs that ask as fast as they can need no bell.
            while any(len(self.statuses[name]) < before[name] + count for name in before):  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    def refused(self) -> dict[str, list[int]]:
        """Return who got anything but 200."""
        refused = {name: [code for code in each if code != 200] for name, each in self.statuses.items()}
        return {name: each for name, each in refused.items() if each}


@asynccontextmanager
async def asking(url: str, programs: Programs, *paths: str) -> AsyncIterator[Traffic]:
    """Let programs ask one request after the other, each with the token that its function gives."""
    traffic = Traffic(statuses={name: [] for name in programs})

    async def ask(session: aiohttp.ClientSession, name: str, token: Callable[[], str]) -> None:
        while True:
            for path in paths:
                headers = {"Authorization": f"Bearer {token()}"}
                if path == "/ws":
                    async with session.ws_connect(f"{url}/ws?clientId={name}", headers=headers):
                        traffic.statuses[name].append(200)
                else:
                    async with session.get(f"{url}{path}", headers=headers) as answer:
                        traffic.statuses[name].append(answer.status)
                # Often, and leaving the machine to those who are measured.
                await asyncio.sleep(0.02)

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=DEADLINE)) as session:
        tasks = [asyncio.create_task(ask(session, name, token)) for name, token in programs.items()]
        try:
            yield traffic
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def from_env_file(path: Path) -> str:
    """Return the token that an env file holds at this moment."""
    (entry,) = [each for each in env_file.pieces(path.read_text()) if each.name == "ATELIER_TOKEN"]
    return entry.raw


async def test_no_valid_request_is_refused_while_every_token_is_rotated(deployment: Deployment) -> None:
    folder = deployment.folder
    before = {name: deployment.value(name) for name in ("admin-token", "student-token")}
    programs: Programs = {
        # A long-running program that read its token when it began.
        "began with the old token": lambda: before["student-token"],
        # Programs that begin all the time.
        "reads its env file": lambda: from_env_file(folder / "notebook.env"),
        "reads its token file": lambda: (folder / "student.token").read_text(),
        "is the admin": lambda: (folder / "admin.token").read_text(),
    }
    async with asking(deployment.url, programs, "/atelier/api/me", "/queue", "/ws") as traffic:
        await traffic.more()
        for name in ("student-token", "admin-token"):
            answer = await deployment.run("credentials", "rotate", name, "--server", deployment.url)
            assert answer.status == 0, answer.err
            assert deployment.value(name) != before[name]
            await traffic.more()
            assert name != "student-token" or "Restart what reads them only" in answer.out
    assert traffic.refused() == {}
    assert from_env_file(folder / "notebook.env") == deployment.value("student-token")
    assert check(deployment.store).drifts == ()

    # The overlap has an end, and with none the tokens of before are refused at once.
    _, tokens = await deployment.call("GET", "/tokens", deployment.value("admin-token"))
    assert sum(each["revoked"] is not None for each in tokens) == 2
    cut = await deployment.run(
        "credentials", "rotate", "student-token", "--overlap-minutes", "0", "--server", deployment.url
    )
    assert cut.status == 0, cut.err
    assert (await deployment.call("GET", "/me", before["student-token"]))[0] == 401
    assert (await deployment.call("GET", "/me", deployment.value("student-token")))[0] == 200


async def test_no_secret_is_in_the_log_the_database_or_what_commands_say(deployment: Deployment) -> None:
    deployment.ever.add("hf_typed-by-somebody-0123456789")
    for arguments in (
        ("set", "huggingface-token"),
        ("rotate", "student-token", "--server", deployment.url),
        ("rotate", "huggingface-token"),
        ("check", "--json"),
    ):
        (deployment.folder / "notebook.env").write_text("ATELIER_TOKEN=atl_edited\n")
        await deployment.run("credentials", *arguments, input="hf_typed-by-somebody-0123456789\n")
        for name in deployment.store.names():
            deployment.value(name)
    for token in tuple(deployment.ever):
        await deployment.call("GET", "/me", token)
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{deployment.url}/queue", params={"token": token}) as answer,
        ):
            assert answer.status == 401
    assert len(deployment.ever) == 4
    log = (deployment.folder / "service.log").read_text()
    assert "/atelier/api/accounts/Ada L./tokens/rotate" in log, "the log is looked at, and is not empty"
    assert_no_secret(deployment.ever, *deployment.written, log, deployment.folder / "data")


async def test_a_rotation_that_cannot_be_finished_is_not_begun(deployment: Deployment) -> None:
    store = deployment.store
    before = {name: deployment.value(name) for name in store.names()}
    there = ("--server", deployment.url)
    unknown = "nobody-token"
    store.put(unknown, new_gateway_token(), kind=Kind.GATEWAY, account="nobody")

    # No account; no right to rotate; a service that runs has its database to itself.
    config = ("--offline", "--config", str(deployment.folder / "atelier.toml"))
    for status, arguments in (
        (6, (unknown, *there)),
        (6, ("student-token", "--by", "student-token", *there)),
        (11, ("student-token", *config)),
    ):
        answer = await deployment.run("credentials", "rotate", *arguments)
        assert answer.status == status, answer.err
        assert check(store).drifts == ()

    lost = TokenCopy(file="no/such/folder/token", secret="student-token")
    write_copies(store, [*read_copies(store), lost])
    answer = await deployment.run("credentials", "rotate", "student-token", *there)
    assert answer.status == 12
    assert "student-token is not rotated" in answer.err

    assert {name: deployment.value(name) for name in before} == before
    _, tokens = await deployment.call("GET", "/tokens", before["admin-token"])
    assert [each["revoked"] for each in tokens] == [None, None]


@asynccontextmanager
async def on_a_port(app: web.Application) -> AsyncIterator[str]:
    """Serve an application on a free port for as long as the context lasts."""
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_rotation_whose_answer_got_lost_is_named_until_it_is_repeated(tmp_path: Path) -> None:
    async def cut(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    store = Store.create(tmp_path / ".secrets")
    store.put("admin-token", new_gateway_token(), kind=Kind.GATEWAY, account="admin")
    deployment = Deployment(folder=tmp_path, store=store)
    app = web.Application()
    app.router.add_post("/atelier/api/accounts/admin/tokens/rotate", cut)
    async with on_a_port(app) as url:
        assert (await deployment.run("credentials", "rotate", "admin-token", "--server", url)).status == 4
    (found,) = check(store).drifts
    assert found.reason is Reason.HALF_ROTATED

    # Where nothing listens, nothing was sent.
    store.note_rotation("admin-token", None)
    assert (await deployment.run("credentials", "rotate", "admin-token", "--server", url)).status == 4
    assert check(store).drifts == ()


class LoginStandIn:
    """Answers as ComfyUI-Login does: it reads its file when it starts, and never again.

    Source: password.py of ComfyUI-Login, commit 6910925: `load_token` and `get_user_data`.
    """

    def __init__(self, file: Path) -> None:
        self.token = file.read_text(encoding="utf-8").partition("\n")[0].strip()
        self._hash, self._user = file.read_bytes().split(b"\n")[:2]
        self.app = web.Application()
        self.app.router.add_get("/queue", self._queue)
        self.app.router.add_post("/login", self._login)

    async def _queue(self, request: web.Request) -> web.Response:
        right = request.headers.get("Authorization", "").split() == ["Bearer", self.token]
        return web.json_response({}, status=200 if right else 401)

    async def _login(self, request: web.Request) -> web.Response:
        right = bcrypt.checkpw(str((await request.post())["password"]).encode(), self._hash)
        return web.Response(status=200 if right and self._user.strip() else 401)


async def test_a_comfyui_login_takes_the_old_token_until_it_is_restarted(
    tmp_path: Path,
) -> None:
    store = Store.create(tmp_path / ".secrets")
    deployment = Deployment(folder=tmp_path, store=store)
    store.put("comfyui-password", "a password of old", kind=Kind.LOGIN)
    (tmp_path / "login").mkdir()
    write_copies(
        store,
        [
            LoginCopy(file="login/PASSWORD", secret="comfyui-token", restart="ComfyUI"),
            TokenCopy(file="engine.token", secret="comfyui-token", restart="the gateway"),
        ],
    )
    sync(store)
    old = deployment.value("comfyui-token")
    async with on_a_port(LoginStandIn(tmp_path / "login/PASSWORD").app) as url:
        # The gateway reads its engine's token when it starts.
        async with asking(url, {"the gateway": lambda: old}, "/queue") as traffic:
            await traffic.more()
            answer = await deployment.run("credentials", "rotate", "comfyui-password")
            assert answer.status == 0, answer.err
            await traffic.more()
        assert traffic.refused() == {}
        assert "ComfyUI, the gateway" in answer.out
    new = (tmp_path / "engine.token").read_text()
    assert new != old
    async with (
        on_a_port(LoginStandIn(tmp_path / "login/PASSWORD").app) as url,
        aiohttp.ClientSession() as session,
    ):
        for token, status in ((old, 401), (new, 200)):
            async with session.get(f"{url}/queue", headers={"Authorization": f"Bearer {token}"}) as reply:
                assert reply.status == status
        for password, status in (("a password of old", 401), (deployment.value("comfyui-password"), 200)):
            async with session.post(f"{url}/login", data={"username": "x", "password": password}) as reply:
                assert reply.status == status
    assert_no_secret({old, new, "a password of old"}, *deployment.written)
