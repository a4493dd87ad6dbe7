"""What the gateway costs: the same requests to it, and straight to a backend that answers at once.

Client, gateway and backend share the machine's cores, so a rate is that of all three together; the processor
time is the gateway's own.
"""

from __future__ import annotations

import asyncio
import json
import statistics
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

from benchmarks.figure import Figure
from benchmarks.gateway_process import House, Measured, running_house
from benchmarks.graphs import Submissions
from benchmarks.load import Load, Maker, closed_loop, connections, open_loop, request
from benchmarks.stand_in import LARGE, PAGE_FILE

#: Times that each measurement is repeated, the two ways in turn; medians count.
RUNS = 5

CLIENTS = 16
#: Requests of a closed loop.
READS, SUBMISSIONS, POLLS, PICTURES = 400, 800, 3000, 120
#: Submissions a second of the open loop, and for how many seconds.
RATE, SECONDS = 100.0, 3.0
SOCKETS = 200

#: Steps of a job that takes the engine a second, so that not the jobs are measured but what takes them in.
_LONG = 200
_STEP_SECONDS = 0.005

_DEADLINE = 60.0


@dataclass(frozen=True, kw_only=True)
class Runs:
    """Several runs of one measurement."""

    loads: Sequence[Load]
    #: Milliseconds of the server's processor time for each request; None where the system does not tell it.
    cpu: float | None

    def milliseconds(self, share: float) -> float:
        """Return the median run's time within which this share of the requests was answered."""
        return statistics.median(each.quantile(share) for each in self.loads) * 1e3

    @property
    def rate(self) -> float:
        """The median run's answers a second."""
        return statistics.median(each.rate for each in self.loads)


def figures() -> list[Figure]:
    """Measure all of it; takes about two minutes."""
    with running_house(accounts=CLIENTS, step_seconds=_STEP_SECONDS) as house:
        return asyncio.run(_measure(house))


async def _measure(house: House) -> list[Figure]:
    return [
        *await _reads(house),
        *await _submissions(house),
        *await _polls(house),
        *await _pictures(house),
        *await _sockets(house),
    ]


# --- the measurements ---------------------------------------------------------------------------------------


async def _reads(house: House) -> list[Figure]:
    found = []
    for path, what in ((PAGE_FILE, "a file of the page"), ("/system_stats", "`/system_stats`")):

        def load(server: Measured, token: str | None, path: str = path) -> Coroutine[Any, Any, Load]:
            wanted = request(path, token=token)
            return closed_loop(server.url, lambda _: wanted, clients=1, requests=READS)

        direct, relayed = await _both(house, load)
        found += [
            _figure(f"{what}, 1 client, direct, p50", direct.milliseconds(0.5), "ms"),
            _figure(
                f"{what}, added by the gateway, p50",
                relayed.milliseconds(0.5) - direct.milliseconds(0.5),
                "ms",
                bar=0.5,
            ),
            *_cpu(what, relayed),
        ]
    return found


async def _submissions(house: House) -> list[Figure]:
    made = Submissions(steps=_LONG)

    def steady(server: Measured, token: str | None) -> Coroutine[Any, Any, Load]:
        return open_loop(server.url, _submit(house, made, token), clients=CLIENTS, rate=RATE, seconds=SECONDS)

    def flood(server: Measured, token: str | None) -> Coroutine[Any, Any, Load]:
        return closed_loop(server.url, _submit(house, made, token), clients=CLIENTS, requests=SUBMISSIONS)

    direct, taken = await _both(house, steady)
    _, most = await _both(house, flood)
    await _empty_queues(house)
    what = f"submitting 7 nodes, {RATE:g} a second"
    return [
        _figure(f"{what}, direct, p50", direct.milliseconds(0.5), "ms"),
        _figure(f"{what}, direct, p99", direct.milliseconds(0.99), "ms"),
        _figure(
            f"{what}, added by the gateway, p50",
            taken.milliseconds(0.5) - direct.milliseconds(0.5),
            "ms",
            bar=5.0,
        ),
        _figure(f"{what}, to the gateway, p99", taken.milliseconds(0.99), "ms", bar=20.0),
        _figure(f"submissions stored durably, {CLIENTS} clients", most.rate, "jobs/s", bar=300.0, more=True),
        *_cpu("a submission", most),
    ]


async def _polls(house: House) -> list[Figure]:
    made, url = Submissions(steps=1), house.gateway.url
    entries = [await _finished_job(house.gateway, token, made) for token in house.tokens]
    found = []
    for what, paths in (
        ("`GET /prompt`", ["/prompt" for _ in entries]),
        ("`GET /history/{id}`", [f"/history/{each['prompt'][1]}" for each in entries]),
    ):
        wanted = [request(path, token=token) for path, token in zip(paths, house.tokens, strict=True)]
        polls = _runs(
            [
                await _counted(
                    house.gateway, closed_loop(url, wanted.__getitem__, clients=CLIENTS, requests=POLLS)
                )
                for _ in range(RUNS)
            ]
        )
        found += [
            _figure(f"{what}, {CLIENTS} clients", polls.rate, "polls/s", bar=2000.0, more=True),
            *_cpu(what, polls),
        ]
    return found


