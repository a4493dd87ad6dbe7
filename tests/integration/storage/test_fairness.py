"""Who is next: the engines' time is shared by weight, whoever queues most."""

from __future__ import annotations

import asyncio
import heapq
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping

import pytest

from atelier.storage.account import Group, Limits
from atelier.storage.contract import Storage
from atelier.storage.fairness import CREDIT, LESSON
from atelier.storage.job import ATTEMPTS
from tests.integration.storage.makers import (
    Clock,
    account,
    add_accounts,
    claim,
    end,
    run_next,
    submit,
    worker,
)


async def shares(
    storage: Storage,
    clock: Clock,
    *,
    engines: int,
    jobs: int,
    seconds: Callable[[str], float],
) -> Mapping[str, float]:
    """Run jobs on engines in simulated time, the next whenever one is free; return seconds by account."""
    free: list[tuple[float, int]] = [(clock(), each) for each in range(engines)]
    running: dict[int, tuple[str, str, float]] = {}
    used: defaultdict[str, float] = defaultdict(float)
    for _ in range(jobs + engines):
        clock.now, number = heapq.heappop(free)
        if number in running:
            job_id, by, took = running.pop(number)
            assert await storage.jobs.finish(job_id, by, end(engine_seconds=took)) is not None
        by = worker()
        job = await claim(storage, by, engine=f"engine-{number}", lease=1e9)
        if job is None:
            continue
        took = seconds(job.account_id)
        used[job.account_id] += took
        running[number] = (job.id, by, took)
        heapq.heappush(free, (clock() + took, number))
    return used


async def submit_many(storage: Storage, account_id: str, jobs: int, *, kind: str = "kind") -> None:
    await asyncio.gather(*(submit(storage, account_id, kind=kind) for _ in range(jobs)))


def jain(values: list[float]) -> float:
    """Return Jain's index: 1 where all are equal, 1/n where one has everything."""
    return sum(values) ** 2 / (len(values) * sum(each * each for each in values))


async def test_who_queues_a_hundred_does_not_keep_another_waiting(storage: Storage) -> None:
    await add_accounts(storage, "ada", "ben")
    await submit_many(storage, "ada", 100)
    await run_next(storage)
    assert await claim(storage) is not None
    bens = await submit(storage, "ben")
    following = await claim(storage)
    assert following is not None
    assert following.id == bens.id


async def test_newcomers_go_in_the_order_of_their_coming(storage: Storage) -> None:
    await add_accounts(storage, "ada", "ben", "cem", "dan")
    for name in ("ada", "ada", "dan", "cem", "ben"):
        await submit(storage, name)
    assert [(await run_next(storage)).account_id for _ in range(5)] == ["ada", "dan", "cem", "ben", "ada"]


async def test_accounts_take_turns_from_the_first_claim_on(storage: Storage) -> None:
    await add_accounts(storage, "ada", "ben")
    for name in ("ada", "ada", "ada", "ben", "ben", "ben"):
        await submit(storage, name)
    claimed = [await claim(storage) for _ in range(6)]
    assert [each.account_id for each in claimed if each] == ["ada", "ben"] * 3


@pytest.mark.parametrize("engines", [1, 4])
async def test_ten_equal_accounts_get_equal_shares(storage: Storage, clock: Clock, engines: int) -> None:
    names = [f"account-{number}" for number in range(10)]
    await add_accounts(storage, *names)
    for number, name in enumerate(names):
        # Unequal queues, and unequal lengths of jobs below.
        await submit_many(storage, name, 30 + 5 * number, kind=name)
    draw = random.Random(7)
    used = await shares(
        storage,
        clock,
        engines=engines,
        jobs=150,
        seconds=lambda name: draw.uniform(0.5, 1.5) * (1 + int(name[-1]) % 3),
    )
    assert jain([used[name] for name in names]) >= 0.95


async def test_shares_follow_the_weights(storage: Storage, clock: Clock) -> None:
    await add_accounts(storage, "one")
    await add_accounts(storage, "three", weight=3.0)
    for name in ("one", "three"):
        await submit_many(storage, name, 100)
    used = await shares(storage, clock, engines=1, jobs=80, seconds=lambda _: 2.0)
    assert used["three"] / used["one"] == pytest.approx(3.0, rel=0.1)


async def test_a_lesson_gives_its_class_more_and_starves_nobody(storage: Storage, clock: Clock) -> None:
    await storage.accounts.put_group(Group(name="3b", lesson_until=clock() + 1e6))
    await add_accounts(storage, "ada", group="3b")
    await add_accounts(storage, "ben")
    for name in ("ada", "ben"):
        await submit_many(storage, name, 100)
    used = await shares(storage, clock, engines=1, jobs=80, seconds=lambda _: 2.0)
    assert used["ada"] / used["ben"] == pytest.approx(LESSON, rel=0.1)


async def test_a_lesson_that_is_over_gives_nothing(storage: Storage, clock: Clock) -> None:
    await storage.accounts.put_group(Group(name="3b", lesson_until=clock()))
    await add_accounts(storage, "ada", group="3b")
    await add_accounts(storage, "ben")
    for name in ("ada", "ben"):
        await submit_many(storage, name, 40)
    used = await shares(storage, clock, engines=1, jobs=40, seconds=lambda _: 2.0)
    assert used["ada"] == pytest.approx(used["ben"], abs=2.0)


