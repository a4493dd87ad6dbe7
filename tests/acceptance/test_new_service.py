"""The first day of a service: a class, three at work at once, and everything killed in the middle.

Once as it is, and once behind nginx with TLS under a sub-path. Client and page come by the same address.
"""

from __future__ import annotations

import asyncio
import io
import json
import ssl
import time
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from PIL import Image

from tests.acceptance.browser import Visit, chromium
from tests.acceptance.nginx import SUB_PATH, nginx_before
from tests.acceptance.service import DEADLINE, Service, begun, drawing, key, service_in, told
from tests.integration.engine.workflows import plain_picture

pytestmark = pytest.mark.browser

ROSTER = "Name;Role;Class\n" + "".join(f"Pupil {number:02};;7b\n" for number in range(1, 31))
AT_WORK = ("Pupil 01", "Pupil 02", "Pupil 03")

#: Jobs that each has when everything is killed: some wait, one may run.
LEFT_BEHIND = 3

BEHIND_NGINX = f'root_path = "{SUB_PATH}"\ntrusted_proxies = ["127.0.0.1"]'


class Day:
    """A service, the address at which people reach it, and their keys."""

    def __init__(self, service: Service, url: str, certificate: Path | None) -> None:
        self.service = service
        self.url = url
        self.certificate = certificate
        self.keys: dict[str, dict[str, str]] = {}

    def admin(self, *arguments: object) -> dict[str, Any]:
        return told(begun(self.reached(self.service.admin), *arguments))

    def reached(self, who: Mapping[str, str]) -> dict[str, str]:
        """Return somebody's variables, with the address that people use, and trust in its certificate."""
        trust = {} if self.certificate is None else {"SSL_CERT_FILE": str(self.certificate)}
        return {**who, "ATELIER_SERVER": self.url, **trust}

    def make_the_class(self, directory: Path) -> None:
        roster, tokens = directory / "roster.csv", directory / "tokens"
        roster.write_text(ROSTER, encoding="utf-8")
        imported = self.admin("users", "import", roster, "--tokens", tokens, "--url", self.url)
        assert len(imported["files"]) == 30
        for name in AT_WORK:
            self.keys[name] = self.reached(key(tokens / f"{name.replace(' ', '_')}.env"))

    @asynccontextmanager
    async def as_(self, name: str) -> AsyncIterator[aiohttp.ClientSession]:
        trust = True if self.certificate is None else ssl.create_default_context(cafile=self.certificate)
        async with aiohttp.ClientSession(
            f"{self.url}/",
            headers={"Authorization": f"Bearer {self.keys[name]['ATELIER_TOKEN']}"},
            timeout=aiohttp.ClientTimeout(total=DEADLINE),
            connector=aiohttp.TCPConnector(ssl=trust),
        ) as session:
            yield session

    async def history(self, name: str) -> dict[str, Any]:
        async with self.as_(name) as session, session.get("history") as answer:
            document: dict[str, Any] = await answer.json()
            return document


@contextmanager
def day(directory: Path, door: str) -> Any:
    with ExitStack() as stack:
        behind = door == "nginx"
        service = stack.enter_context(service_in(directory, listen=BEHIND_NGINX if behind else ""))
        service.start()
        if not behind:
            yield Day(service, service.url, None)
            return
        proxy = stack.enter_context(nginx_before(service.port, directory / "nginx"))
        yield Day(service, proxy.url, proxy.certificate)


async def test_a_class_draws_with_client_and_page_and_outlives_a_death_of_everything(
    tmp_path: Path,
) -> None:
    with day(tmp_path, "its own door") as today:
        await asyncio.to_thread(today.make_the_class, tmp_path)
        drawn = [drawing(today.keys[name], tmp_path / name) for name in AT_WORK]
        await draws_on_the_page(today, AT_WORK[0])
        for each in drawn:
            await asyncio.to_thread(told, each)
        await everything_is_killed(today, jobs=[2, 1, 1])


async def test_behind_nginx_a_class_draws_and_outlives_the_death_of_everything(tmp_path: Path) -> None:
    with day(tmp_path, "nginx") as today:
        await asyncio.to_thread(today.make_the_class, tmp_path)
        for each in [drawing(today.keys[name], tmp_path / name) for name in AT_WORK]:
            await asyncio.to_thread(told, each)
        await everything_is_killed(today, jobs=[1, 1, 1])