async def _pictures(house: House) -> list[Figure]:
    made = Submissions(steps=1, width=LARGE)
    at_twin = await _finished_job(house.twin, None, made)
    kept = await _finished_job(house.gateway, house.tokens[0], made)

    def load(server: Measured, token: str | None) -> Coroutine[Any, Any, Load]:
        path = f"/view?{urlencode(_picture(at_twin if token is None else kept))}"
        wanted = request(path, token=token)
        return closed_loop(server.url, lambda _: wanted, clients=4, requests=PICTURES)

    direct, through = await _both(house, load)
    return [
        _figure("1.5 MB pictures, 4 clients, direct", direct.rate, "pictures/s"),
        _figure("through the gateway, over direct", through.rate / direct.rate, "times", bar=0.5, more=True),
        *_cpu("a picture of 1.5 MB", through),
    ]


async def _sockets(house: House) -> list[Figure]:
    connector = aiohttp.TCPConnector(limit=SOCKETS)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        for number in range(SOCKETS):
            token = house.tokens[number % len(house.tokens)]
            socket = await stack.enter_async_context(
                session.ws_connect(
                    f"{house.gateway.url}/ws",
                    params={"clientId": f"idle-{number}"},
                    headers={"Authorization": f"Bearer {token}"},
                )
            )
            await socket.receive(_DEADLINE)
        resident = house.gateway.resident_megabytes()
    if resident is None:
        return []
    return [_figure(f"the gateway after all this, with {SOCKETS} idle WebSockets", resident, "MB", bar=200.0)]


# --- how it is done -----------------------------------------------------------------------------------------


async def _both(house: House, load: Any) -> tuple[Runs, Runs]:
    """Return the runs straight to an engine, and those through the gateway, made in turn."""
    direct, through = [], []
    for _ in range(RUNS):
        direct.append(await _counted(house.twin, load(house.twin, None)))
        through.append(await _counted(house.gateway, load(house.gateway, house.tokens[0])))
    return _runs(direct), _runs(through)


async def _counted(server: Measured, load: Coroutine[Any, Any, Load]) -> tuple[Load, float | None]:
    """Return what a server did, and the seconds of processor time that it took."""
    before = server.cpu_seconds()
    made = await load
    after = server.cpu_seconds()
    return made, None if before is None or after is None else after - before


def _runs(runs: Sequence[tuple[Load, float | None]]) -> Runs:
    loads = [load for load, _ in runs]
    seconds = [each for _, each in runs if each is not None]
    # The system counts in steps too coarse for one run.
    requests = sum(len(each.times) for each in loads)
    return Runs(loads=loads, cpu=sum(seconds) / requests * 1e3 if seconds else None)


def _submit(house: House, made: Submissions, token: str | None) -> Maker:
    """Return what makes submissions, each client's as another account; without a token as nobody."""

    def make(number: int) -> bytes:
        return request("/prompt", token=None if token is None else house.tokens[number], body=made.body())

    return make


async def _finished_job(server: Measured, token: str | None, made: Submissions) -> dict[str, Any]:
    """Run a job, and return its entry in the history."""
    async with connections(server.url) as [connection], asyncio.timeout(_DEADLINE):
        answer = await connection.ask(request("/prompt", token=token, body=made.body()))
        job_id = json.loads(answer.body)["prompt_id"]
        while True:
            answer = await connection.ask(request(f"/history/{job_id}", token=token))
            entry: dict[str, Any] | None = json.loads(answer.body).get(job_id)
            if entry is not None:
                return entry
            await asyncio.sleep(0.05)


def _picture(entry: dict[str, Any]) -> dict[str, str]:
    [node] = entry["outputs"].values()
    picture: dict[str, str] = node["images"][0]
    return picture


async def _empty_queues(house: House) -> None:
    """Drop what waits, and wait until what runs has ended."""
    await _drop(house.twin, None)
    for token in house.tokens:
        await _drop(house.gateway, token)


async def _drop(server: Measured, token: str | None) -> None:
    async with connections(server.url) as [connection], asyncio.timeout(_DEADLINE):
        await connection.ask(request("/queue", token=token, body=b'{"clear": true}'))
        while True:
            answer = await connection.ask(request("/prompt", token=token))
            if not json.loads(answer.body)["exec_info"]["queue_remaining"]:
                return
            await asyncio.sleep(0.05)


def _figure(name: str, value: float, unit: str, *, bar: float | None = None, more: bool = False) -> Figure:
    return Figure(name=name, value=value, unit=unit, bar=bar, less_is_better=not more)


def _cpu(what: str, runs: Runs) -> list[Figure]:
    return [] if runs.cpu is None else [_figure(f"{what}: the gateway's processor time", runs.cpu, "ms")]
