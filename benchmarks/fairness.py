"""Whether one engine's time is shared fairly: in which order jobs start, and who got how much of it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.gateway_process import House, running_house
from benchmarks.graphs import Submissions
from benchmarks.load import connections, request

#: Jobs of the account that comes first.
CROWD = 100
#: Equal accounts under load, and the jobs of each.
ACCOUNTS, EACH = 10, 12
#: Steps of a job: some accounts' jobs are three times as long as others'.
_STEPS = (2, 4, 6)
_STEP_SECONDS = 0.01

_DEADLINE = 120.0


@dataclass(frozen=True, kw_only=True)
class Fairness:
    """How one engine was shared."""

    #: Jobs of the account with a hundred that waited when the newcomer's was stored, and began before it.
    before_newcomer: int
    #: Jain's index of the engine-seconds that ten equal accounts got while all of them had jobs waiting; 1 is
    #: all alike, 0.1 is one for all.
    jain: float


def measure() -> Fairness:
    """Measure on an engine of its own; takes about half a minute."""
    with running_house(accounts=ACCOUNTS, step_seconds=_STEP_SECONDS) as house:
        return asyncio.run(_measure(house))


def jain(shares: Iterable[float]) -> float:
    """Return Jain's fairness index: the square of the sum over the number times the sum of squares."""
    given = list(shares)
    return sum(given) ** 2 / (len(given) * sum(each * each for each in given))


async def _measure(house: House) -> Fairness:
    first, second = house.tokens[:2]
    jobs = Submissions(steps=_STEPS[1])
    await _submitted(house, [(first, jobs)] * CROWD)
    [newcomer] = await _submitted(house, [(second, jobs)])
    waiting = await _waiting(house, first)
    order = await _order(house, CROWD + 1)
    before = waiting.intersection(order[: order.index(newcomer)])

    steps = [_STEPS[number % len(_STEPS)] for number in range(ACCOUNTS)]
    made = [Submissions(steps=each) for each in steps]
    # All jobs of one account after all of another's: the order of arrival is as unfair as can be.
    wanted = [number for number in range(ACCOUNTS) for _ in range(EACH)]
    ids = await _submitted(house, [(house.tokens[number], made[number]) for number in wanted])
    owner = dict(zip(ids, wanted, strict=True))
    order = (await _order(house, CROWD + 1 + len(ids)))[CROWD + 1 :]
    return Fairness(before_newcomer=len(before), jain=jain(_shares(order, owner, steps)))


def _shares(order: list[str], owner: dict[str, int], steps: list[int]) -> list[float]:
    """Return what each account got until the first had no job left, in steps."""
    given: Counter[int] = Counter()
    left = Counter(owner.values())
    for job_id in order:
        account = owner[job_id]
        given[account] += steps[account]
        left[account] -= 1
        if not left[account]:
            break
    return [float(given[account]) for account in range(len(steps))]


async def _submitted(house: House, wanted: list[tuple[str, Submissions]]) -> list[str]:
    ids = []
    async with connections(house.gateway.url) as [connection]:
        for token, made in wanted:
            answer = await connection.ask(request("/prompt", token=token, body=made.body()))
            ids.append(str(json.loads(answer.body)["prompt_id"]))
    return ids


async def _waiting(house: House, token: str) -> set[str]:
    async with connections(house.gateway.url) as [connection]:
        answer = await connection.ask(request("/queue", token=token))
    return {str(prompt[1]) for prompt in json.loads(answer.body)["queue_pending"]}


async def _started(house: House) -> list[str]:
    """Return the jobs that the engine began, in that order."""
    async with connections(house.engine.url) as [connection]:
        answer = await connection.ask(request("/stand-in/started"))
    return [str(each) for each in json.loads(answer.body)]


async def _order(house: House, jobs: int) -> list[str]:
    async with asyncio.timeout(_DEADLINE):
        while True:
            order = await _started(house)
            if len(order) >= jobs:
                return order
            await asyncio.sleep(0.1)