async def test_the_page_works_behind_nginx(tmp_path: Path) -> None:
    with day(tmp_path, "nginx") as today:
        await asyncio.to_thread(today.make_the_class, tmp_path)
        cookie = await draws_on_the_page(today, AT_WORK[0])
        assert cookie["secure"] is True
        assert cookie["path"] == f"{SUB_PATH}/"


async def draws_on_the_page(today: Day, name: str) -> Mapping[str, Any]:
    """Draw in a browser, and return its cookie."""
    async with chromium() as browser:
        context = await browser.new_context(viewport={"width": 1200, "height": 800}, ignore_https_errors=True)
        visit = Visit(await context.new_page(), today.url)
        await visit.sign_in(today.keys[name]["ATELIER_TOKEN"])
        await visit.load(plain_picture(0xFF0000, prefix="page"))
        picture = Image.open(io.BytesIO(await visit.run())).convert("RGB")
        assert picture.getpixel((5, 5)) == (255, 0, 0)
        assert visit.failed == []
        # Pictures within the page are `data:` and `blob:` addresses, without a host.
        assert visit.hosts - {""} == {urlsplit(today.url).netloc}
        [cookie] = await context.cookies()
        assert cookie["name"] == "atelier_session"
        return dict(cookie)


async def everything_is_killed(today: Day, *, jobs: list[int]) -> None:
    """Kill gateway and engine while jobs wait and run, start again, and find each of them ended once.

    Args:
        today: The service.
        jobs: How many each has made so far.
    """
    first = {name: await today.history(name) for name in AT_WORK}
    assert [len(each) for each in first.values()] == jobs
    assert len({job for each in first.values() for job in each}) == sum(jobs)
    await nobody_sees_anothers(today, first)
    await leave_jobs_behind(today, first)
    today.service.kill()
    today.service.start()
    await asyncio.to_thread(everything_ends, today)
    for name in AT_WORK:
        await each_job_ended_once(today, name, jobs=len(first[name]) + LEFT_BEHIND)


async def nobody_sees_anothers(today: Day, histories: Mapping[str, dict[str, Any]]) -> None:
    for name in AT_WORK:
        async with today.as_(name) as session:
            for other in AT_WORK:
                for job_id in histories[other]:
                    async with session.get(f"history/{job_id}") as answer:
                        assert bool(await answer.json()) is (name == other)
                for image in named_in(histories[other]):
                    # Each has pictures of the same names, but not of the same number.
                    async with session.get("view", params={"filename": image}) as answer:
                        own = image in named_in(histories[name])
                        assert answer.status == (200 if own else 404)


async def leave_jobs_behind(today: Day, histories: Mapping[str, dict[str, Any]]) -> None:
    """Hand jobs in for everybody, and return while they wait or run."""
    for name in AT_WORK:
        workflow = next(
            entry["prompt"][2]
            for entry in histories[name].values()
            if any(node["class_type"] == "KSampler" for node in entry["prompt"][2].values())
        )
        async with today.as_(name) as session:
            for number in range(LEFT_BEHIND):
                for node in workflow.values():
                    if node["class_type"] == "KSampler":
                        node["inputs"] |= {"seed": 1000 + number, "steps": 8}
                async with session.post("prompt", json={"prompt": workflow}) as answer:
                    assert answer.status == 200, await answer.text()


def everything_ends(today: Day) -> None:
    until = time.monotonic() + DEADLINE
    while today.admin("jobs", "list")["jobs"]:
        assert time.monotonic() < until


async def each_job_ended_once(today: Day, name: str, *, jobs: int) -> None:
    """Look at the history, the charge, and all that is kept of an account."""
    history = await today.history(name)
    assert [each["status"]["status_str"] for each in history.values()] == ["success"] * jobs
    named = named_in(history)
    assert len(set(named)) == jobs
    [use] = (await asyncio.to_thread(today.admin, "usage", "--account", name))["usage"]
    assert (use["images"], use["jobs"]) == (jobs, jobs)
    async with today.as_(name) as session, session.get("atelier/api/me/export") as answer:
        archive = zipfile.ZipFile(io.BytesIO(await answer.read()))
    kept = [each.removeprefix("output/") for each in archive.namelist() if each.startswith("output/")]
    assert sorted(kept) == sorted(named)
    assert len(json.loads(archive.read("jobs.json"))) == jobs


def named_in(history: Mapping[str, Any]) -> list[str]:
    """Return the names of the pictures of a history."""
    return [
        image["filename"]
        for each in history.values()
        for output in each["outputs"].values()
        for image in output["images"]
    ]
