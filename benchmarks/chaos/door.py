"""The gateway in a process of its own, and accounts that ask over HTTP until they have their pictures."""

from __future__ import annotations

import asyncio
import contextlib
import io
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
from PIL import Image

from atelier.gateway.config_file import read_config
from atelier.gateway.serve import serve
from atelier.providers.kept_engine import lasting_port
from atelier.storage.account import Account, Role
from atelier.storage.sqlite.storage import SqliteStorage
from atelier.storage.token import NewToken, digest, hint, new_secret
from benchmarks.chaos.service import Wish, accepted_file

#: Seconds in which everybody must have what they asked for.
_DEADLINE = 120.0
#: Seconds that the gateway has to stop in good order at the end.
_GRACE = 30.0
_PAUSE = 0.05

_PROCESSES = multiprocessing.get_context("forkserver")


def open_door(config: Path) -> None:
    """Serve until stopped; the log goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    asyncio.run(serve(read_config(config), ready=lambda url, token_file: None))


class Door:
    """One gateway with its database, through all its lives."""

    def __init__(self, directory: Path, engine_url: str, wishes: tuple[Wish, ...]) -> None:
        self._directory = directory
        self._wishes = wishes
        self._config = directory / "atelier.toml"
        port = lasting_port()
        self._url = f"http://127.0.0.1:{port}"
        self._config.write_text(
            f'directory = "."\ndatabase = "atelier.db"\n[listen]\nport = {port}\n'
            f'[[engines]]\nname = "one"\naddress = "{engine_url}"\n'
            "[limits.student]\nqueued = 100\nrunning = 4\n"
        )
        self._tokens = {wish.account: new_secret() for wish in wishes}
        self._process: Any = None
        #: The colour that each wish's account was shown; -1 for a picture that could not be had.
        self.seen: dict[str, int] = {}

    def start(self) -> None:
        self._process = _PROCESSES.Process(target=open_door, args=(self._config,), daemon=True)
        self._process.start()

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

    def stop(self) -> None:
        """Stop the gateway as whoever runs it does."""
        os.kill(self._process.pid, signal.SIGTERM)
        self._process.join(_GRACE)
        if self._process.is_alive():
            self.kill()
            raise AssertionError(f"the gateway did not stop within {_GRACE:g} s")

    async def enrol(self) -> None:
        """Make the accounts and their tokens."""
        storage = SqliteStorage(self._directory / "atelier.db")
        for name, secret in self._tokens.items():
            account = Account(id=name, name=name, role=Role.STUDENT, created_at=time.time())
            await storage.accounts.add(account)
            token = NewToken(id=name, account_id=name, digest=digest(secret), hint=hint(secret))
            await storage.tokens.issue(token)
        await storage.close()

    async def serve_everybody(self, delays: list[float], breaking: Callable[[], None]) -> bool:
        """Let all accounts ask until they have their pictures; return whether all was broken before that.

        Args:
            delays: Seconds before each breaking, from the start and from one to the next.
            breaking: Breaks something, and starts it again.
        """
        struck = 0
        all_have_theirs = asyncio.Event()

        async def break_all() -> None:
            nonlocal struck
            for delay in delays:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(all_have_theirs.wait(), delay)
                    return
                struck += 1
                await asyncio.to_thread(breaking)

        async with (
            asyncio.timeout(_DEADLINE),
            aiohttp.ClientSession(self._url) as session,
            asyncio.TaskGroup() as group,
        ):
            group.create_task(break_all())
            everybody = [
                group.create_task(self._follow(session, wish, number / len(self._wishes)))
                for number, wish in enumerate(self._wishes)
            ]
            await asyncio.wait(everybody)
            all_have_theirs.set()
        return struck > 0

    async def _follow(self, session: aiohttp.ClientSession, wish: Wish, delay: float) -> None:
        await asyncio.sleep(delay)
        body = {"prompt": wish.workflow, "prompt_id": wish.given_id, "client_id": wish.account}
        await self._ask(session, wish, "POST", "/prompt", json=body)
        with accepted_file(self._directory).open("a") as accepted:
            accepted.write(f"{wish.given_id}\n")
        while True:
            history = await self._ask(session, wish, "GET", f"/history/{wish.given_id}")
            if history:
                break
            await asyncio.sleep(_PAUSE)
        entry = history[wish.given_id]
        if entry["status"]["status_str"] != "success":
            return
        (file,) = entry["outputs"]["9"]["images"]
        picture = await self._ask(session, wish, "GET", "/view", params=file)
        self.seen[wish.given_id] = _color(picture)

    async def _ask(
        self, session: aiohttp.ClientSession, wish: Wish, method: str, path: str, **further: Any
    ) -> Any:
        """Ask until the gateway answers.

        Raises:
            AssertionError: it refused.
        """
        headers = {"Authorization": f"Bearer {self._tokens[wish.account]}"}
        while True:
            try:
                async with session.request(method, path, headers=headers, **further) as answer:
                    if answer.status < 400:
                        return await (answer.read() if path == "/view" else answer.json())
                    if answer.status < 500 and answer.status != 429:
                        raise AssertionError(f"{method} {path}: {answer.status} {await answer.text()}")
            except (aiohttp.ClientError, OSError):
                pass
            await asyncio.sleep(_PAUSE)


def _color(picture: bytes) -> int:
    with Image.open(io.BytesIO(picture)) as image:
        red, green, blue = image.convert("RGB").getpixel((0, 0))  # type: ignore[misc]
    return int(red) << 16 | int(green) << 8 | int(blue)