async def test_long_jobs_cost_as_much_time_as_they_take(storage: Storage, clock: Clock) -> None:
    await add_accounts(storage, "long", "short")
    await submit_many(storage, "short", 100, kind="short")
    await submit_many(storage, "long", 20, kind="long")
    used = await shares(
        storage, clock, engines=1, jobs=66, seconds=lambda name: 10.0 if name == "long" else 1.0
    )
    assert used["long"] / used["short"] == pytest.approx(1.0, rel=0.25)


async def test_who_sends_one_job_after_the_other_gets_no_more_than_who_queues_them(
    storage: Storage, clock: Clock
) -> None:
    await add_accounts(storage, "patient", "eager")
    await submit_many(storage, "patient", 60)
    used: Counter[str] = Counter()
    await submit(storage, "eager")
    for _ in range(40):
        done = await run_next(storage, seconds=9.0 if not used["eager"] % 2 else 1.0)
        used[done.account_id] += 1
        clock.pass_by(5)
        if done.account_id == "eager":
            await submit(storage, "eager")
    seconds = {each.account_id: each.engine_seconds for each in await storage.usage.of(since="2000-01-01")}
    assert seconds["eager"] / seconds["patient"] == pytest.approx(1.0, rel=0.2)


async def test_engines_that_stood_idle_are_held_against_nobody(storage: Storage) -> None:
    await add_accounts(storage, "ada", "ben")
    # Alone at night, for as long as it likes.
    for _ in range(20):
        await submit(storage, "ada")
        await run_next(storage, seconds=1000.0)
    for name in ("ben", "ben", "ben", "ada", "ada", "ada"):
        await submit(storage, name)
    order = [(await run_next(storage, seconds=1.0)).account_id for _ in range(6)]
    assert Counter(order[:4]) == {"ada": 2, "ben": 2}


async def test_a_newcomer_gets_nothing_for_the_time_that_it_was_away(storage: Storage) -> None:
    await add_accounts(storage, "ada", "ben", "late")
    for name in ("ada", "ben"):
        await submit_many(storage, name, 40)
    for _ in range(40):
        await run_next(storage)
    await submit_many(storage, "late", 10)
    order = Counter([(await run_next(storage)).account_id for _ in range(12)])
    assert max(order.values()) - min(order.values()) <= 1


async def test_who_could_not_run_for_long_catches_up_only_a_little(storage: Storage, clock: Clock) -> None:
    await add_accounts(storage, "ada", "ben")
    await submit_many(storage, "ada", 50, kind="nowhere to run")
    await submit_many(storage, "ben", 200)
    for _ in range(100):
        by = worker()
        job = await claim(storage, by, unable=["nowhere to run"])
        assert job is not None
        await storage.jobs.finish(job.id, by, end(engine_seconds=20.0))
    # Now an engine can run them: 2,000 seconds behind, and no more than some minutes of them count.
    used = await shares(storage, clock, engines=1, jobs=45, seconds=lambda _: 20.0)
    assert used["ada"] - used["ben"] <= CREDIT + 40.0
    assert used["ben"] > 0


async def test_lost_attempts_cost_their_account_nothing(storage: Storage) -> None:
    await add_accounts(storage, "ada", "ben")
    for name in ("ada", "ben"):
        await submit_many(storage, name, 10)
    for _ in range(2):
        await run_next(storage)
    for number in range(ATTEMPTS - 1):
        unlucky = worker()
        job = await claim(storage, unlucky)
        assert job is not None
        assert await storage.jobs.give_back(job.id, unlucky, f"lost {number}", counted=True) is not None
    order = Counter([(await run_next(storage)).account_id for _ in range(10)])
    assert order == {"ada": 5, "ben": 5}


async def test_nobody_starves_among_many_who_come_and_go(storage: Storage) -> None:
    names = [f"account-{number}" for number in range(20)]
    for number, name in enumerate(names):
        await add_accounts(storage, name, weight=1.0 + number % 4)
        await submit(storage, name)
    await add_accounts(storage, "patient")
    await submit_many(storage, "patient", 10)
    waited = [0]
    while len(waited) <= 5:
        done = await run_next(storage)
        if done.account_id == "patient":
            waited.append(0)
        else:
            # Each of the others comes back as soon as it was served.
            waited[-1] += 1
            await submit(storage, done.account_id)
    # Everybody is served as often as the weights say before it is the patient one's turn again.
    assert max(waited) <= sum(1 + number % 4 for number in range(20)) + len(names)


async def test_a_limit_of_running_jobs_leaves_the_engines_to_others(storage: Storage, clock: Clock) -> None:
    await storage.accounts.add(account("ada", limits=Limits(running=1)))
    await add_accounts(storage, "ben")
    for name in ("ada", "ben"):
        await submit_many(storage, name, 60)
    used = await shares(storage, clock, engines=4, jobs=60, seconds=lambda _: 2.0)
    assert used["ben"] / used["ada"] == pytest.approx(3.0, rel=0.2)
